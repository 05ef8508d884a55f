from quart import Quart

from duologue import Duologue, WebSocketRoute

app = Quart(__name__)


@app.get("/")
async def home():
    return "The chat is at /chat/rooms/lobby."


async def room(websocket):
    await websocket.accept()
    await websocket.send_text(f"This is room {websocket.path_params['room']}.")
    async for message in websocket.iter_text():
        await websocket.send_text(f"You said: {message}")


chat = Duologue(routes=[WebSocketRoute("/chat/rooms/{room}", room)])
site = app.asgi_app


async def split(scope, receive, send):  # <--
    inner = chat if scope["type"] == "websocket" else site  # <--
    await inner(scope, receive, send)  # <--


app.asgi_app = split  # <--
