from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.routing import WebSocketRoute as StarletteRoute

from duologue import Duologue, Mount, WebSocketRoute


async def home(request):
    return PlainTextResponse("Hello over HTTP!")


async def old(websocket):
    await websocket.accept()
    await websocket.send_text("Hello from Starlette!")
    await websocket.close()


async def new(websocket):
    await websocket.accept()
    await websocket.send_text("Hello from Duologue!")
    await websocket.close()


site = Starlette(routes=[Route("/", home), StarletteRoute("/old", old)])


@asynccontextmanager
async def lifespan(app):
    async with site.router.lifespan_context(site) as state:  # <--
        yield state


app = Duologue(
    routes=[
        WebSocketRoute("/new", new),
        Mount("/", app=site),  # <--
    ],
    lifespan=lifespan,
)
