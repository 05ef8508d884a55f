from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    async for message in websocket.iter_text():
        await websocket.send_text(message.upper())
    await websocket.close()
