from duologue.responses import JSONResponse
from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    response = JSONResponse(
        {"error": "Log in first."},
        status_code=401,
        headers={"www-authenticate": "Bearer"},
    )
    await websocket.send_denial_response(response)  # <--
