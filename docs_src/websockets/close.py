from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.close(code=4001, reason="Come back tomorrow")  # <--
