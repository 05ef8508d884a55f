import anyio

from duologue import Duologue, WebSocketRoute


async def count(websocket):
    await websocket.accept()
    async with websocket.until_closed(buffer=2):  # <--
        await anyio.sleep(0.2)
        for _ in range(5):
            text = await websocket.receive_text()
            await websocket.send_text(f"received: {text}")


app = Duologue(routes=[WebSocketRoute("/ws", count)])
