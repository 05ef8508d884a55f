from contextlib import asynccontextmanager

from duologue import Duologue, WebSocketRoute


@asynccontextmanager
async def lifespan(app):
    greetings = {"en": "Hello!", "ko": "안녕하세요!"}  # in real life, a pool of connections
    yield {"greetings": greetings}  # <--
    greetings.clear()


async def greet(websocket):
    await websocket.accept()
    await websocket.send_text(websocket.state.greetings["ko"])  # <--
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/ws", greet)], lifespan=lifespan)  # <--
