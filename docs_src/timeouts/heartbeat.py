import anyio

from duologue import Duologue, WebSocketRoute


async def receive(websocket, seconds):
    with anyio.move_on_after(seconds):
        return await websocket.receive_text()


async def echo(websocket):
    await websocket.accept()
    async with websocket.until_closed():
        while True:
            text = await receive(websocket, seconds=1)
            if text is None:
                await websocket.send_text("ping")  # <--
                text = await receive(websocket, seconds=1)  # <--
            if text is None:
                await websocket.close(1001, "no answer")  # <--
                break
            if text != "pong":
                await websocket.send_text(text)


app = Duologue(routes=[WebSocketRoute("/ws", echo)])
