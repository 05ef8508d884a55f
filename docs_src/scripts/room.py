from duologue.rooms import Rooms
from duologue.websockets import WebSocket

rooms = Rooms()


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    name = websocket.query_params["name"]
    async with rooms.join("lobby", websocket) as room:
        await websocket.send_text(f"Welcome, {name}!")
        async for text in websocket.iter_text():
            await room.send_text(f"{name}: {text}")
