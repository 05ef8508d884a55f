from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text(f"{websocket.connected} {websocket.close_code}")
    await websocket.close(code=4001)
    await websocket.close()  # <--
    assert not websocket.connected
    assert websocket.close_code == 4001
