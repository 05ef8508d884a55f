"""Applications that live beside one another in a process that is told to stop."""

import anyio
from fastapi import FastAPI

from duologue import Duologue, Mount, WebSocketRoute
from duologue.drain import Drain


async def news(websocket):
    """Take a while for a last word."""
    await websocket.accept()
    await websocket.send_text("hello")
    async with websocket.until_closed():
        await anyio.sleep_forever()
    await websocket.send_text("one moment")
    await anyio.sleep(0.5)
    await websocket.send_text("goodbye")


DRAIN = Drain(code=4000, reason="restart")  # daphne cannot send 1012


def make_inner():
    return Duologue([WebSocketRoute("/news", news)], drain=DRAIN)


inner = make_inner()
nested = Duologue([Mount("/a", app=inner)], lifespan=inner.lifespan_context, drain=DRAIN)

first, second = make_inner(), make_inner()


async def lifespan(app):
    async with first.lifespan_context(), second.lifespan_context():
        yield


beside = FastAPI(lifespan=lifespan)
beside.mount("/a", first)
beside.mount("/b", second)
