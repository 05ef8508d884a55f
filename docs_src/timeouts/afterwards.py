import anyio

from duologue import Duologue, WebSocketRoute


async def work(websocket):
    await websocket.accept()
    async with websocket.until_closed():
        await websocket.send_text("Working...")
        await anyio.sleep(0.2)
    await websocket.send_text("Done.")
    async for text in websocket.iter_text():  # <--
        await websocket.send_text(f"You asked meanwhile: {text}")


app = Duologue(routes=[WebSocketRoute("/ws", work)])
