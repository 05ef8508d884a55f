from contextlib import asynccontextmanager

from duologue import Duologue, WebSocketRoute


@asynccontextmanager  # <--
async def lifespan(app):
    yield {"greeting": "Hello!"}


async def greet(websocket):
    await websocket.accept()
    await websocket.send_text(websocket.state.greeting)


app = Duologue(routes=[WebSocketRoute("/ws", greet)], lifespan=lifespan)
