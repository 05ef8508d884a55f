import anyio
import pytest
from patience import MOMENT
from routing_apps import request, tell
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount as StarletteMount
from starlette.routing import NoMatchFound as StarletteNoMatchFound
from starlette.routing import Route

from duologue.routing import Mount, NoMatchFound, Router, WebSocketRoute
from duologue.testclient import AsyncTestClient

# Routers of Starlette and of Duologue, mounted in each other.


def chat():
    async def endpoint(websocket):
        await websocket.accept()
        await websocket.send_json([websocket.path_params, websocket.url_for(CHAT, room="a b")])
        await websocket.close()

    return Router([WebSocketRoute("/rooms/{room}", endpoint, name="room")])


CHAT = "chat:room"


def urls(request):
    return PlainTextResponse(f"{request.url_for('page')} {request.url_for('chat:room', room='x')}")


def pages():
    return Starlette(routes=[Route("/page", urls, name="page")])


async def test_a_router_mounted_in_starlette():
    app = Starlette(
        routes=[
            StarletteMount("/chat", app=chat(), name="chat"),
            StarletteMount("/more", app=chat()),
            Route("/page", urls, name="page"),
        ]
    )
    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(app) as client,
            client.websocket_connect("/chat/rooms/lobby") as session,
        ):
            assert await session.receive_json() == [
                {"room": "lobby"},
                "ws://testserver/chat/rooms/a%20b",
            ]
    # Our routes are asked for `page` first, and have to say no in a way that is understood.
    status, _, body = await request(
        app, "/page", headers=[(b"host", b"h")], query_string=b"", scheme="https"
    )
    assert (status, body) == (200, b"https://h/page wss://h/chat/rooms/x")


async def test_starlette_mounted_in_a_router():
    app = Router([Mount("/chat", app=chat(), name="chat"), Mount("/site", app=pages())])
    path = app.url_path_for("page")
    assert (path, path.protocol) == ("/site/page", "http")
    status, _, body = await request(
        app, "/site/page", headers=[(b"host", b"h")], query_string=b"", scheme="https"
    )
    assert (status, body) == (200, b"https://h/site/page wss://h/chat/rooms/x")


def test_a_name_that_neither_has_is_an_error_of_both():
    app = Router([Mount("/site", app=pages(), name="site"), WebSocketRoute("/", tell)])
    with pytest.raises(NoMatchFound, match=r"There is: site\(path\), tell\(\)\."):
        app.url_path_for("site:nothing")
    inner = Starlette(routes=[StarletteMount("/chat", app=chat())])
    with pytest.raises(StarletteNoMatchFound):
        inner.url_path_for("nothing")
