"""Endpoints whose clients want to hold their places among the connections for ever."""

import anyio

from duologue import Duologue, WebSocketRoute
from duologue.limits import Limits
from duologue.middleware import Middleware
from duologue.middleware.limits import LimitMiddleware

SECONDS = 0.3


class Slots(Limits):
    """Limits that tell when all connections have ended."""

    def leave(self, client):
        super().leave(client)
        if not self._total:
            freed.set()


freed = anyio.Event()
limits = Slots(connections=100)


async def listen_to_nobody(websocket):
    """Do something else than to listen, as long as the client is there."""
    await websocket.accept()
    async with websocket.until_closed(full_seconds=SECONDS):
        await websocket.send_text("hello")
        await anyio.sleep_forever()


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
        WebSocketRoute("/free", tell_when_all_are_free),
    ]
)
