from duologue import WebSocket
from duologue.origins import OriginMiddleware


async def greet(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text("Hello!")
    await websocket.close()


app = OriginMiddleware(greet, allowed_origins=["https://friend.example"])  # <--
