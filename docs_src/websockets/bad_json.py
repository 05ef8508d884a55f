from duologue import InvalidPayloadError
from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    try:
        await websocket.receive_json()
    except InvalidPayloadError as error:  # <--
        await websocket.close(error.code, error.reason)
