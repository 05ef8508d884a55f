import anyio

from duologue import Duologue, WebSocketRoute


async def watch(websocket):
    await websocket.accept()
    async with websocket.until_closed():
        await websocket.send_text("Welcome!")
        await anyio.sleep_forever()


async def stop(websocket):
    await websocket.accept()
    await websocket.close()
    await app.connections.close_all(1001, "closing time", grace=2)  # <--


app = Duologue(routes=[WebSocketRoute("/watch", watch), WebSocketRoute("/stop", stop)])
