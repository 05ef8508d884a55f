import anyio

from duologue import Duologue, WebSocketRoute
from duologue.shutdown import shield

stored = []


async def notes(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        async with shield():  # <--
            await store(text)  # <--
        await websocket.send_text("stored")


async def store(text):
    await anyio.sleep(0.1)
    stored.append(text)


app = Duologue(routes=[WebSocketRoute("/notes", notes)])
