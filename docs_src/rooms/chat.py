from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms

rooms = Rooms()  # <--


async def chat(websocket):
    await websocket.accept()
    name = websocket.query_params["name"]
    async with rooms.join(websocket.path_params["room"], websocket) as room:  # <--
        await room.send_text(f"{name} is here.")  # <--
        async for text in websocket.iter_text():
            await room.send_text(f"{name}: {text}", exclude=websocket)  # <--


app = Duologue(routes=[WebSocketRoute("/rooms/{room}", chat)])
