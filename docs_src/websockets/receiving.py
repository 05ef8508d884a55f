from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    text = await websocket.receive_text()
    data = await websocket.receive_bytes()
    order = await websocket.receive_json()
    more = await websocket.receive_json(mode="binary")  # <--
    await websocket.send_json([text, data.hex(), order["item"], more])
    await websocket.close()
