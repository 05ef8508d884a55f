import anyio
import pytest
from asgiref.compatibility import guarantee_single_callable
from patience import MOMENT, PROCESS

from duologue.testclient import AsyncTestClient
from duologue.websockets import WebSocket

pytest_plugins = ["pytester"]

USUAL_HEADERS = [
    (b"host", b"testserver"),
    (b"accept", b"*/*"),
    (b"accept-encoding", b"gzip, deflate, zstd"),
    (b"user-agent", b"testclient"),
    (b"connection", b"upgrade"),
    (b"sec-websocket-key", b"testserver=="),
    (b"sec-websocket-version", b"13"),
]


async def scope_of(*arguments, headers=None, **options):
    """Connect, and tell the scope that the application sees."""
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope)
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        await websocket.close()

    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(app, lifespan=False, **options) as client,
            client.websocket_connect(*arguments, headers=headers) as session,
        ):
            await session.receive()
    return scopes[0]


# The handshake.


async def test_the_scope_of_a_conversation():
    assert await scope_of("/chat/room?name=ada") == {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": "/chat/room",
        "raw_path": b"/chat/room",
        "root_path": "",
        "query_string": b"name=ada",
        "headers": USUAL_HEADERS,
        "client": ["testclient", 50000],
        "server": ["testserver", 80],
        "subprotocols": [],
        "state": {},
        "extensions": {"websocket.http.response": {}},
    }


@pytest.mark.parametrize(
    ("url", "path", "raw_path", "query"),
    [
        ("/", "/", b"/", b""),
        ("", "/", b"/", b""),
        ("chat", "/chat", b"/chat", b""),
        ("?a=1", "/", b"/", b"a=1"),
        ("//chat//", "//chat//", b"//chat//", b""),
        ("/caf%C3%A9", "/café", b"/caf%C3%A9", b""),
        ("/café?x=é y", "/café", b"/caf%C3%A9", b"x=%C3%A9%20y"),
        ("/a%2Fb", "/a/b", b"/a%2Fb", b""),
        ("/ws?next=http://example.org/", "/ws", b"/ws", b"next=http://example.org/"),
        ("/ws?ids[]=1&b=%20", "/ws", b"/ws", b"ids[]=1&b=%20"),
    ],
)
async def test_the_path_and_the_query(url, path, raw_path, query):
    scope = await scope_of(url)
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == (path, raw_path, query)
    assert (scope["scheme"], scope["server"]) == ("ws", ["testserver", 80])


@pytest.mark.parametrize(
    ("url", "options", "scheme", "host", "server", "path"),
    [
        ("/ws", {"base_url": "https://example.org"}, "wss", b"example.org", 443, "/ws"),
        ("/ws", {"base_url": "http://example.org/"}, "ws", b"example.org", 80, "/ws"),
        (
            "/ws",
            {"base_url": "ws://example.org:8000/v1"},
            "ws",
            b"example.org:8000",
            8000,
            "/v1/ws",
        ),
        ("wss://example.org/ws", {}, "wss", b"example.org", 443, "/ws"),
        ("WS://example.org", {}, "ws", b"example.org", 80, "/"),
        ("ws://ada:secret@example.org/ws", {}, "ws", b"example.org", 80, "/ws"),
    ],
)
async def test_a_whole_url_and_a_base_url(url, options, scheme, host, server, path):
    scope = await scope_of(url, **options)
    assert (scope["scheme"], scope["path"]) == (scheme, path)
    assert scope["server"] == ["example.org", server]
    assert scope["headers"][0] == (b"host", host)


async def test_the_rest_of_the_scope_can_be_chosen():
    scope = await scope_of(
        "/", root_path="/app", client=("10.0.0.1", 1234), extensions={"x": {"y": 1}}
    )
    assert scope["root_path"] == "/app"
    assert scope["client"] == ["10.0.0.1", 1234]
    assert scope["extensions"] == {"x": {"y": 1}}


async def test_headers_and_cookies_of_the_client():
    scope = await scope_of("/", headers={"X-Own": "1"}, cookies={"a": "1", "b": "2"})
    assert scope["headers"] == [*USUAL_HEADERS, (b"cookie", b"a=1; b=2"), (b"x-own", b"1")]


async def test_headers_take_the_place_of_the_usual_ones():
    headers = [("User-Agent", "mine"), ("x-twice", "1"), ("x-twice", "2")]
    scope = await scope_of("/", headers=headers)
    kept = [pair for pair in USUAL_HEADERS if pair[0] != b"user-agent"]
    assert scope["headers"] == [
        *kept,
        (b"user-agent", b"mine"),
        (b"x-twice", b"1"),
        (b"x-twice", b"2"),
    ]


async def test_headers_of_a_conversation_take_the_place_of_those_of_the_client():
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        await websocket.send_json(websocket.headers.getlist("authorization"))
        await websocket.close()

    client = AsyncTestClient(app, headers={"Authorization": "Bearer a"}, lifespan=False)
    with anyio.fail_after(MOMENT):
        async with client:
            async with client.websocket_connect("/") as session:
                assert await session.receive_json() == ["Bearer a"]
            headers = {"authorization": "Bearer b"}
            async with client.websocket_connect("/", headers=headers) as session:
                assert await session.receive_json() == ["Bearer b"]


async def test_what_a_header_cannot_carry():
    async with AsyncTestClient(lambda *_: None, lifespan=False) as client:
        with pytest.raises(ValueError, match="has a control character"):
            client.websocket_connect("/", headers={"a": "b\r\nc: d"})
    with pytest.raises(ValueError, match="latin-1"):
        AsyncTestClient(lambda *_: None, headers={"a": "한국"})


async def test_the_subprotocols_that_are_offered():
    scope = await scope_of("/", ["chat.v2", "chat.v1"])
    assert scope["subprotocols"] == ["chat.v2", "chat.v1"]
    assert scope["headers"][-1] == (b"sec-websocket-protocol", b"chat.v2, chat.v1")


async def test_subprotocols_may_be_offered_in_headers_as_well():
    headers = [("Sec-WebSocket-Protocol", "chat.v2,chat.v1"), ("sec-websocket-protocol", "x ,")]
    scope = await scope_of("/", headers=headers)
    assert scope["subprotocols"] == ["chat.v2", "chat.v1", "x"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"subprotocols": "chat.v1"}, "The subprotocols are a list: write ['chat.v1']."),
        ({"cookies": "a=1"}, "The cookies are a dict of names and values, not str."),
    ],
)
async def test_text_is_no_list_for_a_handshake(options, message):
    async with AsyncTestClient(echo, lifespan=False) as client:
        with pytest.raises(TypeError) as raised:
            client.websocket_connect("/", **options)
    assert str(raised.value) == message


EXTENSIONS = "The extensions are a dict: write {'websocket.http.response': {}}."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cookies": "a=1"}, "The cookies are a dict of names and values, not str."),
        (
            {"client": "127.0.0.1"},
            "The client is an address and a port: write ('127.0.0.1', 50000).",
        ),
        ({"extensions": "websocket.http.response"}, EXTENSIONS),
        ({"extensions": ["websocket.http.response"]}, EXTENSIONS),
        ({"extensions": ["ab"]}, EXTENSIONS),
    ],
)
def test_text_is_no_list_for_a_client(options, message):
    with pytest.raises(TypeError) as raised:
        AsyncTestClient(echo, **options)
    assert str(raised.value) == message


# The client's own life.


class OfVersion2:
    def __init__(self, scope):
        self.scope = scope

    async def __call__(self, receive, send):
        assert self.scope["type"] == "websocket"
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": self.scope["path"]})
        assert (await receive())["type"] == "websocket.disconnect"


async def test_an_application_of_asgi_2_is_told_at_once():
    with pytest.raises(TypeError, match="guarantee_single_callable"):
        AsyncTestClient(OfVersion2)


async def test_an_application_of_asgi_2_may_be_wrapped():
    async with (
        AsyncTestClient(guarantee_single_callable(OfVersion2)) as client,
        client.websocket_connect("/old") as session,
    ):
        assert await session.receive_text() == "/old"


async def test_a_client_has_to_be_entered():
    client = AsyncTestClient(lambda *_: None)
    with pytest.raises(RuntimeError) as raised:
        await client.websocket_connect("/").__aenter__()
    assert str(raised.value) == (
        "This client is not entered. Write `async with AsyncTestClient(app) as client:` "
        "around its connections."
    )


def count_lifespans(events):
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            events.append("started")
            await send({"type": "lifespan.startup.complete"})
            await receive()
            events.append("stopped")
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close"})

    return app


async def test_a_client_can_be_entered_again():
    events = []
    client = AsyncTestClient(count_lifespans(events))
    with anyio.fail_after(MOMENT):
        for _ in range(2):
            async with client, client.websocket_connect("/") as session:
                assert await session.receive() == {"type": "websocket.close"}
    assert events == ["started", "stopped"] * 2


async def test_a_client_cannot_be_entered_twice_at_once():
    async with AsyncTestClient(count_lifespans([])) as client:
        with pytest.raises(RuntimeError, match=r"^This client is entered already: make another"):
            await client.__aenter__()
        async with client.websocket_connect("/") as session:
            assert await session.receive() == {"type": "websocket.close"}


async def test_the_lifespan_can_be_left_out():
    events = []
    async with AsyncTestClient(count_lifespans(events), lifespan=False):
        pass
    assert events == []


async def test_an_exception_in_the_test_passes_bare_and_the_application_shuts_down():
    events = []
    with pytest.raises(ZeroDivisionError) as raised:
        async with AsyncTestClient(count_lifespans(events)):
            raise ZeroDivisionError
    assert events == ["started", "stopped"]
    assert raised.value.__context__ is None


async def test_an_exception_in_the_test_comes_before_one_of_the_shutdown():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        raise LookupError("full moon")

    with pytest.raises(ZeroDivisionError):
        async with AsyncTestClient(app):
            raise ZeroDivisionError


@pytest.mark.parametrize("answered", [True, False])
async def test_a_client_can_be_cancelled_from_outside(answered):
    events = []

    async def app(scope, receive, send):
        try:
            await receive()
            if answered:
                await send({"type": "lifespan.startup.complete"})
            await anyio.sleep_forever()
        finally:
            events.append("cleaned up")

    async def use():
        async with AsyncTestClient(app):
            events.append("entered")
            await anyio.sleep_forever()

    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(use)
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
    assert events == ["entered"] * answered + ["cleaned up"]


# Fixtures: who enters is not who leaves.


async def echo(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


async def in_a_task_of_its_own(function, *arguments):
    """Call a function in another task, and wait for what it returns."""
    returned = []

    async def call():
        returned.append(await function(*arguments))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
    return returned.pop()


async def test_a_client_is_entered_in_one_task_and_left_in_another():
    with anyio.fail_after(MOMENT):
        client = await in_a_task_of_its_own(AsyncTestClient(lifespan).__aenter__)
        session = await in_a_task_of_its_own(client.websocket_connect("/").__aenter__)
        assert client.state == {"engine": "running"}
        await session.send_text("hello")
        assert await session.receive_text() == "hello"
        await in_a_task_of_its_own(session.__aexit__, None, None, None)
        await in_a_task_of_its_own(client.__aexit__, None, None, None)
    assert client.state == {"engine": "stopped"}


async def lifespan(scope, receive, send):
    if scope["type"] == "websocket":
        return await echo(scope, receive, send)
    await receive()
    scope["state"]["engine"] = "running"
    await send({"type": "lifespan.startup.complete"})
    await receive()
    scope["state"]["engine"] = "stopped"
    return await send({"type": "lifespan.shutdown.complete"})


PROGRAM = """
from duologue.testclient import AsyncTestClient
from duologue.websockets import WebSocket

async def echo(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)
"""
WITH_PYTEST_ASYNCIO = """
import pytest_asyncio, pytest
from program import AsyncTestClient, echo

@pytest_asyncio.fixture
async def client():
    async with AsyncTestClient(echo, lifespan=False) as client:
        yield client

@pytest_asyncio.fixture
async def session(client):
    async with client.websocket_connect("/") as session:
        yield session

@pytest.mark.asyncio
async def test_echo(session):
    await session.send_text("hello")
    assert await session.receive_text() == "hello"
"""
WITH_UNITTEST = """
import unittest
from program import AsyncTestClient, echo

class Test(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.client = await self.enterAsyncContext(AsyncTestClient(echo, lifespan=False))
        self.session = await self.enterAsyncContext(self.client.websocket_connect("/"))

    async def test_echo(self):
        await self.session.send_text("hello")
        self.assertEqual(await self.session.receive_text(), "hello")
"""


@pytest.mark.parametrize("tests", [WITH_PYTEST_ASYNCIO, WITH_UNITTEST], ids=["pytest", "unittest"])
def test_fixtures_of_others(pytester, tests):
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(program=PROGRAM, test_echo=tests)
    result = pytester.runpytest_subprocess("-W", "error", timeout=PROCESS)
    result.assert_outcomes(passed=1)


# Applications that do not let themselves be cancelled.


async def shields_itself(scope, receive, send):
    await send({"type": "websocket.accept"})
    with anyio.CancelScope(shield=True):
        await anyio.sleep_forever()


SHORT = 1.0  # for what comes within it, and for what never comes
BY_FORCE = (
    "The application was cancelled, and 1 s later it was still running: it shields itself from "
    "cancellation or catches it. It was ended by force."
)


async def test_an_application_that_shields_itself_is_ended_and_told():
    client = AsyncTestClient(shields_itself, lifespan=False, timeout=SHORT)
    with anyio.fail_after(MOMENT), pytest.raises(TimeoutError, match="still running") as raised:
        async with client, client.websocket_connect("/"):
            pass
    assert raised.value.__notes__ == [BY_FORCE]


async def test_an_exception_of_the_test_comes_first():
    client = AsyncTestClient(shields_itself, lifespan=False, timeout=SHORT)
    with anyio.fail_after(MOMENT), pytest.raises(ZeroDivisionError) as raised:
        async with client, client.websocket_connect("/"):
            raise ZeroDivisionError
    assert raised.value.__notes__ == [BY_FORCE]


async def test_a_session_that_is_forgotten_is_told_of_too():
    client = AsyncTestClient(shields_itself, lifespan=False, timeout=SHORT)
    with (
        anyio.fail_after(MOMENT),
        pytest.raises(TimeoutError, match="client was exited") as raised,
    ):
        async with client:
            await client.websocket_connect("/").__aenter__()
    assert raised.value.__notes__ == [BY_FORCE]


@pytest.mark.parametrize("starts", [True, False])
async def test_a_lifespan_that_shields_itself_is_ended_and_told(starts):
    async def app(scope, receive, send):
        await receive()
        if starts:
            await send({"type": "lifespan.startup.complete"})
        with anyio.CancelScope(shield=True):
            await anyio.sleep_forever()

    with (
        anyio.fail_after(MOMENT),
        pytest.raises(TimeoutError, match=r"more than 1 s to") as raised,
    ):
        async with AsyncTestClient(app, timeout=SHORT):
            assert starts
    assert raised.value.__notes__ == [BY_FORCE]


async def test_a_test_that_is_cancelled_is_not_kept_by_a_lifespan():
    ends = []

    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        try:
            await anyio.sleep_forever()
        finally:
            ends.append("cleaned up")

    with anyio.fail_after(MOMENT), anyio.CancelScope() as scope:
        async with AsyncTestClient(app):
            scope.cancel()
            await anyio.sleep_forever()
    assert scope.cancelled_caught
    assert ends == ["cleaned up"]


# What is presented, as people say it to HTTPX.


async def headers_of(client, *arguments, **options):
    """Connect with a client that is entered, and tell the headers that the application sees."""
    async with client.websocket_connect(*arguments, **options) as session:
        return await session.receive_json()


async def tell_headers(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    names = ("x-own", "cookie", "authorization")
    told = {name: websocket.headers[name] for name in names if name in websocket.headers}
    await websocket.send_json({**told, "query": websocket.url.query})
    await websocket.close()


async def test_what_a_handshake_presents():
    async with AsyncTestClient(tell_headers, lifespan=False) as client:
        assert await headers_of(client, "/?a=1") == {"query": "a=1"}
        assert await headers_of(client, "/?a=1", params={"b": 2}) == {"query": "a=1&b=2"}
        assert await headers_of(client, "/", cookies={"a": "1"}) == {"cookie": "a=1", "query": ""}
        ada = {"authorization": "Basic YWRhOnNlY3JldA==", "query": ""}
        assert await headers_of(client, "/", auth=("ada", "secret")) == ada
        assert await headers_of(client, "ws://ada:secret@testserver/") == ada
        assert await headers_of(client, "ws://bob@testserver/", auth=("ada", "secret")) == ada


async def test_what_a_client_presents_can_be_changed():
    client = AsyncTestClient(
        tell_headers, lifespan=False, headers={"X-Own": "1"}, cookies={"a": "1"}
    )
    async with client:
        client.headers["x-OWN"] = "2"
        client.headers.update({"Authorization": "Bearer x"})
        client.cookies["b"] = "2"
        told = {"x-own": "2", "authorization": "Bearer x", "cookie": "a=1; b=2", "query": ""}
        assert await headers_of(client, "/") == told
        assert await headers_of(client, "/", cookies={"a": "3"}, headers={"x-own": "4"}) == {
            **told,
            "x-own": "4",
            "cookie": "a=3; b=2",
        }
        assert (await headers_of(client, "/", headers={"cookie": "c=5"}))["cookie"] == "c=5"
