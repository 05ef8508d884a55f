"""The cost of a connection: what is done once for each client."""

from time import perf_counter
from types import ModuleType

import starlette.websockets

import duologue.websockets
from benchmarks.driver import drive, make_scope
from benchmarks.turns import Contender, Result, compare

CONNECTIONS = 500


def contender(library: ModuleType, alike: bool) -> Contender:
    websocket_class = library.WebSocket

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        pass

    async def app(scope):
        websocket = websocket_class(scope, receive, send)
        await websocket.accept()
        read = (
            websocket.url.path,
            websocket.headers["origin"],
            websocket.query_params["room"],
        )
        await websocket.close()
        return read

    def measure() -> float:
        scopes = [
            make_scope("/chat", b"room=lobby&user=%d" % (0 if alike else number))
            for number in range(CONNECTIONS)
        ]
        begin = perf_counter()
        for scope in scopes:
            drive(app(scope))
        return (perf_counter() - begin) / CONNECTIONS

    return measure


def results(rounds: int) -> list[Result]:
    return [
        compare(
            title,
            {
                "Duologue": contender(duologue.websockets, alike),
                "Starlette": contender(starlette.websockets, alike),
            },
            rounds,
            0.5,
        )
        for title, alike in [
            ("connection, each with its own query", False),
            ("connection, all with the same query", True),
        ]
    ]
