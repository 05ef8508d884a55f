from duologue import Duologue, WebSocketRoute


async def echo(websocket):
    await websocket.accept()
    while True:
        text = await websocket.receive_text()  # <--
        await websocket.send_text(text)


app = Duologue(routes=[WebSocketRoute("/ws", echo)])
