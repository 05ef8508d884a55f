from contextlib import asynccontextmanager

from quart import Quart

from duologue import Duologue, WebSocketRoute

app = Quart(__name__)


@asynccontextmanager
async def lifespan(chat):
    yield {"greeting": "Hello!"}


async def greet(websocket):
    await websocket.accept()
    await websocket.send_text(websocket.state.greeting)
    await websocket.close()


chat = Duologue(routes=[WebSocketRoute("/ws", greet)], lifespan=lifespan)
site = app.asgi_app


@app.while_serving  # <--
async def live():  # <--
    async with chat.lifespan_context():  # <--
        yield  # <--


async def split(scope, receive, send):
    inner = chat if scope["type"] == "websocket" else site
    await inner(scope, receive, send)


app.asgi_app = split
