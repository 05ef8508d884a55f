from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms

rooms = Rooms()


async def chat(websocket):
    await websocket.accept()
    async with rooms.join("lobby", websocket) as room:
        async for text in websocket.iter_text():
            await room.send_text(text)


async def health(websocket):
    await websocket.accept()
    total = rooms.statistics().total  # <--
    await websocket.send_json({"members": total.members, "dropped": total.dropped})
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/chat", chat), WebSocketRoute("/health", health)])
