import anyio

from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms

rooms = Rooms()


async def news(websocket):
    await websocket.accept()
    async with rooms.join("news", websocket, discard=True):  # <--
        await websocket.send_text("Here is the news.")
        await anyio.sleep_forever()


async def desk(websocket):
    await websocket.accept()
    async for headline in websocket.iter_text():
        await rooms.send_text("news", headline)  # <--


app = Duologue(routes=[WebSocketRoute("/news", news), WebSocketRoute("/desk", desk)])
