from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    message = await websocket.receive()
    assert message["type"] == "websocket.connect"
    await websocket.send({"type": "websocket.accept"})
    message = await websocket.receive()
    await websocket.send({"type": "websocket.send", "text": message["text"]})  # <--
    await websocket.close()
