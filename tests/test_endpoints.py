import asyncio

import anyio
import anyio.lowlevel
import pytest
from asgiref.compatibility import guarantee_single_callable, is_double_callable
from patience import MOMENT
from recording_server import (
    ACCEPT,
    CLOSE,
    DENIAL,
    RecordingServer,
    left,
    make_scope,
    said_bytes,
    said_text,
)

from duologue._codec import CODEC_KEY, Codec
from duologue.endpoints import WebSocketEndpoint
from duologue.exceptions import (
    HTTPException,
    InvalidPayloadError,
    UnsupportedDataError,
    WebSocketDisconnect,
    WebSocketException,
    WebSocketStateError,
)
from duologue.middleware.boundary import Boundary
from duologue.responses import Response
from duologue.testclient import AsyncTestClient
from duologue.websockets import WebSocket
from duologue.websockets._record import RECORD_KEY, Record

CLIENT_LEAVES = left(code=1001, reason="")


class Recording(WebSocketEndpoint):
    """Keeps what it is called with."""

    def __init__(self, scope, receive, send):
        super().__init__(scope, receive, send)
        self.calls = scope["calls"]

    async def on_connect(self, websocket):
        self.calls.append("connect")
        await super().on_connect(websocket)

    async def on_receive(self, websocket, data):
        self.calls.append(data)
        await super().on_receive(websocket, data)

    async def on_disconnect(self, websocket, close_code):
        self.calls.append(close_code)
        await super().on_disconnect(websocket, close_code)


async def converse(endpoint, *messages, **keys):
    """Let the endpoint converse with a client that says these; tell its calls and what it sent."""
    server = RecordingServer(*messages)
    scope = make_scope(calls=[], **keys)
    with anyio.fail_after(MOMENT):
        await endpoint(scope, server.receive, server.send)
    return scope["calls"], server.sent


async def fail(error, endpoint, *messages, **keys):
    """Likewise, where it fails with this error; tell its calls."""
    server = RecordingServer(*messages)
    scope = make_scope(calls=[], **keys)
    with pytest.raises(error), anyio.fail_after(MOMENT):
        await endpoint(scope, server.receive, server.send)
    return scope["calls"]


async def test_a_client_comes_says_something_and_leaves():
    messages = [said_text("a"), said_bytes(b"b"), said_text(""), CLIENT_LEAVES]
    calls, sent = await converse(Recording, *messages)
    assert calls == ["connect", "a", b"b", "", 1001]
    assert sent == [ACCEPT]


async def test_by_default_everybody_is_accepted_and_nothing_said():
    server = RecordingServer(said_text("a"), CLIENT_LEAVES)
    await WebSocketEndpoint(make_scope(), server.receive, server.send)
    assert server.sent == [ACCEPT]


async def test_it_converses():
    class Echo(WebSocketEndpoint):
        encoding = "text"

        async def on_receive(self, websocket, data):
            await websocket.send_text(data)

    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(Echo, lifespan=False) as client,
            client.websocket_connect("/") as session,
        ):
            await session.send_text("hello")
            assert await session.receive_text() == "hello"


async def test_each_connection_has_an_object_of_its_own():
    class Counting(Recording):
        count = 0

        async def on_receive(self, websocket, data):
            self.count += 1
            self.calls.append(self.count)

    for _ in range(2):
        calls, _ = await converse(Counting, said_text("a"), said_text("b"), CLIENT_LEAVES)
        assert calls == ["connect", 1, 2, 1001]


# What comes.


@pytest.mark.parametrize(
    ("encoding", "message", "data"),
    [
        ("text", said_text("a"), "a"),
        ("text", {**said_text(""), "bytes": None}, ""),
        ("bytes", said_bytes(b"a"), b"a"),
        ("bytes", {**said_bytes(b""), "text": None}, b""),
        ("json", said_text('{"a":1}'), {"a": 1}),
        ("json", {**said_bytes(b'{"a":1}'), "text": None}, {"a": 1}),
        (None, {**said_text("a"), "bytes": None}, "a"),
        (None, {**said_bytes(b"a"), "text": None}, b"a"),
    ],
)
async def test_a_message_is_read_as_the_encoding_says(encoding, message, data):
    endpoint = type("Own", (Recording,), {"encoding": encoding})
    calls, _ = await converse(endpoint, message, CLIENT_LEAVES)
    assert calls == ["connect", data, 1001]


@pytest.mark.parametrize(
    ("encoding", "message", "error", "code"),
    [
        ("text", said_bytes(b"a"), UnsupportedDataError, 1003),
        ("bytes", said_text("a"), UnsupportedDataError, 1003),
        ("json", said_text("{"), InvalidPayloadError, 1007),
        ("json", said_bytes(b"\xff"), InvalidPayloadError, 1007),
    ],
)
async def test_what_cannot_be_read_so_ends_the_conversation(encoding, message, error, code):
    endpoint = type("Own", (Recording,), {"encoding": encoding})
    outcomes = [await converse(app, message) for app in (endpoint, Boundary(endpoint))]
    for calls, sent in outcomes:
        assert calls == ["connect", code]
        assert sent[1]["code"] == code
        assert sent[1]["reason"]
        assert len(sent) == 2
    # Where there is a boundary around, the end is left to that.
    bounded = {RECORD_KEY: Record([(None, None, None)])}
    assert await fail(error, endpoint, message, **bounded) == ["connect", code]


async def test_middleware_of_others_takes_it_for_an_application_of_asgi_3():
    assert not is_double_callable(Recording)
    calls, _ = await converse(guarantee_single_callable(Recording), CLIENT_LEAVES)
    assert calls == ["connect", 1001]


async def test_json_is_read_by_the_codec_of_the_application():
    endpoint = type("Own", (Recording,), {"encoding": "json"})
    codec = Codec(loads=lambda data: ["read", data])
    calls, _ = await converse(endpoint, said_text("1"), CLIENT_LEAVES, **{CODEC_KEY: codec})
    assert calls == ["connect", ["read", "1"], 1001]


def test_there_is_no_other_encoding():
    with pytest.raises(ValueError) as raised:
        type("Own", (WebSocketEndpoint,), {"encoding": "xml"})
    assert str(raised.value) == (
        'The encoding of Own is "text", "bytes", "json" or None, not \'xml\'.'
    )


async def test_how_messages_are_read_can_be_replaced():
    class Shouting(Recording):
        async def decode(self, websocket, message):
            return message["text"].upper()

    calls, _ = await converse(Shouting, said_text("a"), CLIENT_LEAVES)
    assert calls == ["connect", "A", 1001]


# The end, which comes once.


async def test_it_may_close_itself():
    class Closing(Recording):
        async def on_receive(self, websocket, data):
            await websocket.close(3000)

    calls, sent = await converse(Closing, said_text("a"), said_text("b"))
    assert calls == ["connect", 3000]
    assert sent[1:] == [{**CLOSE, "code": 3000}]


async def test_it_may_close_instead_of_accepting():
    class Closing(Recording):
        async def on_connect(self, websocket):
            await websocket.close()

    assert await converse(Closing) == ([1006], [CLOSE])


async def test_it_may_deny():
    class Denying(Recording):
        async def on_connect(self, websocket):
            await websocket.send_denial_response(Response(status_code=401))

    calls, sent = await converse(Denying, **DENIAL)
    assert calls == [1006]
    assert sent[0]["status"] == 401


async def test_it_has_to_answer_the_handshake():
    class Silent(Recording):
        async def on_connect(self, websocket):
            pass

    with pytest.raises(WebSocketStateError) as raised:
        await converse(Silent)
    assert str(raised.value) == (
        "Silent.on_connect() has not answered the handshake: call accept(), close() or "
        "send_denial_response() in it."
    )
    assert await fail(WebSocketStateError, Silent) == [1006]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LookupError("full moon"), 1011),
        (WebSocketException(4000), 4000),
        (HTTPException(401), 1008),
        (WebSocketDisconnect(1001), 1011),  # of another connection, for this one is open
        (ExceptionGroup("two tasks", [WebSocketException(4000), WebSocketDisconnect()]), 4000),
        (ExceptionGroup("two tasks", [WebSocketException(4000), LookupError()]), 1011),
    ],
    ids=repr,
)
async def test_an_error_is_raised_after_on_disconnect(error, code):
    class Failing(Recording):
        async def on_receive(self, websocket, data):
            raise error

    assert await fail(type(error), Failing, said_text("a")) == ["connect", code]

    class FailingAtOnce(Recording):
        async def on_connect(self, websocket):
            await super().on_connect(websocket)
            raise error

    assert await fail(type(error), FailingAtOnce) == ["connect", code]


@pytest.mark.parametrize("error", [LookupError(), WebSocketException(4000), HTTPException(401)])
async def test_a_client_that_is_not_accepted_sees_no_close_frame(error):
    class Failing(Recording):
        async def on_connect(self, websocket):
            raise error

    assert await fail(type(error), Failing) == [1006]


async def test_a_client_that_leaves_while_something_is_sent_has_left():
    class Sending(Recording):
        async def on_receive(self, websocket, data):
            assert await websocket.receive() == CLIENT_LEAVES
            await websocket.send_text("too late")

    calls, sent = await converse(Sending, said_text("a"), CLIENT_LEAVES)
    assert calls == ["connect", 1001]
    assert sent == [ACCEPT]


async def test_a_client_that_leaves_before_it_is_accepted_has_left():
    class Slow(Recording):
        async def on_connect(self, websocket):
            await websocket.receive()
            await websocket.receive()
            await websocket.accept()

    assert await converse(Slow, left(code=1006)) == ([1006], [])


async def test_an_error_in_on_disconnect_is_an_error():
    class Failing(Recording):
        async def on_disconnect(self, websocket, close_code):
            await super().on_disconnect(websocket, close_code)
            raise LookupError

    assert await fail(LookupError, Failing, CLIENT_LEAVES) == ["connect", 1001]


async def test_a_cancelled_conversation_still_has_on_disconnect():
    waiting = anyio.Event()
    calls = []

    class Waiting(Recording):
        async def on_receive(self, websocket, data):
            waiting.set()
            await anyio.sleep_forever()

        async def on_disconnect(self, websocket, close_code):
            await anyio.lowlevel.checkpoint()
            await super().on_disconnect(websocket, close_code)

    server = RecordingServer(said_text("a"))
    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            scope = make_scope(calls=calls)
            tasks.start_soon(Boundary(Waiting), scope, server.receive, server.send)
            await waiting.wait()
            tasks.cancel_scope.cancel()
    assert calls == ["connect", 1006]
    assert server.sent == [ACCEPT]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_cancellation_of_another_task_is_an_error_like_any_other(anyio_backend):
    class Stray(Recording):
        async def on_receive(self, websocket, data):
            raise asyncio.CancelledError

    server = RecordingServer(said_text("a"))
    scope = make_scope(calls=[])
    with pytest.raises(RuntimeError, match="cancellation of another task"):
        await Boundary(Stray)(scope, server.receive, server.send)
    assert scope["calls"] == ["connect", 1011]
    assert server.sent == [ACCEPT, {**CLOSE, "code": 1011}]


def test_an_event_loop_that_is_gone_waits_for_no_on_disconnect():
    class Parked:
        def __await__(self):
            yield

    async def receive():
        await Parked()

    async def send(message): ...

    calls = []
    endpoint = WebSocketEndpoint(make_scope(), receive, send)
    endpoint.on_disconnect = lambda *_: calls.append("on_disconnect")
    running = endpoint.dispatch()
    running.send(None)
    running.close()
    assert calls == []


async def test_in_an_application_it_has_the_websocket_of_that():
    seen = []

    class Own(Recording):
        async def on_connect(self, websocket):
            seen.append((websocket, WebSocket.of(self.scope, self.receive, self.send)))
            raise LookupError

    async def handler(websocket, error):
        seen.append((websocket, websocket))

    await converse(Boundary(Own, {LookupError: handler}))
    [websocket] = {one for pair in seen for one in pair}
    assert type(websocket) is WebSocket
