from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    url = websocket.url.replace(scheme="https", hostname="example.com", port=None)  # <--
    await websocket.send_text(url)
    await websocket.send_text(url.include_query_params(page=2))
    await websocket.send_text(url.remove_query_params("room"))
    await websocket.close()
