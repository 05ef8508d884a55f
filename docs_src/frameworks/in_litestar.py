from litestar import Litestar, asgi, get
from litestar.types import Receive, Scope, Send

from duologue import Duologue, WebSocketRoute


@get("/")
async def home() -> str:
    return "The chat is at /chat/rooms/lobby."


async def room(websocket):
    await websocket.accept()
    await websocket.send_text(f"This is room {websocket.path_params['room']}.")
    async for message in websocket.iter_text():
        await websocket.send_text(f"You said: {message}")


chat = Duologue(routes=[WebSocketRoute("/rooms/{room}", room)])


@asgi("/chat", is_mount=True, copy_scope=True)  # <--
async def mount_chat(scope: Scope, receive: Receive, send: Send) -> None:  # <--
    place = scope["root_path"] + "/chat"  # <--
    path = place + scope["path"].rstrip("/")  # <--
    await chat({**scope, "root_path": place, "path": path}, receive, send)  # <--


app = Litestar([home, mount_chat])
