import os

from duologue import Duologue, Mount, WebSocketRoute
from duologue.responses import PlainTextResponse
from duologue.rooms import Rooms

rooms = Rooms(os.environ.get("REDIS_URL"))  # <--


async def chat(websocket):
    await websocket.accept()
    async with rooms.join("chat", websocket) as room:
        await websocket.send_text("Welcome!")
        async for text in websocket.iter_text():
            await room.send_text(text)


app = Duologue(
    routes=[
        WebSocketRoute("/chat", chat),
        Mount("/health", app=PlainTextResponse("ok")),  # <--
    ],
    lifespan=rooms.lifespan,
)
