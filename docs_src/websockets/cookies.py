from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text(websocket.cookies["session"])  # <--
    await websocket.send_json(websocket.client is not None)
    await websocket.close()
