"""A room whose members are in several processes, for the tests of what goes wrong."""

import os
from contextlib import asynccontextmanager

from docs_src.rooms import processes
from duologue import Duologue, Mount, WebSocketRoute
from duologue.rooms import BackendError, Rooms
from duologue.rooms.redis import RedisBackend

rooms = Rooms(
    RedisBackend(os.environ["REDIS_URL"], publish_seconds=1, ping_seconds=1),
    missed=lambda missed: {"missed": missed.count},
)


async def chat(websocket):
    """Says to everybody what it is told, and to its client where it cannot."""
    await websocket.accept()
    policy = websocket.query_params.get("policy", "disconnect")
    async with rooms.join("lobby", websocket, policy=policy, queue=5) as room:
        await websocket.send_text("joined")
        async for text in websocket.iter_text():
            try:
                await room.send_text(text)
            except BackendError:
                await websocket.send_text("refused")


async def statistics(websocket):
    """Tells what this process has counted, each time it is asked."""
    await websocket.accept()
    async for _ in websocket.iter_text():
        now = rooms.statistics()
        await websocket.send_json(
            {
                "listening": now.listening,
                "members": now.total.members,
                "dropped": now.total.dropped,
            }
        )


@asynccontextmanager
async def lifespan(app):
    async with rooms.lifespan(app), processes.rooms.lifespan(app):
        yield


app = Duologue(
    routes=[
        WebSocketRoute("/chat", chat),
        WebSocketRoute("/statistics", statistics),
        Mount("/snippet", processes.app),
    ],
    lifespan=lifespan,
)
