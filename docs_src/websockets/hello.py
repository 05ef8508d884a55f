from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)  # <--
    await websocket.accept()
    await websocket.send_text("Hello, world!")
    await websocket.close()
