from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from duologue import Duologue, WebSocketRoute


async def home(request):
    return PlainTextResponse("The chat is at /chat/rooms/lobby.")


async def room(websocket):
    await websocket.accept()
    await websocket.send_text(f"This is room {websocket.path_params['room']}.")
    async for message in websocket.iter_text():
        await websocket.send_text(f"You said: {message}")


chat = Duologue(routes=[WebSocketRoute("/rooms/{room}", room)])

app = Starlette(routes=[Route("/", home), Mount("/chat", app=chat)])  # <--
