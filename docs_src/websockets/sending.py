from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text("Grüße, 你好, 안녕하세요")
    await websocket.send_bytes(b"\x00\xff")
    await websocket.send_json({"name": "ada", "age": 36})
    await websocket.send_json([1, 2, 3], mode="binary")  # <--
    await websocket.close()
