from duologue.responses import PlainTextResponse
from duologue.websockets import WebSocket


async def app(scope, receive, send):
    scope = {**scope, "extensions": {}}  # as on a server without the extension
    websocket = WebSocket(scope, receive, send)
    try:
        await websocket.send_denial_response(PlainTextResponse("Not now", status_code=503))
    except RuntimeError:  # <--
        await websocket.close()
