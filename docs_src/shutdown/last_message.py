import anyio

from duologue import Duologue, WebSocketRoute


async def news(websocket):
    await websocket.accept()
    async with websocket.until_closed():
        await websocket.send_text("Nothing has happened yet.")
        await anyio.sleep_forever()
    if websocket.connected:  # <--
        await websocket.send_text("We will be back in a minute.")  # <--


async def restart(websocket):
    await websocket.accept()
    await websocket.send_text("All others are sent home.")
    await websocket.close()
    await app.close_all(code=1012, reason="restart", grace=5)  # <--


app = Duologue(
    routes=[WebSocketRoute("/news", news), WebSocketRoute("/restart", restart)],
)
