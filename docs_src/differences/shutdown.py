from duologue import Duologue, WebSocketRoute


async def echo(websocket):
    await websocket.accept()
    async for message in websocket.iter_text():
        await websocket.send_text(message)


app = Duologue(routes=[WebSocketRoute("/ws", echo)], drain=None)  # <--
