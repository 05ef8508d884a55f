from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text(websocket.headers["sec-websocket-version"])  # <--
    await websocket.send_text(websocket.headers["Sec-WebSocket-Version"])
    await websocket.send_text(websocket.headers.get("x-missing", "not there"))
    await websocket.close()
