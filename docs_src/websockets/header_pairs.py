from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    cookies = [("set-cookie", "session=x7f3"), ("set-cookie", "theme=dark")]
    await websocket.accept(headers=cookies)  # <--
    await websocket.close()
