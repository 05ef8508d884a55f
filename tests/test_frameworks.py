"""Duologue inside of other frameworks, and they inside of Duologue: what no script can show."""

import importlib
from contextlib import asynccontextmanager

import anyio
import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi import WebSocket as FastAPIWebSocket
from fastapi.exceptions import FastAPIError
from lilya.apps import Lilya
from lilya.routing import Include
from litestar import Litestar, asgi
from litestar.types import Receive, Scope, Send
from patience import MOMENT
from quart import Quart
from starlette.applications import Starlette
from starlette.routing import Mount as StarletteMount
from starlette.routing import WebSocketRoute as StarletteWebSocketRoute

from duologue.applications import Duologue
from duologue.endpoints import WebSocketEndpoint
from duologue.routing import Mount, WebSocketRoute
from duologue.testclient import AsyncTestClient
from duologue.websockets import WebSocket, WebSocketDisconnect

HELLO = "The chat is at /chat/rooms/lobby."


@asynccontextmanager
async def open_chat(chat):
    chat.state.open = True
    yield {"greeting": "Hello!"}
    chat.state.open = False


async def tell(websocket):
    await websocket.accept()
    await websocket.send_json(
        {
            "greeting": websocket.state.greeting,
            "open": websocket.app.state.open,
            "room": websocket.path_params["room"],
            "url": websocket.url,
            "other": websocket.url_for("tell", room="other"),
        }
    )
    await websocket.close()


def make_chat():
    return Duologue([WebSocketRoute("/rooms/{room}", tell)], lifespan=open_chat)


def in_fastapi(chat):
    app = FastAPI(lifespan=chat.lifespan_context)
    app.mount("/chat", chat)
    return app


def in_starlette(chat):
    return Starlette(routes=[StarletteMount("/chat", chat)], lifespan=chat.lifespan_context)


def in_lilya(chat):
    # It takes a method for one that gives the lifespan.
    routes = [Include("/chat", app=chat)]
    return Lilya(routes=routes, lifespan=lambda app: chat.lifespan_context())


def in_litestar(chat):
    @asgi("/chat", is_mount=True, copy_scope=True)
    async def mount_chat(scope: Scope, receive: Receive, send: Send) -> None:
        path = "/chat" + scope["path"].rstrip("/")
        await chat({**scope, "root_path": "/chat", "path": path}, receive, send)

    return Litestar([mount_chat], lifespan=[chat.lifespan_context])


def in_duologue(chat):
    return Duologue([Mount("/chat", chat)], lifespan=chat.lifespan_context)


@pytest.mark.parametrize("around", [in_fastapi, in_starlette, in_lilya, in_litestar, in_duologue])
async def test_mounted_it_is_whole(around):
    chat = make_chat()
    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(around(chat)) as client,
            client.websocket_connect("/chat/rooms/7") as session,
        ):
            assert await session.receive_json() == {
                "greeting": "Hello!",
                "open": True,
                "room": "7",
                "url": "ws://testserver/chat/rooms/7",
                "other": "ws://testserver/chat/rooms/other",
            }
    assert not chat.state.open


async def test_what_it_yields_is_shared_with_http():
    chat = make_chat()
    app = in_fastapi(chat)

    @app.get("/greeting")
    async def greeting(request: Request) -> str:
        return request.state.greeting

    assert await get(app, "/greeting") == '"Hello!"'


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_quart_lets_it_live_too(anyio_backend):
    chat = make_chat()
    app = Quart(__name__)

    @app.while_serving
    async def live():
        async with chat.lifespan_context():
            yield

    async with app.test_app():
        assert chat.state.open
    assert not chat.state.open


async def get(app, path):
    """Ask over HTTP, while the application lives; tell the body of the answer."""
    shared = {}

    async def with_state(scope, receive, send):
        if scope["type"] == "lifespan":
            scope["state"] = shared
        elif shared:
            scope["state"] = dict(shared)
        await app(scope, receive, send)

    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(with_state),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(with_state), base_url="http://testserver"
            ) as client,
        ):
            answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize(
    ("snippet", "path", "body"),
    [
        ("in_fastapi", "/", '{"chat":"/chat/rooms/lobby"}'),
        ("in_starlette", "/", HELLO),
        ("in_lilya", "/", HELLO),
        ("in_litestar", "/", HELLO),
        ("lifespan", "/visitors", "0"),
        ("starlette_inside", "/", "Hello over HTTP!"),
    ],
)
async def test_http_is_answered_by_the_framework(snippet, path, body):
    assert await get(importlib.import_module(f"docs_src.frameworks.{snippet}").app, path) == body


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_http_is_answered_by_quart(anyio_backend):
    assert await get(importlib.import_module("docs_src.frameworks.in_quart").app, "/") == HELLO


async def test_an_application_of_fastapi_in_duologue():
    site = FastAPI()

    @site.get("/hello")
    async def hello() -> str:
        return "over HTTP"

    @site.websocket("/hello")
    async def greet(websocket: FastAPIWebSocket):
        await websocket.accept()
        await websocket.send_text("over a WebSocket")

    app = Duologue([Mount("/", app=site)])
    assert await get(app, "/hello") == '"over HTTP"'
    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(app) as client,
            client.websocket_connect("/hello") as session,
        ):
            assert await session.receive_text() == "over a WebSocket"


async def test_an_endpoint_in_a_route_of_starlette_ends_what_it_cannot_read(caplog):
    class Echo(WebSocketEndpoint):
        encoding = "text"

        async def on_receive(self, websocket, data):
            await websocket.send_text(data)

    app = Starlette(routes=[StarletteWebSocketRoute("/", Echo)])
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
            await session.send_text("hello")
            assert await session.receive_text() == "hello"
            await session.send_bytes(b"hello")
            with pytest.raises(WebSocketDisconnect) as raised:
                await session.receive_text()
    assert raised.value.code == 1003
    assert raised.value.reason == "Expected a text message, but got a binary one."
    assert not caplog.records


def test_fastapi_hands_in_no_websocket_but_its_own():
    site = FastAPI()

    async def endpoint(websocket: WebSocket):
        """An endpoint for what is mounted."""

    with pytest.raises(FastAPIError, match=r"duologue\.websockets\..*\.WebSocket"):
        site.websocket("/")(endpoint)
