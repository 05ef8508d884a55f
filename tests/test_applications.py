import gc
import logging
import weakref
from contextlib import asynccontextmanager

import anyio
import orjson
import pytest
from patience import MOMENT
from starlette.applications import Starlette
from starlette.routing import Mount as StarletteMount

from duologue.applications import Duologue
from duologue.endpoints import WebSocketEndpoint
from duologue.exceptions import HTTPException, WebSocketException
from duologue.middleware import Middleware
from duologue.responses import HTMLResponse, PlainTextResponse
from duologue.routing import Host, Mount, Router, WebSocketRoute
from duologue.testclient import AsyncTestClient, WebSocketDenialResponse
from duologue.websockets import WebSocket


async def echo(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


class Echo(WebSocketEndpoint):
    encoding = "text"

    async def on_receive(self, websocket, data):
        await websocket.send_text(data)


async def raw_echo(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


class Doer:
    async def echo(self, websocket):
        await echo(websocket)


def client_of(app, **options):
    return AsyncTestClient(app, timeout=MOMENT, **options)


async def denial_of(app, path="/", extensions=None, headers=None, **options):
    """Connect to what refuses; tell the status and the body."""
    with anyio.fail_after(MOMENT), pytest.raises(WebSocketDenialResponse) as refused:
        async with (
            client_of(app, extensions=extensions, **options) as client,
            client.websocket_connect(path, headers=headers),
        ):
            pass
    return refused.value.status_code, refused.value.text


async def end_of(app, path="/"):
    """Connect, and wait for the end; tell its code and reason."""
    with anyio.fail_after(MOMENT):
        async with client_of(app) as client, client.websocket_connect(path) as session:
            message = await session.receive()
    assert message["type"] == "websocket.close"
    return message["code"], message["reason"]


# Endpoints of every kind.


@pytest.mark.parametrize("endpoint", [echo, Echo, raw_echo, Doer().echo])
async def test_an_endpoint_converses(endpoint):
    app = Duologue([WebSocketRoute("/ws", endpoint)])
    with anyio.fail_after(MOMENT):
        async with client_of(app) as client, client.websocket_connect("/ws") as session:
            await session.send_text("hello")
            assert await session.receive_text() == "hello"


def test_it_has_routes_a_router_and_urls():
    route = WebSocketRoute("/rooms/{room}", echo, name="room")
    app = Duologue([route])
    assert list(app.routes) == [route]
    assert isinstance(app.router, Router)
    assert app.url_path_for("room", room="lobby") == "/rooms/lobby"
    assert list(Duologue().routes) == []


async def test_a_connection_knows_its_application_and_its_urls():
    async def endpoint(websocket):
        assert websocket.app is app
        await websocket.accept()
        await websocket.send_text(websocket.url_for("room", room="lobby"))

    app = Duologue([WebSocketRoute("/rooms/{room}", endpoint, name="room")])
    with anyio.fail_after(MOMENT):
        async with client_of(app) as client, client.websocket_connect("/rooms/1") as session:
            assert await session.receive_text() == "ws://testserver/rooms/lobby"


async def test_its_middleware_knows_its_urls():
    found = []

    class Finding:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            websocket = WebSocket.of(scope, receive, send)
            found.append(websocket.url_for("inner:room", room="lobby"))
            await self.app(scope, receive, send)

    rooms = [WebSocketRoute("/rooms/{room}", echo, name="room")]
    inner = Duologue(rooms, middleware=[Middleware(Finding)])
    app = Duologue([Mount("/in", app=inner, name="inner")], middleware=[Middleware(Finding)])
    with anyio.fail_after(MOMENT):
        async with client_of(app) as client, client.websocket_connect("/in/rooms/1"):
            pass
    assert found == ["ws://testserver/in/rooms/lobby"] * 2


async def test_an_unknown_path_is_404():
    app = Duologue([WebSocketRoute("/ws", echo)])
    assert await denial_of(app, "/nowhere") == (404, "Not Found")
    assert await denial_of(app, "/nowhere", extensions={}) == (403, "")


async def test_a_handler_for_404_hears_of_unknown_paths():
    async def handler(websocket, error):
        return PlainTextResponse(f"No {websocket.url.path}", status_code=404)

    app = Duologue(exception_handlers={404: handler})
    assert await denial_of(app, "/nowhere") == (404, "No /nowhere")


# The promises S20 and S21.


async def secured(websocket):
    subprotocols = websocket.scope["subprotocols"]
    if subprotocols != ["Authorization", "sesame"]:
        raise HTTPException(status_code=401, detail="Unauthorized")
    await websocket.accept("Authorization")


async def test_an_endpoint_may_refuse_as_if_it_was_http():
    app = Duologue(debug=True, routes=[WebSocketRoute("/ws", secured)])
    assert await denial_of(app, "/ws") == (401, "Unauthorized")
    with anyio.fail_after(MOMENT):
        async with (
            client_of(app) as client,
            client.websocket_connect("/ws", ["Authorization", "sesame"]) as session,
        ):
            assert session.accepted_subprotocol == "Authorization"
            assert (await session.receive())["code"] == 1000


# Debugging.


async def broken(websocket):
    raise LookupError("full moon")


def fragile(**options):
    return Duologue([WebSocketRoute("/", broken)], **options)


async def test_without_debugging_a_client_hears_nothing_of_an_error(caplog):
    app = fragile()
    assert not app.debug
    answer = await denial_of(app, raise_server_exceptions=False)
    assert answer == (500, "Internal Server Error")
    assert "Traceback" not in caplog.text


async def test_debugging_shows_the_traceback(caplog):
    app = fragile(debug=True)
    assert app.debug
    status, body = await denial_of(app, raise_server_exceptions=False)
    assert status == 500
    assert body.startswith("Traceback (most recent call last):")
    assert body.endswith("LookupError: full moon\n")
    assert "LookupError: full moon" in caplog.text


async def test_a_test_hears_what_an_endpoint_raised():
    with pytest.raises(LookupError, match=r"^full moon$"), anyio.fail_after(MOMENT):
        async with client_of(fragile()) as client, client.websocket_connect("/"):
            pass


# State.


async def test_the_state_of_an_application_is_shared():
    async def endpoint(websocket):
        await websocket.accept()
        websocket.app.state.count += 1
        await websocket.send_json([websocket.app.state.count, websocket.app.state["name"]])

    given = {"count": 0}
    app = Duologue([WebSocketRoute("/", endpoint)], state=given)
    app.state.name = "lobby"
    with anyio.fail_after(MOMENT):
        async with client_of(app) as client:
            for count in [1, 2]:
                async with client.websocket_connect("/") as session:
                    assert await session.receive_json() == [count, "lobby"]
    assert given == {"count": 0}
    assert len(Duologue().state) == 0


# The JSON codec.


async def echo_json(websocket):
    await websocket.accept()
    async for data in websocket.iter_json():
        await websocket.send_json(data)


async def raw_json(scope, receive, send):
    await echo_json(WebSocket(scope, receive, send))


@pytest.mark.parametrize("endpoint", [echo_json, raw_json])
async def test_an_application_may_bring_its_own_json(endpoint):
    def dumps(data):
        return orjson.dumps({"written": data})

    app = Duologue([WebSocketRoute("/", endpoint)], json_loads=orjson.loads, json_dumps=dumps)
    with anyio.fail_after(MOMENT):
        async with client_of(app) as client, client.websocket_connect("/") as session:
            await session.send_text('"안녕"')
            assert await session.receive_text() == '{"written":"안녕"}'
            await session.send_text("{")
            assert (await session.receive())["code"] == 1007


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({"json_loads": lambda data: ["read", data]}, '["read","1"]'),
        ({"json_dumps": lambda data: f"written {data}"}, "written 1"),
        ({}, "1"),
    ],
)
async def test_each_half_of_it_can_be_replaced(options, written):
    app = Duologue([WebSocketRoute("/", echo_json)], **options)
    with anyio.fail_after(MOMENT):
        async with client_of(app) as client, client.websocket_connect("/") as session:
            await session.send_text("1")
            assert await session.receive_text() == written


# Middleware.


class Naming:
    """Tells on which way the connection has come."""

    def __init__(self, app, name):
        self.app = app
        self.name = name

    async def __call__(self, scope, receive, send):
        if scope["type"] == "websocket":
            scope = {**scope, "way": (*scope.get("way", ()), self.name)}
        await self.app(scope, receive, send)


async def test_the_first_middleware_stands_outermost():
    async def endpoint(websocket):
        await websocket.accept()
        await websocket.send_json(websocket["way"])

    route = WebSocketRoute("/", endpoint, middleware=[Middleware(Naming, "route")])
    middleware = [Middleware(Naming, "outer"), Middleware(Naming, name="inner")]
    with anyio.fail_after(MOMENT):
        async with (
            client_of(Duologue([route], middleware=middleware)) as client,
            client.websocket_connect("/") as session,
        ):
            assert await session.receive_json() == ["outer", "inner", "route"]


def watching(app):
    """A middleware that looks at each message."""

    async def watched(scope, receive, send):
        async def watched_receive():
            return await receive()

        async def watched_send(message):
            await send(message)

        await app(scope, watched_receive, watched_send)

    return watched


class Failing(WebSocketEndpoint):
    async def on_connect(self, websocket):
        await websocket.accept()
        websocket.mark = "of the endpoint"
        raise KeyError("x")


async def failing(websocket):
    await Failing.on_connect(None, websocket)


@pytest.mark.parametrize("endpoint", [failing, Failing])
@pytest.mark.parametrize("place", ["none", "application", "route", "mount"])
@pytest.mark.parametrize("mounted", ["flat", "mount", "application"])
async def test_a_handler_has_the_websocket_of_the_endpoint_wherever_that_is(
    endpoint, place, mounted
):
    async def handler(websocket, error):
        await websocket.close(4000, websocket.mark)

    watch = {name: [Middleware(watching)] if name == place else None for name in [
        "application", "route", "mount",
    ]}  # fmt: skip
    routes = [WebSocketRoute("/ws", endpoint, middleware=watch["route"])]
    if mounted == "mount":
        routes = [Mount("/a", routes=routes, middleware=watch["mount"])]
    elif mounted == "application":
        routes = [Mount("/a", Duologue(routes), middleware=watch["mount"])]
    app = Duologue(
        routes, middleware=watch["application"], exception_handlers={LookupError: handler}
    )
    path = "/ws" if mounted == "flat" else "/a/ws"
    assert await end_of(app, path) == (4000, "of the endpoint")


# Whom it lets in.


async def test_pages_of_other_origins_are_not_let_in():
    origin = {"origin": "https://evil.example"}
    routes = [WebSocketRoute("/", echo)]
    assert (await denial_of(Duologue(routes), headers=origin))[0] == 403
    app = Duologue(routes, allowed_origins=["https://evil.example"])
    with anyio.fail_after(MOMENT):
        async with client_of(app) as client, client.websocket_connect("/", headers=origin) as chat:
            await chat.send_text("hello")
            assert await chat.receive_text() == "hello"


async def test_behind_a_trusted_proxy_the_host_is_what_that_says():
    headers = {"origin": "https://chat.example", "x-forwarded-host": "chat.example"}
    routes = [WebSocketRoute("/", echo)]
    assert (await denial_of(Duologue(routes), headers=headers))[0] == 403
    app = Duologue(routes, trusted_proxies=["*"])
    with anyio.fail_after(MOMENT):
        async with client_of(app) as client, client.websocket_connect("/", headers=headers) as chat:
            await chat.send_text("hello")
            assert await chat.receive_text() == "hello"


# Applications in applications.


@pytest.mark.parametrize(
    ("outer", "inner", "let_in"), [(True, True, True), (True, False, False), (False, True, False)]
)
async def test_origin_has_to_be_allowed_by_each_application(outer, inner, let_in):
    friends = ["https://friend.example"]
    mounted = Duologue([WebSocketRoute("/", echo)], allowed_origins=friends if inner else ())
    app = Duologue([Mount("/a", mounted)], allowed_origins=friends if outer else ())
    headers = {"origin": friends[0]}
    if not let_in:
        assert (await denial_of(app, "/a", headers=headers))[0] == 403
        return
    with anyio.fail_after(MOMENT):
        async with client_of(app) as client, client.websocket_connect("/a", headers=headers) as ada:
            await ada.send_text("hello")
            assert await ada.receive_text() == "hello"


async def dying(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    raise LookupError("full moon")


async def test_a_mounted_application_that_dies_gets_its_end(caplog):
    app = Duologue([Mount("/raw", app=dying)])
    with pytest.raises(LookupError), anyio.fail_after(MOMENT):
        async with client_of(app) as client, client.websocket_connect("/raw") as session:
            end = await session.receive()
            assert end == {"type": "websocket.close", "code": 1011, "reason": ""}
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("around", [lambda app: app, watching])
async def test_an_application_in_another_one_ends_and_logs_once(around, caplog):
    inner = fragile(debug=True)
    app = Duologue([Mount("/inner", app=around(inner))])
    answer = await denial_of(app, "/inner", raise_server_exceptions=False)
    assert answer == (500, "Internal Server Error")
    assert caplog.messages == [
        "LookupError('full moon') at '/inner': the handshake is denied with 500"
    ]


async def test_an_inner_application_handles_what_it_knows():
    async def handler(websocket, error):
        raise WebSocketException(4000)

    inner = fragile(exception_handlers={LookupError: handler})
    outer = Duologue([Mount("/inner", app=inner)])
    assert await denial_of(outer, "/inner") == (403, "")


async def test_an_application_in_one_of_starlette_is_whole():
    app = Starlette(routes=[StarletteMount("/inner", app=fragile())])
    answer = await denial_of(app, "/inner/", raise_server_exceptions=False)
    assert answer == (500, "Internal Server Error")
    assert await denial_of(app, "/inner/nowhere") == (404, "Not Found")


async def test_an_application_of_a_host():
    app = Duologue([Host("testserver", app=Router([WebSocketRoute("/", secured)]))])
    assert (await denial_of(app))[0] == 401


# HTTP, which is for others.


async def ask(app, path, method="GET"):
    """Send an HTTP request; tell the status and the body."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": []}
    with anyio.fail_after(MOMENT):
        await app(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


async def test_http_gets_what_is_mounted():
    app = Duologue([WebSocketRoute("/ws", echo), Mount("/", app=HTMLResponse("<p>Hello</p>"))])
    assert await ask(app, "/") == (200, b"<p>Hello</p>")
    assert await ask(Duologue(), "/") == (404, b"Not Found")


# Cancellation.


async def test_a_cancelled_conversation_ends_without_a_word(caplog):
    caplog.set_level(logging.INFO)
    sent = []
    waiting = anyio.Event()

    async def endpoint(websocket):
        await websocket.accept()
        waiting.set()
        await anyio.sleep_forever()

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message["type"])

    app = Duologue([WebSocketRoute("/", endpoint)])
    scope = {"type": "websocket", "path": "/", "headers": []}
    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(app, scope, receive, send)
            await waiting.wait()
            tasks.cancel_scope.cancel()
    assert sent == ["websocket.accept"]
    assert caplog.messages == []


# Mistakes.


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"exception_handlers": {4000: echo}}, ValueError),
        ({"exception_handlers": {"401": echo}}, TypeError),
        ({"allowed_origins": "https://chat.example"}, TypeError),
        ({"lifespan": "start"}, TypeError),
        ({"routes": [echo]}, TypeError),
    ],
)
def test_mistakes_are_told_at_once(options, error):
    with pytest.raises(error):
        Duologue(**options)


@pytest.mark.parametrize("wrong", [3, 2.5, echo])
@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("routes", "The routes are a list"),
        ("allowed_origins", "The allowed origins are a list"),
        ("allowed_hosts", "The allowed hosts are a list"),
        ("trusted_proxies", "The trusted proxies are a list"),
        ("state", "The state is a dict, with a value for each name"),
        (
            "exception_handlers",
            "The exception handlers are a dict, with a function for each type or status",
        ),
    ],
)
def test_what_is_wanted_in_place_of_something_else_is_told(option, expected, wrong):
    with pytest.raises(TypeError) as raised:
        Duologue(**{option: wrong})
    assert str(raised.value) == f"{expected}, not {wrong!r}."


@pytest.mark.parametrize("option", ["state", "exception_handlers"])
@pytest.mark.parametrize("wrong", ["", "abc", ["a"], [("a", 1)]])
def test_dict_is_not_made_of_something_else(option, wrong):
    with pytest.raises(TypeError, match=r" (is|are) a dict, with .*, not "):
        Duologue(**{option: wrong})


# Memory.


@pytest.mark.parametrize("around", [[], [Middleware(watching)]])
@pytest.mark.parametrize("outcome", [None, WebSocketException(4000), HTTPException(401)])
async def test_a_conversation_leaves_nothing_for_the_garbage_collector(around, outcome):
    kept = []

    async def endpoint(websocket):
        kept.append(weakref.ref(websocket))
        await websocket.accept()
        if outcome:
            raise type(outcome)(*outcome.args)

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        pass

    app = Duologue([WebSocketRoute("/", endpoint)], middleware=around)
    gc.disable()
    try:
        await app({"type": "websocket", "path": "/", "headers": []}, receive, send)
        assert [reference() for reference in kept] == [None]
    finally:
        gc.enable()


async def test_application_lives_twice_at_once():
    @asynccontextmanager
    async def lifespan(app):
        yield {"greeting": "Hello!"}

    async def greet(websocket):
        await websocket.accept()
        await websocket.send_text(websocket.state.greeting)

    app = Duologue([WebSocketRoute("/", greet)], lifespan=lifespan)
    async with app.lifespan_context():
        async with app.lifespan_context():
            pass
        async with (
            AsyncTestClient(app, lifespan=False) as client,
            client.websocket_connect("/") as session,
        ):
            assert await session.receive_text() == "Hello!"
