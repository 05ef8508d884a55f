import json
import zlib

import anyio

from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms

rooms = Rooms()


async def prices(websocket):
    await websocket.accept()
    async with rooms.join("prices", websocket, discard=True):
        await websocket.send_json({"joined": "prices"})
        await anyio.sleep_forever()


async def feed(websocket):
    await websocket.accept()
    async for table in websocket.iter_json():
        packed = zlib.compress(json.dumps(table).encode())  # <--
        await rooms.send_bytes("prices", packed)  # <--


routes = [WebSocketRoute("/prices", prices), WebSocketRoute("/feed", feed)]
app = Duologue(routes)
