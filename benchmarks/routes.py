"""The cost of finding a route: the first of a few, and the last of many."""

from statistics import median
from time import perf_counter
from types import ModuleType

import starlette.routing

import duologue.routing
from benchmarks.driver import drive, make_scope
from benchmarks.turns import Contender, Result, take_turns

CONNECTIONS = 300
FEW, MANY = 10, 1_000
LIBRARIES = {"Duologue": duologue.routing, "Starlette": starlette.routing}


class Endpoint:
    """What both routers make for a connection, and await: it does nothing."""

    reached: str | None = None

    def __init__(self, scope, receive, send) -> None:
        Endpoint.reached = scope["path"]

    def __await__(self):
        yield from ()


def contender(library: ModuleType, count: int, sought: int) -> Contender:
    router = library.Router(
        [library.WebSocketRoute(f"/room{number}/{{user}}", Endpoint) for number in range(count)]
    )
    path = f"/room{sought}/ada"

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        pass

    def measure() -> float:
        Endpoint.reached = None
        scopes = [make_scope(path, b"") for _ in range(CONNECTIONS)]
        begin = perf_counter()
        for scope in scopes:
            drive(router(scope, receive, send))
        seconds = perf_counter() - begin
        if Endpoint.reached != path:
            raise RuntimeError("The router did not lead to the endpoint.")
        return seconds / CONNECTIONS

    return measure


def results(rounds: int) -> list[Result]:
    cases = {f"first of {FEW}": (FEW, 0), f"last of {MANY:,}": (MANY, MANY - 1)}
    taken = take_turns(
        {
            f"{name} {case}": contender(library, *counts)
            for name, library in LIBRARIES.items()
            for case, counts in cases.items()
        },
        rounds,
    )
    first, last = cases
    return [
        *(
            Result(
                f"route, {case}",
                {name: median(turn[f"{name} {case}"] for turn in taken) for name in LIBRARIES},
                median(turn[f"Duologue {case}"] / turn[f"Starlette {case}"] for turn in taken),
            )
            for case in cases
        ),
        Result(
            f"route, {last} over {first}",
            {},
            median(turn[f"Duologue {last}"] / turn[f"Duologue {first}"] for turn in taken),
            2.0,
        ),
    ]
