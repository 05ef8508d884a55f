from duologue.responses import StreamingResponse
from duologue.websockets import WebSocket


async def reasons():
    yield "The room is full.\n"
    yield "Try another one.\n"


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    response = StreamingResponse(reasons(), status_code=503, media_type="text/plain")
    await websocket.send_denial_response(response)  # <--
