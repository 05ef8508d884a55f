"""The application of a process that is killed: who connects is in the lobby."""

import os

import anyio
from presence_rooms import presence

from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms

rooms = Rooms(os.environ["REDIS_URL"], presence=presence(float(os.environ["TTL"])))


async def lobby(websocket):
    await websocket.accept()
    async with rooms.join("lobby", websocket, info="doomed", discard=True):
        await anyio.sleep_forever()


app = Duologue(routes=[WebSocketRoute("/", lobby)], lifespan=rooms.lifespan)
