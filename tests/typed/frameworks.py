"""The recipes of the page "With other frameworks", as a user writes them who checks types.

`tests/test_typed.py` lets mypy and pyright read it; nothing runs it.
"""
# pyright: strict, reportPrivateUsage=false

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from lilya.apps import Lilya
from lilya.routing import Include
from litestar import Litestar, asgi
from litestar.types import Receive as LitestarReceive
from litestar.types import Scope as LitestarScope
from litestar.types import Send as LitestarSend
from quart import Quart
from starlette.applications import Starlette
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import Mount as StarletteMount

from duologue import Duologue, Host, Middleware, Mount, Router, WebSocket, WebSocketRoute
from duologue.rooms import Rooms
from duologue.types import ASGIApp, Receive, Scope, Send


@asynccontextmanager
async def open_chat(chat: Duologue) -> AsyncGenerator[dict[str, Any]]:
    yield {"greeting": "Hello!"}


async def greet(websocket: WebSocket) -> None:
    await websocket.accept()
    greeting: str = websocket.state.greeting
    await websocket.send_text(greeting)


chat = Duologue(routes=[WebSocketRoute("/ws", greet)], lifespan=open_chat)
rooms = Rooms()
asgi_app: ASGIApp = chat

in_fastapi = FastAPI(lifespan=chat.lifespan_context)
in_fastapi.mount("/chat", chat)
rooms_in_fastapi = FastAPI(lifespan=rooms.lifespan)

in_starlette = Starlette(routes=[StarletteMount("/chat", app=chat)], lifespan=chat.lifespan_context)
rooms_in_starlette = Starlette(lifespan=rooms.lifespan)

in_lilya = Lilya(routes=[Include("/chat", app=chat)], lifespan=lambda app: chat.lifespan_context())


@asgi("/chat", is_mount=True, copy_scope=True)
async def mount_chat(scope: LitestarScope, receive: LitestarReceive, send: LitestarSend) -> None:
    place = scope["root_path"] + "/chat"
    path = place + scope["path"].rstrip("/")
    await chat({**scope, "root_path": place, "path": path}, receive, send)
    await Router()({**scope, "root_path": place, "path": path}, receive, send)


in_litestar = Litestar([mount_chat], lifespan=[chat.lifespan_context])

quart = Quart(__name__)
quart_app: ASGIApp = quart.asgi_app


@quart.while_serving
async def live() -> AsyncGenerator[None]:
    async with chat.lifespan_context():
        yield


async def split(scope: Scope, receive: Receive, send: Send) -> None:
    inner: ASGIApp = chat if scope["type"] == "websocket" else quart_app
    await inner(scope, receive, send)


in_duologue = Duologue([Mount("/chat", chat)], lifespan=chat.lifespan_context)
rooms_in_duologue = Duologue([WebSocketRoute("/ws", greet)], lifespan=rooms.lifespan)


@asynccontextmanager
async def two_lifespans(site: Starlette) -> AsyncGenerator[dict[str, str]]:
    async with chat.lifespan_context() as given:
        greeting: dict[str, Any] | None = given
        yield {"weather": f"It is sunny: {greeting}"}


in_two = Starlette(routes=[StarletteMount("/chat", app=chat)], lifespan=two_lifespans)


@asynccontextmanager
async def lifespan_of_inner(app: Duologue) -> AsyncGenerator[Mapping[str, Any] | None]:
    async with in_starlette.router.lifespan_context(in_starlette) as state:
        yield state


around_starlette = Duologue(
    routes=[WebSocketRoute("/new", greet), Mount("/", app=in_starlette)],
    middleware=[Middleware(SessionMiddleware, secret_key="secret")],
    lifespan=lifespan_of_inner,
)
around_all = Duologue(
    routes=[
        Mount("/fastapi", app=in_fastapi),
        Mount("/lilya", app=in_lilya),
        Mount("/litestar", app=in_litestar),
        Host("quart.example", app=quart.asgi_app),
    ]
)
entered: AbstractAsyncContextManager[Mapping[str, Any] | None] = chat.lifespan_context()
