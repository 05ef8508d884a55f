from duologue.websockets import WebSocket, WebSocketStateError


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    try:
        await websocket.send_text("Too early")
    except WebSocketStateError as error:  # <--
        await websocket.accept()
        await websocket.send_text(str(error))
    await websocket.close()
