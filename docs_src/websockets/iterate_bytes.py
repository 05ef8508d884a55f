from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    async for data in websocket.iter_bytes():  # <--
        await websocket.send_bytes(bytes(reversed(data)))
