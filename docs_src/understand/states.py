import anyio

from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms

rooms = Rooms()


async def show(websocket):
    client, application = websocket.client_state, websocket.application_state  # <--
    await rooms.send_text("states", f"{client.name}, {application.name}")


async def talk(websocket):
    await show(websocket)
    await websocket.accept()
    await show(websocket)
    async for _ in websocket.iter_text():
        break
    await websocket.close()
    await show(websocket)


async def watch(websocket):
    await websocket.accept()
    async with rooms.join("states", websocket, discard=True) as room:
        await room.send_text("ready")
        await anyio.sleep_forever()


app = Duologue(
    routes=[WebSocketRoute("/talk", talk), WebSocketRoute("/watch", watch)],
)
