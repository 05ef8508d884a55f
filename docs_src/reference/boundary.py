from duologue.middleware.boundary import Boundary
from duologue.websockets import WebSocket


async def double(scope, receive, send):
    websocket = WebSocket.of(scope, receive, send)
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_json(2 * int(text))


async def no_number(websocket, error):
    await websocket.close(4000, "no number")


app = Boundary(double, exception_handlers={ValueError: no_number})  # <--
