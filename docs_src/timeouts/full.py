import anyio

from duologue import Duologue, WebSocketRoute


async def work(websocket):
    await websocket.accept()
    async with websocket.until_closed(buffer=1, full_seconds=0.1):  # <--
        await anyio.sleep_forever()


app = Duologue(routes=[WebSocketRoute("/ws", work)])
