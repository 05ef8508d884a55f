from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms

rooms = Rooms(
    queue=50,
    policy="drop_oldest",  # <--
    missed=lambda missed: {"missed": missed.count},  # <--
)


async def log(websocket):
    await websocket.accept()
    async with rooms.join("log", websocket) as room:
        async for line in websocket.iter_json():
            await room.send_json(line)


async def prices(websocket):
    await websocket.accept()
    async with rooms.join("prices", websocket, policy="latest") as room:  # <--
        async for price in websocket.iter_json():
            await room.send_json(price, key=price["share"])  # <--


app = Duologue(routes=[WebSocketRoute("/log", log), WebSocketRoute("/prices", prices)])
