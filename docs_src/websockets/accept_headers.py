from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept(headers={"x-server-version": "2.1"})  # <--
    await websocket.close()
