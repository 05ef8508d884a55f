"""Applications whose life has to begin and to end well, in a process that is told to stop."""

import asyncio
import os
import sys
from contextlib import asynccontextmanager

import anyio

from duologue import Duologue, Mount, WebSocketRoute
from duologue.shutdown import Drain


async def news(websocket):
    """Take a while to send a last message."""
    await websocket.accept()
    await websocket.send_text("hello")
    async with websocket.until_closed():
        await anyio.sleep_forever()
    await websocket.send_text("one moment")
    await anyio.sleep(0.5)
    await websocket.send_text("last")


DRAIN = Drain(code=4000, reason="restart")  # daphne cannot send 1012


def make_inner():
    return Duologue([WebSocketRoute("/news", news)], drain=DRAIN)


inner = make_inner()
nested = Duologue([Mount("/a", app=inner)], lifespan=inner.lifespan_context, drain=DRAIN)


async def fail():
    """Fail as the environment says."""
    match os.environ["FAILURE"]:
        case "exit":
            sys.exit("no SECRET_KEY")
        case "interrupt":
            raise KeyboardInterrupt("no SECRET_KEY")
        case "cancel":
            raise asyncio.CancelledError("no SECRET_KEY")
        case "generator":
            raise GeneratorExit("no SECRET_KEY")
        case "group":
            raise BaseExceptionGroup("several", [SystemExit("no SECRET_KEY"), ValueError()])
        case "error":
            raise LookupError("no SECRET_KEY")


@asynccontextmanager
async def failing_startup(app):
    await fail()
    yield


@asynccontextmanager
async def failing_shutdown(app):
    yield
    await fail()


unable_to_start = Duologue([WebSocketRoute("/news", news)], lifespan=failing_startup, drain=DRAIN)
unable_to_stop = Duologue([WebSocketRoute("/news", news)], lifespan=failing_shutdown, drain=DRAIN)


async def sleep(websocket):
    await websocket.accept()
    await websocket.send_text("hello")
    await anyio.sleep(600)


async def pour(websocket):
    """Send to a client that does not read."""
    await websocket.accept()
    async with websocket.until_closed():
        while True:
            await websocket.send_bytes(bytes(1 << 18))


hanging = Duologue(
    [WebSocketRoute("/sleep", sleep), WebSocketRoute("/pour", pour)],
    drain=Drain(code=4000, grace=0.5),
)
