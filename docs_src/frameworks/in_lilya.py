from lilya.apps import Lilya
from lilya.responses import PlainText
from lilya.routing import Include, Path

from duologue import Duologue, WebSocketRoute


async def home():
    return PlainText("The chat is at /chat/rooms/lobby.")


async def room(websocket):
    await websocket.accept()
    await websocket.send_text(f"This is room {websocket.path_params['room']}.")
    async for message in websocket.iter_text():
        await websocket.send_text(f"You said: {message}")


chat = Duologue(routes=[WebSocketRoute("/rooms/{room}", room)])

app = Lilya(routes=[Path("/", home), Include("/chat", app=chat)])  # <--
