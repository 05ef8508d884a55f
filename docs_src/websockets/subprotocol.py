from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    if "chat.v2" in websocket.subprotocols:
        await websocket.accept(subprotocol="chat.v2")  # <--
    else:
        await websocket.accept()
    await websocket.close()
