import os

from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms

rooms = Rooms(os.environ.get("REDIS_URL"))  # <--


async def chat(websocket):
    await websocket.accept()
    name = websocket.query_params["name"]
    async with rooms.join("lobby", websocket) as room:
        await room.send_text(f"{name} is here.")
        async for text in websocket.iter_text():
            await room.send_text(f"{name}: {text}")


app = Duologue(routes=[WebSocketRoute("/chat", chat)], lifespan=rooms.lifespan)  # <--
