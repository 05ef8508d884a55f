"""The cost of an application: of what stands around the endpoint, in a conversation with it."""

import asyncio
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import thread_time
from typing import Any

import lilya.apps
import lilya.routing
import lilya.websockets
import litestar
import litestar.exceptions
import msgspec
import orjson
import starlette.applications
import starlette.routing

import duologue
from benchmarks.driver import drive, make_scope
from benchmarks.echo import JSON, TEXT, raw_text
from benchmarks.turns import Contender, Result, compare

CONNECTIONS = 200
MESSAGES = 1_000
IDLE = 300

App = Callable[[Any, Any, Any], Any]
Endpoint = Callable[[Any], Any]


# The endpoints. Those of Litestar differ, for its WebSocket has no `iter_text` and `iter_json`.


async def opens_and_closes(websocket):
    await websocket.accept()
    await websocket.close()


async def reads_and_closes(websocket):
    await websocket.accept()
    read = (
        websocket.url.path,
        websocket.headers["origin"],
        websocket.query_params["user"],
        websocket.path_params["room"],
    )
    await websocket.close()
    return read


async def iterates_text(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


async def iterates_json(websocket):
    await websocket.accept()
    async for data in websocket.iter_json():
        await websocket.send_json(data)


async def receives_text(websocket):
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except litestar.exceptions.WebSocketDisconnect:
        return


async def receives_json(websocket):
    await websocket.accept()
    try:
        while True:
            await websocket.send_json(await websocket.receive_json())
    except litestar.exceptions.WebSocketDisconnect:
        return


# The applications, each with one route that has a parameter.


def duologue_app(endpoint: Endpoint, **options: Any) -> App:
    return duologue.Duologue([duologue.WebSocketRoute("/chat/{room}", endpoint)], **options)


def starlette_app(endpoint: Endpoint) -> App:
    routes = [starlette.routing.WebSocketRoute("/chat/{room}", endpoint)]
    return starlette.applications.Starlette(routes=routes)


def lilya_app(endpoint: Endpoint) -> App:
    return lilya.apps.Lilya(routes=[lilya.routing.WebSocketPath("/chat/{room}", endpoint)])


def litestar_app(endpoint: Endpoint) -> App:
    async def handler(socket: litestar.WebSocket) -> None:
        await endpoint(socket)

    route = litestar.websocket("/chat/{room:str}")(handler)
    return litestar.Litestar([route], logging_config=None, openapi_config=None)


def all_apps(endpoint: Endpoint, of_litestar: Endpoint | None = None) -> dict[str, App]:
    return {
        "Duologue": duologue_app(endpoint),
        "Starlette": starlette_app(endpoint),
        "Lilya": lilya_app(endpoint),
        "Litestar": litestar_app(of_litestar or endpoint),
    }


# The server: it runs in an event loop, as some of the applications need one, and uses it for
# nothing.


class Pause:
    """What a server does that waits for its client."""

    def __await__(self):
        yield


PAUSE = Pause()


class Server:
    """Serves one connection after the other, each of which ends after some messages.

    Args:
        app: The application.
        payload: What the client says.
        messages: How often the client says it before it leaves.
        runner: The event loop.
    """

    def __init__(self, app: App, payload: str, messages: int, runner: asyncio.Runner) -> None:
        self.app = app
        self.payload = payload
        self.messages = messages
        self.runner = runner
        self.sent: list[Any] = []
        self.left = -1

    async def receive(self):
        """Give the next message of the client."""
        if self.left < 0:
            self.left = self.messages
            return {"type": "websocket.connect"}
        await PAUSE
        if self.left:
            self.left -= 1
            return {"type": "websocket.receive", "text": self.payload}
        return {"type": "websocket.disconnect", "code": 1000, "reason": ""}

    async def send(self, message):
        """Send nowhere."""

    async def keep(self, message):
        """Send, and keep what was sent."""
        self.sent.append(message)

    def check(self) -> None:
        """Look whether the application accepts, and sends back what it receives."""
        scope = make_scope("/chat/lobby", b"user=0")
        self.run([scope], self.keep)
        kinds = [message["type"] for message in self.sent]
        echoed = [message for message in self.sent if message["type"] == "websocket.send"]
        if kinds[0] != "websocket.accept" or len(echoed) != self.messages:
            raise RuntimeError(f"This application does something else: it sent {self.sent!r}.")

    def run(self, scopes: list[Any], send: Callable[[Any], Any]) -> float:
        """Serve these connections; tell how many seconds that took."""

        async def serve() -> float:
            begin = thread_time()
            for scope in scopes:
                self.left = -1
                drive(self.app(scope, self.receive, send))
            return thread_time() - begin

        return self.runner.run(serve())


def connections(runner: asyncio.Runner, alike: bool, app: App) -> Contender:
    server = Server(app, "", 0, runner)
    server.check()

    def measure() -> float:
        queries = [b"user=%d" % (0 if alike else number) for number in range(CONNECTIONS)]
        scopes = [make_scope("/chat/lobby", query) for query in queries]
        return server.run(scopes, server.send) / CONNECTIONS

    return measure


def echo(runner: asyncio.Runner, payload: str, app: App) -> Contender:
    Server(app, payload, 3, runner).check()
    server = Server(app, payload, MESSAGES, runner)

    def measure() -> float:
        return server.run([make_scope("/chat/lobby", b"")], server.send) / MESSAGES

    return measure


def memory(runner: asyncio.Runner, app: App) -> Contender:
    """Measure the bytes that an application keeps for a connection which it has accepted."""
    server = Server(app, "", 0, runner)
    server.check()

    def receive_of_one() -> Callable[[], Any]:
        messages = [{"type": "websocket.disconnect", "code": 1000}, {"type": "websocket.connect"}]

        async def receive():
            if len(messages) == 1:
                await PAUSE
            return messages.pop()

        return receive

    async def keep_open() -> float:
        # What the server keeps is none of the application's.
        served = [(make_scope("/chat/lobby", b"user=0"), receive_of_one()) for _ in range(IDLE)]
        server.sent.clear()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            running = [app(scope, receive, server.keep) for scope, receive in served]
            for conversation in running:
                conversation.send(None)
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        if [message["type"] for message in server.sent] != ["websocket.accept"] * IDLE:
            raise RuntimeError("This application does something else.")
        for conversation in running:
            drive(conversation)
        return (after - before) / IDLE

    return lambda: runner.run(keep_open())


def results(rounds: int) -> list[Result]:
    def contenders(make: Callable[[App], Contender], apps: dict[str, App]) -> dict[str, Contender]:
        return {name: make(app) for name, app in apps.items()}

    with asyncio.Runner() as runner:
        own_query, same_query = (partial(connections, runner, alike) for alike in (False, True))
        echo_text, echo_json = (partial(echo, runner, payload) for payload in (TEXT, JSON))
        json_rivals = {"Starlette": starlette_app(iterates_json)}
        codecs = {
            "orjson": {"json_loads": orjson.loads, "json_dumps": orjson.dumps},
            "msgspec": {"json_loads": msgspec.json.decode, "json_dumps": msgspec.json.encode},
        }
        apps = all_apps(reads_and_closes)
        return [
            compare("app: connection, own query", contenders(own_query, apps), rounds, 0.5),
            compare("app: connection, same query", contenders(same_query, apps), rounds),
            compare(
                "app: accept and close alone",
                contenders(own_query, all_apps(opens_and_closes)),
                rounds,
            ),
            compare(
                "app: text echo",
                contenders(
                    echo_text,
                    {"raw ASGI": raw_text, **all_apps(iterates_text, receives_text)},
                ),
                rounds,
                0.3,
            ),
            compare(
                "app: JSON echo",
                contenders(echo_json, all_apps(iterates_json, receives_json)),
                rounds,
            ),
            *(
                compare(
                    f"app: JSON echo with {name}",
                    contenders(
                        echo_json,
                        {"Duologue": duologue_app(iterates_json, **options), **json_rivals},
                    ),
                    rounds,
                    0.4,
                )
                for name, options in codecs.items()
            ),
            replace(
                compare(
                    "app: memory of an idle connection",
                    contenders(partial(memory, runner), all_apps(iterates_text, receives_text)),
                    3,  # it hardly varies
                    0.6,
                ),
                in_bytes=True,
            ),
        ]
