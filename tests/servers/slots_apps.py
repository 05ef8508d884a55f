"""Endpoints whose clients want to hold their places among the connections for ever."""

import anyio

from duologue import Duologue, WebSocketRoute
from duologue.limits import LimitMiddleware, Limits
from duologue.middleware import Middleware

SECONDS = 0.3


class Slots(Limits):
    """Limits that tell when all connections have ended."""

    def leave(self, client):
        super().leave(client)
        if not self._total:
            freed.set()


freed = anyio.Event()
limits = Slots(connections=100, send_seconds=SECONDS)


async def listen_to_nobody(websocket):
    """Do something else than to listen, as long as the client is there."""
    await websocket.accept()
    async with websocket.until_closed(full_seconds=SECONDS):
        await websocket.send_text("hello")
        await anyio.sleep_forever()


async def echo(websocket):
    """Repeat what the client says, in larger words."""
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text * 100)


async def send_without_end(websocket):
    """Send, whether the client takes it or not."""
    await websocket.accept()
    async with websocket.until_closed():
        while True:
            await websocket.send_bytes(bytes(1 << 18))
            await anyio.lowlevel.checkpoint()  # some servers take all at once of a lost client


async def tell_when_all_are_free(websocket):
    """Wait until nobody holds a place."""
    global freed
    await websocket.accept()
    while limits._total:
        freed = anyio.Event()
        await freed.wait()
    await websocket.send_text("free")


limited = [Middleware(LimitMiddleware, limits)]
app = Duologue(
    [
        WebSocketRoute("/deaf", listen_to_nobody, middleware=limited),
        WebSocketRoute("/echo", echo, middleware=limited),
        WebSocketRoute("/flood", send_without_end, middleware=limited),
        WebSocketRoute("/free", tell_when_all_are_free),
    ]
)
