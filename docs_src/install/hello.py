from duologue import Duologue, WebSocketRoute


async def shout(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text.upper())


app = Duologue(routes=[WebSocketRoute("/", shout)])
