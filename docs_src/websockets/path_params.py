from duologue.websockets import WebSocket


async def app(scope, receive, send):
    username = scope["path"].removeprefix("/users/")
    await profile({**scope, "path_params": {"username": username}}, receive, send)


async def profile(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text(websocket.path_params["username"])  # <--
    await websocket.close()
