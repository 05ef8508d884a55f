from duologue import UnsupportedDataError
from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    try:
        await websocket.receive_text()
    except UnsupportedDataError as error:  # <--
        await websocket.send_text(str(error))
        await websocket.close(error.code)
