from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    try:
        await websocket.close(code=1006)  # <--
    except ValueError as error:
        await websocket.send_text(str(error))
    await websocket.close()
