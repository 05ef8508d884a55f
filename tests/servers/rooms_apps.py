"""A room whose members are in several processes, for the tests of what goes wrong, or ends."""

import os
from contextlib import asynccontextmanager

from docs_src.rooms import processes
from duologue import Duologue, Mount, WebSocketRoute
from duologue.rooms import BackendError, Rooms
from duologue.rooms.redis import RedisBackend
from duologue.shutdown import Drain

rooms = Rooms(
    RedisBackend(os.environ["REDIS_URL"], publish_seconds=1, ping_seconds=1),
    missed=lambda missed: {"missed": missed.count},
)
here = Rooms()  # in this process alone


def chat_in(rooms):
    """Make an endpoint for the members of a room."""

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

    return chat


async def statistics(websocket):
    """Tells what this process has counted, each time it is asked."""
    await websocket.accept()
    async for _ in websocket.iter_text():
        both = [rooms.statistics(), here.statistics()]
        await websocket.send_json(
            {
                "listening": both[0].listening,
                "members": [each.total.members for each in both],
                "dropped": [each.total.dropped for each in both],
                "disconnected": [each.total.disconnected for each in both],
            }
        )


async def close(websocket):
    """Closes all connections, its own as well."""
    await websocket.accept()
    await websocket.receive_text()
    await app.close_all(reason="closed")


@asynccontextmanager
async def lifespan(app):
    async with rooms.lifespan(app), here.lifespan(app), processes.rooms.lifespan(app):
        yield
    left = [each.statistics().total.members for each in (rooms, here)]
    print(f"The lifespan has ended, with {left} members.", flush=True)


app = Duologue(
    routes=[
        WebSocketRoute("/chat", chat_in(rooms)),
        WebSocketRoute("/here", chat_in(here)),
        WebSocketRoute("/statistics", statistics),
        WebSocketRoute("/close", close),
        Mount("/snippet", processes.app),
    ],
    lifespan=lifespan,
    drain=Drain(reason="restart", grace=1),
)
