from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Mount

from duologue import Duologue, WebSocketRoute


@asynccontextmanager
async def open_chat(chat):
    yield {"greeting": "Hello!"}


async def greet(websocket):
    await websocket.accept()
    await websocket.send_text(f"{websocket.state.greeting} {websocket.state.weather}")
    await websocket.close()


chat = Duologue(routes=[WebSocketRoute("/ws", greet)], lifespan=open_chat)


@asynccontextmanager
async def open_site(site):
    async with chat.lifespan_context():  # <--
        yield {"weather": "It is sunny."}


app = Starlette(routes=[Mount("/chat", app=chat)], lifespan=open_site)
