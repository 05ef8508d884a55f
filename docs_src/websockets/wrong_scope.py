from duologue.responses import PlainTextResponse
from duologue.websockets import WebSocket


async def app(scope, receive, send):
    if scope["type"] == "http":
        response = PlainTextResponse("Speak WebSocket to me.", status_code=426)
        await response(scope, receive, send)
    elif scope["type"] == "websocket":  # <--
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        await websocket.close()
