from duologue.datastructures import URL
from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    url = URL.from_scope(scope)  # <--
    await websocket.send_text(url.replace_query_params(page=2))  # <--
    await websocket.close()
