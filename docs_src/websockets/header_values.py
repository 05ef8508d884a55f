from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    headers = websocket.headers
    await websocket.send_text(headers["x-tag"])
    await websocket.send_json(headers.getlist("x-tag"))  # <--
    await websocket.send_json(headers.getall("x-tag"))
    await websocket.send_text(headers.getone("x-tag"))
    await websocket.close()
