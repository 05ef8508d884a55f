import enum
import gc
import math

import anyio
import pytest
from anyio import wait_all_tasks_blocked
from recording_server import (
    ACCEPT,
    ALREADY_RECEIVING,
    CLOSE,
    DENIAL,
    ENDED,
    ITERATORS,
    LOSSES,
    NOT_ACCEPTED,
    RECEIVERS,
    SENDERS,
    UVICORN,
    WITHOUT_RECEIVE,
    WITHOUT_SEND,
    RecordingServer,
    check_gone,
    left,
    make_scope,
    new_websocket,
    open_websocket,
    said_bytes,
    said_text,
)

from duologue.exceptions import InvalidPayloadError, UnsupportedDataError, WebSocketException
from duologue.websockets import WebSocket, WebSocketDisconnect, WebSocketState, WebSocketStateError

# One object for one connection (S1-S3).


def test_a_scope_alone_can_be_read():
    websocket = WebSocket(make_scope(path="/chat", headers=[(b"host", b"example.org")]))
    assert websocket["path"] == "/chat"
    assert websocket.url == "ws://example.org/chat"
    assert websocket.headers["Host"] == "example.org"
    assert websocket.client_state is WebSocketState.CONNECTING
    assert websocket.application_state is WebSocketState.CONNECTING
    assert (websocket.close_code, websocket.close_reason) == (None, None)
    assert not websocket.connected


@pytest.mark.parametrize(
    "use", [*SENDERS[:4], *RECEIVERS, WebSocket.accept, WebSocket.close, WebSocket.receive]
)
async def test_a_websocket_without_receive_and_send_says_that_it_can_only_be_read(use):
    websocket = WebSocket(make_scope())
    with pytest.raises(WebSocketStateError) as raised:
        await use(websocket)
    assert str(raised.value) == WITHOUT_RECEIVE


@pytest.mark.parametrize("iterate", ITERATORS)
async def test_a_websocket_without_receive_cannot_iterate(iterate):
    with pytest.raises(WebSocketStateError) as raised:
        await anext(iterate(WebSocket(make_scope())))
    assert str(raised.value) == WITHOUT_RECEIVE


@pytest.mark.parametrize("use", [*SENDERS[:4], WebSocket.accept, WebSocket.close])
async def test_a_websocket_without_send_says_so(use):
    websocket = WebSocket(make_scope(), RecordingServer().receive)
    with pytest.raises(WebSocketStateError) as raised:
        await use(websocket)
    assert str(raised.value) == WITHOUT_SEND


async def test_it_works_in_a_plain_asgi_application():
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive=receive, send=send)
        await websocket.accept()
        await websocket.send_text("Hello, world!")
        await websocket.close()

    server = RecordingServer()
    await app(make_scope(), server.receive, server.send)
    assert server.sent == [ACCEPT, {"type": "websocket.send", "text": "Hello, world!"}, CLOSE]


def test_it_is_a_mapping_over_the_scope():
    scope = make_scope(path="/chat")
    websocket = WebSocket(scope)
    assert dict(websocket) == scope
    assert (len(websocket), "path" in websocket, "query" in websocket) == (3, True, False)
    assert list(websocket.items()) == list(scope.items())
    assert websocket.get("query", "none") == "none"


# Accepting the connection (S9).


async def test_accept_takes_the_connect_message_first():
    websocket, server = new_websocket()
    await websocket.accept()
    assert not server.messages
    assert server.sent == [ACCEPT]
    assert websocket.connected
    assert websocket.client_state is WebSocketState.CONNECTED
    assert websocket.application_state is WebSocketState.CONNECTED


async def test_accept_after_the_connect_message_was_received():
    websocket, server = new_websocket()
    assert await websocket.receive() == {"type": "websocket.connect"}
    assert websocket.client_state is WebSocketState.CONNECTED
    assert websocket.application_state is WebSocketState.CONNECTING
    await websocket.accept()
    assert server.sent == [ACCEPT]


async def test_accept_with_a_subprotocol_that_was_offered():
    websocket, server = new_websocket(subprotocols=["chat.v2", "chat.v1"])
    await websocket.accept(subprotocol="chat.v1")
    assert server.sent == [{"type": "websocket.accept", "subprotocol": "chat.v1", "headers": []}]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Request-Id": "7", "x-flavour": "salt"},
        {b"X-Request-Id": b"7", b"x-flavour": b"salt"},
        [("X-Request-Id", "7"), (b"x-flavour", b"salt")],
        {"X-Request-Id": "7", "x-flavour": "salt"}.items(),
    ],
    ids=["dictionary", "dictionary of bytes", "pairs", "items"],
)
async def test_accept_with_headers(headers):
    websocket, server = new_websocket()
    await websocket.accept(headers=headers)
    pairs = [(b"x-request-id", b"7"), (b"x-flavour", b"salt")]
    assert server.sent == [{"type": "websocket.accept", "subprotocol": None, "headers": pairs}]


async def test_accept_with_a_header_that_stands_twice():
    websocket, server = new_websocket()
    await websocket.accept(headers=[("set-cookie", "a=1"), ("set-cookie", "b=2")])
    assert server.sent[0]["headers"] == [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"subprotocol": "chat.v3"},
            ValueError,
            (
                "The client did not offer the subprotocol 'chat.v3'. "
                "Accept one of websocket.subprotocols, which has 2, or None."
            ),
        ),
        ({"subprotocol": ""}, ValueError, "The client did not offer the subprotocol ''"),
        ({"subprotocol": b"chat.v1"}, ValueError, "The client did not offer"),
        (
            {"headers": {"Sec-WebSocket-Protocol": "chat.v1"}},
            ValueError,
            (
                "The header 'sec-websocket-protocol' is part of the handshake; "
                "pass it as accept(subprotocol=...)."
            ),
        ),
        (
            {"headers": {"sec-websocket-accept": "x"}},
            ValueError,
            (
                "The header 'sec-websocket-accept' is part of the handshake; "
                "leave it out: the server sets it."
            ),
        ),
        ({"headers": {"Upgrade": "x"}}, ValueError, "The header 'upgrade' is part"),
        ({"headers": {"Connection": "x"}}, ValueError, "The header 'connection' is part"),
        ({"headers": {"x": "a\r\nb: c"}}, ValueError, "The value of the header 'x' has a control"),
        ({"headers": {"x": "\0"}}, ValueError, "The value of the header 'x' has a control"),
        ({"headers": {"x": "a "}}, ValueError, "The value of the header 'x' has white space"),
        ({"headers": {"x": "\ud83d"}}, ValueError, "A header can carry latin-1 only"),
        ({"subprotocol": "\ud83d"}, ValueError, "The client did not offer the subprotocol '"),
        ({"headers": {"a b": "x"}}, ValueError, "b'a b' is not a header name"),
        ({"headers": {"": "x"}}, ValueError, "b'' is not a header name"),
        ({"headers": {"x": "한국"}}, ValueError, "A header can carry latin-1 only"),
        ({"headers": {"x": 7}}, TypeError, "A header has str or bytes, not int."),
    ],
)
async def test_accept_refuses_what_would_break_a_server(arguments, error, message):
    websocket, server = new_websocket(subprotocols=["chat.v2", "chat.v1"])
    with pytest.raises(error) as raised:
        await websocket.accept(**arguments)
    assert str(raised.value).startswith(message)
    assert server.sent == []
    await websocket.accept()
    assert server.sent == [ACCEPT]


async def test_no_subprotocol_can_be_accepted_where_none_was_offered():
    websocket, server = new_websocket()
    with pytest.raises(ValueError, match="which has 0, or None"):
        await websocket.accept(subprotocol="chat.v1")
    assert server.sent == []


async def test_accepting_twice_is_an_error():
    websocket, server = await open_websocket()
    with pytest.raises(WebSocketStateError) as raised:
        await websocket.accept()
    assert str(raised.value) == (
        'Expected ASGI message "websocket.send" or "websocket.close", but got '
        "'websocket.accept': the connection is already accepted. To end it, call close()."
    )
    assert server.sent == []
    assert websocket.connected


async def test_accepting_twice_at_once_loses_no_message():
    websocket, server = new_websocket()
    server.messages.clear()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(websocket.accept)
        await wait_all_tasks_blocked()
        with pytest.raises(WebSocketStateError) as raised:
            await websocket.accept()
        assert str(raised.value) == ALREADY_RECEIVING
        server.say({"type": "websocket.connect"}, said_text("first"))
    assert await websocket.receive_text() == "first"


async def test_accepting_a_client_that_has_already_gone():
    websocket, server = new_websocket(left(code=1001, reason="bye"))
    server.messages.popleft()
    with pytest.raises(WebSocketDisconnect, match=r"^1001 bye$"):
        await websocket.accept()
    assert server.sent == []
    await check_gone(websocket, 1001, "bye")


async def test_the_server_fails_to_accept():
    websocket, server = new_websocket()
    server.error = OSError("gone")
    with pytest.raises(WebSocketDisconnect) as raised:
        await websocket.accept()
    assert raised.value.__cause__ is server.error
    await check_gone(websocket, 1006, "")


# Sending (S10).


async def test_send_text():
    websocket, server = await open_websocket()
    await websocket.send_text("")
    await websocket.send_text("héllo 你好")
    assert server.sent == [
        {"type": "websocket.send", "text": ""},
        {"type": "websocket.send", "text": "héllo 你好"},
    ]


async def test_send_bytes():
    websocket, server = await open_websocket()
    await websocket.send_bytes(b"")
    await websocket.send_bytes(b"\x00\xff")
    assert server.sent == [
        {"type": "websocket.send", "bytes": b""},
        {"type": "websocket.send", "bytes": b"\x00\xff"},
    ]


async def test_send_json_in_a_text_frame_is_compact_and_keeps_characters():
    websocket, server = await open_websocket()
    await websocket.send_json({"name": "한국", "ids": [1, 2.5, True, None]})
    await websocket.send_json(None)
    assert server.sent == [
        {"type": "websocket.send", "text": '{"name":"한국","ids":[1,2.5,true,null]}'},
        {"type": "websocket.send", "text": "null"},
    ]


async def test_send_json_in_a_binary_frame_is_utf_8():
    websocket, server = await open_websocket()
    await websocket.send_json({"name": "é"}, mode="binary")
    assert server.sent == [{"type": "websocket.send", "bytes": b'{"name":"\xc3\xa9"}'}]


async def test_subclasses_of_str_and_bytes_can_be_sent():
    class Name(str):
        __slots__ = ()

    class Data(bytes):
        __slots__ = ()

    websocket, server = await open_websocket()
    await websocket.send_text(Name("ada"))
    await websocket.send_bytes(Data(b"ada"))
    assert [message.get("text") or message["bytes"] for message in server.sent] == ["ada", b"ada"]


@pytest.mark.parametrize("send", SENDERS)
async def test_sending_before_accepting_is_an_error(send):
    websocket, server = new_websocket()
    with pytest.raises(WebSocketStateError) as raised:
        await send(websocket)
    assert str(raised.value) == NOT_ACCEPTED
    assert server.sent == []


@pytest.mark.parametrize(
    "send",
    [
        lambda websocket: websocket.send_text("a\ud83d"),
        lambda websocket: websocket.send({"type": "websocket.send", "text": "a\ud83d"}),
        lambda websocket: websocket.send({"type": "websocket.close", "reason": "a\ud83d"}),
    ],
)
async def test_text_that_no_frame_can_carry_is_an_error(send):
    websocket, server = await open_websocket()
    with pytest.raises(ValueError, match=r"which has no '\\ud83d': .* at position 1\.$"):
        await send(websocket)
    assert server.sent == []
    assert websocket.connected


@pytest.mark.parametrize("text", ["", "hello", "Grüße", "你好", "\ud7ff\ue000\ufffe\0", "😀"])
async def test_every_other_text_is_sent(text):
    websocket, server = await open_websocket()
    await websocket.send_text(text)
    await websocket.send({"type": "websocket.send", "text": text})
    assert server.sent == [{"type": "websocket.send", "text": text}] * 2


@pytest.mark.parametrize(
    ("send", "message"),
    [
        (
            lambda websocket: websocket.send_text(b"x"),
            (
                "A text message is a str, not bytes; "
                "use send_bytes() for binary data, send_json() for other values."
            ),
        ),
        (
            lambda websocket: websocket.send_text({"a": 1}),
            (
                "A text message is a str, not dict; "
                "use send_bytes() for binary data, send_json() for other values."
            ),
        ),
        (
            lambda websocket: websocket.send_bytes("x"),
            (
                "A binary message is bytes, not str; "
                "use send_text() for a str, bytes(data) for other buffers."
            ),
        ),
        (
            lambda websocket: websocket.send_bytes(bytearray(b"x")),
            (
                "A binary message is bytes, not bytearray; "
                "use send_text() for a str, bytes(data) for other buffers."
            ),
        ),
        (
            lambda websocket: websocket.send({"type": "websocket.send", "text": b"x"}),
            (
                "A text message is a str, not bytes; "
                "use send_bytes() for binary data, send_json() for other values."
            ),
        ),
        (
            lambda websocket: websocket.send({"type": "websocket.send", "bytes": "x"}),
            (
                "A binary message is bytes, not str; "
                "use send_text() for a str, bytes(data) for other buffers."
            ),
        ),
        (
            lambda websocket: websocket.send({"type": "websocket.send"}),
            'A "websocket.send" message has either "text" or "bytes", not neither.',
        ),
        (
            lambda websocket: websocket.send(
                {"type": "websocket.send", "text": "x", "bytes": b"x"}
            ),
            'A "websocket.send" message has either "text" or "bytes", not both.',
        ),
    ],
)
async def test_what_does_not_fit_the_kind_of_frame_is_not_sent(send, message):
    websocket, server = await open_websocket()
    with pytest.raises(TypeError) as raised:
        await send(websocket)
    assert str(raised.value) == message
    assert server.sent == []
    assert websocket.connected


@pytest.mark.parametrize("mode", ["text", "binary"])
async def test_what_json_cannot_carry_is_not_sent(mode):
    websocket, server = await open_websocket()
    itself = []
    itself.append(itself)
    with pytest.raises(TypeError, match="Object of type set is not JSON serializable"):
        await websocket.send_json({1, 2}, mode=mode)
    for value in (math.nan, math.inf, -math.inf, [math.nan], itself):
        with pytest.raises(ValueError, match=r"not JSON compliant|contains itself"):
            await websocket.send_json(value, mode=mode)
    assert server.sent == []
    assert websocket.connected


@pytest.mark.parametrize(
    "use",
    [
        lambda websocket: websocket.send_json({}, mode="blob"),
        lambda websocket: websocket.receive_json(mode="blob"),
    ],
)
async def test_a_mode_that_does_not_exist(use):
    websocket, server = await open_websocket(said_text("{}"))
    with pytest.raises(RuntimeError, match=r'^The "mode" argument should be "text" or "binary".$'):
        await use(websocket)
    assert server.sent == []
    assert await websocket.receive_json() == {}


def test_iter_json_with_a_mode_that_does_not_exist_fails_at_once():
    websocket, _ = new_websocket()
    with pytest.raises(RuntimeError, match=r'^The "mode" argument should be "text" or "binary".$'):
        websocket.iter_json(mode="blob")


@pytest.mark.parametrize("error", LOSSES, ids=repr)
@pytest.mark.parametrize("send", SENDERS)
async def test_an_error_of_the_server_while_sending_means_a_lost_connection(send, error):
    websocket, server = await open_websocket()
    server.error = error
    with pytest.raises(WebSocketDisconnect) as raised:
        await send(websocket)
    assert (raised.value.code, raised.value.reason) == (1006, "")
    assert raised.value.__cause__ is error
    await check_gone(websocket, 1006, "")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("full moon"),
        RuntimeError("full moon"),
        RecursionError("Unexpected ASGI message "),
        NotImplementedError(),
        FileNotFoundError("full moon"),
        OSError(28, "No space left on device"),
        TimeoutError(),
    ],
    ids=repr,
)
async def test_other_errors_of_a_send_pass_through(error):
    websocket, server = await open_websocket()
    server.error = error
    for send in SENDERS:
        with pytest.raises(type(error)) as raised:
            await send(websocket)
        assert raised.value is error
    assert websocket.connected
    server.error = None
    await websocket.send_text("hello")
    assert server.sent == [{"type": "websocket.send", "text": "hello"}]


# Receiving (S11, S12).


async def test_receive_text():
    websocket, _ = await open_websocket(
        said_text("hello"), said_text(""), {**said_text("x"), "bytes": None}
    )
    assert [await websocket.receive_text() for _ in range(3)] == ["hello", "", "x"]


async def test_receive_bytes():
    websocket, _ = await open_websocket(
        said_bytes(b"\xff"), said_bytes(b""), {**said_bytes(b"x"), "text": None}
    )
    assert [await websocket.receive_bytes() for _ in range(3)] == [b"\xff", b"", b"x"]


async def test_receive_json_in_both_modes():
    websocket, _ = await open_websocket(
        said_text('{"a": [1, "한국"]}'), said_bytes(b'{"a": "\xc3\xa9"}'), said_text(" null\n")
    )
    assert await websocket.receive_json() == {"a": [1, "한국"]}
    assert await websocket.receive_json(mode="binary") == {"a": "é"}
    assert await websocket.receive_json(mode="text") is None


@pytest.mark.parametrize("receive", RECEIVERS)
async def test_receiving_before_accepting_is_an_error(receive):
    websocket, server = new_websocket()
    with pytest.raises(WebSocketStateError) as raised:
        await receive(websocket)
    assert str(raised.value) == NOT_ACCEPTED
    assert await websocket.receive() == {"type": "websocket.connect"}
    with pytest.raises(WebSocketStateError) as raised:
        await receive(websocket)
    assert str(raised.value) == NOT_ACCEPTED
    assert server.sent == []


@pytest.mark.parametrize("receive", [*RECEIVERS, lambda websocket: websocket.receive()])
async def test_receiving_after_ones_own_close_is_an_error(receive):
    websocket, server = await open_websocket()
    await websocket.close()
    with pytest.raises(WebSocketStateError) as raised:
        await receive(websocket)
    assert str(raised.value) == ENDED
    assert server.sent == [CLOSE]


@pytest.mark.parametrize("send", SENDERS)
async def test_sending_after_ones_own_close_is_an_error(send):
    websocket, server = await open_websocket()
    await websocket.close()
    with pytest.raises(WebSocketStateError) as raised:
        await send(websocket)
    assert str(raised.value) == ENDED
    assert server.sent == [CLOSE]


@pytest.mark.parametrize("other_key", [{}, {"text": None}])
async def test_a_binary_frame_where_text_was_expected(other_key):
    frame = {**said_bytes(b"1"), **other_key}
    websocket, _ = await open_websocket(frame, frame, said_text("next"))
    for receive in (websocket.receive_text, websocket.receive_json):
        with pytest.raises(UnsupportedDataError) as raised:
            await receive()
        assert raised.value.code == 1003
        assert raised.value.reason == "Expected a text message, but got a binary one."
    assert await websocket.receive_text() == "next"
    assert isinstance(raised.value, WebSocketException)


@pytest.mark.parametrize("other_key", [{}, {"bytes": None}])
async def test_a_text_frame_where_bytes_were_expected(other_key):
    frame = {**said_text("1"), **other_key}
    websocket, _ = await open_websocket(frame, frame, said_bytes(b"next"))
    for receive in (websocket.receive_bytes, lambda: websocket.receive_json(mode="binary")):
        with pytest.raises(UnsupportedDataError) as raised:
            await receive()
        assert raised.value.code == 1003
        assert raised.value.reason == "Expected a binary message, but got a text."
    assert await websocket.receive_bytes() == b"next"


@pytest.mark.parametrize("mode", ["text", "binary"])
@pytest.mark.parametrize(
    "payload",
    ["", "{", "NaN", "[Infinity]", "{} {}", "'a'", "[" * 100_000, "{" * 10, "9" * 5000],
    ids=["empty", "open", "NaN", "infinity", "two", "quotes", "deep", "braces", "digits"],
)
async def test_malformed_json(payload, mode):
    frame = said_text(payload) if mode == "text" else said_bytes(payload.encode())
    websocket, _ = await open_websocket(frame, said_text("[]"))
    with pytest.raises(InvalidPayloadError) as raised:
        await websocket.receive_json(mode=mode)
    assert raised.value.code == 1007
    assert isinstance(raised.value, ValueError)
    assert isinstance(raised.value, WebSocketException)
    assert await websocket.receive_json() == []


async def test_json_in_a_binary_frame_that_is_no_utf_8():
    websocket, _ = await open_websocket(said_bytes(b'"\xff"'))
    with pytest.raises(InvalidPayloadError, match=r"1007: The message is not JSON."):
        await websocket.receive_json(mode="binary")


class CloseCode(enum.IntEnum):
    GOING_AWAY = 1001


@pytest.mark.parametrize(
    ("scope", "message", "code", "reason"),
    [
        (UVICORN, left(code=1001, reason="bye"), 1001, "bye"),
        (UVICORN, left(code=1005, reason=""), 1005, ""),
        (UVICORN, left(code=1005), 1006, ""),
        (UVICORN, left(code=1005, reason=None), 1006, ""),
        (UVICORN, left(code=1006, reason=""), 1006, ""),
        (UVICORN, left(code=CloseCode.GOING_AWAY, reason=None), 1001, ""),
        ({"asgi": {"version": "3.0", "spec_version": "2.3"}, **DENIAL}, left(code=1006), 1006, ""),
        ({"asgi": {"version": "3.0", "spec_version": "2.3"}, **DENIAL}, left(code=1005), 1005, ""),
        ({"asgi": {"version": "3.0"}}, left(code=None), 1005, ""),
        ({"asgi": {"version": "3.0"}}, left(code=3001), 3001, ""),
        ({"asgi": {"version": "3.0", "spec_version": "2.4"}}, left(code=1005), 1005, ""),
        ({}, left(), 1005, ""),
        ({}, left(code=None, reason=None), 1005, ""),
        ({"asgi": None, "extensions": None}, left(code=1000, reason="done"), 1000, "done"),
    ],
    ids=[
        "uvicorn: code and reason",
        "uvicorn: no code",
        "uvicorn sansio: lost",
        "uvicorn wsproto: lost",
        "uvicorn websockets: lost",
        "uvicorn: an enum",
        "hypercorn: always 1006",
        "granian: no code",
        "daphne: no code",
        "daphne: code",
        "gunicorn: no code",
        "bare",
        "bare: None",
        "None for all",
    ],
)
async def test_how_the_peer_left(scope, message, code, reason):
    websocket, _ = await open_websocket(message, **scope)
    with pytest.raises(WebSocketDisconnect) as raised:
        await websocket.receive_text()
    assert (raised.value.code, raised.value.reason) == (code, reason)
    assert type(raised.value.code) is int
    await check_gone(websocket, code, reason)


@pytest.mark.parametrize("receive", RECEIVERS)
async def test_every_receive_helper_tells_that_the_peer_has_left(receive):
    websocket, _ = await open_websocket(left(code=1001, reason="bye"))
    with pytest.raises(WebSocketDisconnect, match=r"^1001 bye$"):
        await receive(websocket)
    await check_gone(websocket, 1001, "bye")


async def test_the_code_that_was_seen_first_stays_though_sending_fails_later():
    server = RecordingServer()

    async def send(message):
        if message["type"] == "websocket.send":
            server.say(left(code=1001, reason="bye"))
            await wait_all_tasks_blocked()  # until the other task knows of it
            raise OSError("gone")

    websocket = WebSocket(make_scope(), server.receive, send)
    await websocket.accept()

    async def listen():
        with pytest.raises(WebSocketDisconnect, match=r"^1001 bye$"):
            await websocket.receive_text()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        await wait_all_tasks_blocked()
        with pytest.raises(WebSocketDisconnect, match=r"^1001 bye$"):
            await websocket.send_text("hello")
    await check_gone(websocket, 1001, "bye")


async def test_the_code_that_was_seen_first_stays_though_the_server_knows_more_later():
    websocket, server = await open_websocket()

    async def watch():
        with pytest.raises(WebSocketDisconnect, match=r"^1006$"):
            await websocket.receive_text()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        await wait_all_tasks_blocked()
        server.error = OSError("gone")
        with pytest.raises(WebSocketDisconnect, match=r"^1006$"):
            await websocket.send_text("hello")
        server.say(left(code=1001, reason="bye"))
    await check_gone(websocket, 1006, "")


async def test_a_message_that_came_before_the_connection_was_lost_is_still_received():
    websocket, server = await open_websocket()
    received = []

    async def receive():
        received.append(await websocket.receive_text())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(receive)
        await wait_all_tasks_blocked()
        server.error = OSError("gone")
        with pytest.raises(WebSocketDisconnect):
            await websocket.send_text("hello")
        server.say(said_text("the last words"))
    assert received == ["the last words"]
    await check_gone(websocket, 1006, "")


# Iterating (S13, S14).


@pytest.mark.parametrize("end", [left(code=1000), left(code=1001, reason="bye"), left()])
async def test_iterating_ends_quietly_when_the_peer_leaves(end):
    websocket, _ = await open_websocket(said_text("one"), said_text("two"), end)
    assert [message async for message in websocket.iter_text()] == ["one", "two"]
    await check_gone(websocket, end.get("code", 1005), end.get("reason", ""))


async def test_iter_bytes():
    websocket, _ = await open_websocket(said_bytes(b"one"), said_bytes(b""), left())
    assert [message async for message in websocket.iter_bytes()] == [b"one", b""]


async def test_iter_json_in_both_modes():
    websocket, _ = await open_websocket(said_text("[1]"), said_text("null"), left())
    assert [message async for message in websocket.iter_json()] == [[1], None]
    websocket, _ = await open_websocket(said_bytes(b"[1]"), said_bytes(b"null"), left())
    assert [message async for message in websocket.iter_json(mode="binary")] == [[1], None]


async def test_the_echo_runs_clean_when_the_client_leaves_first():
    websocket, server = await open_websocket(said_text("hello"), left(code=1001))
    async for message in websocket.iter_text():
        await websocket.send_text(f"Message text was: {message}")
    await websocket.close()
    assert server.sent == [{"type": "websocket.send", "text": "Message text was: hello"}]
    assert websocket.close_code == 1001


async def test_iterating_ends_quietly_after_ones_own_close():
    websocket, server = await open_websocket(said_text("one"), said_text("two"))
    messages = []
    async for message in websocket.iter_text():
        messages.append(message)
        await websocket.close()
    assert messages == ["one"]
    assert server.sent == [CLOSE]
    assert [message async for message in websocket.iter_text()] == []


@pytest.mark.parametrize("iterate", ITERATORS)
async def test_iterating_before_accepting_is_an_error(iterate):
    websocket, _ = new_websocket()
    with pytest.raises(WebSocketStateError) as raised:
        await anext(iterate(websocket))
    assert str(raised.value) == NOT_ACCEPTED


async def test_a_frame_of_the_wrong_kind_does_not_end_the_iteration():
    for frame in (said_bytes(b"x"), {**said_bytes(b"x"), "text": None}):
        websocket, _ = await open_websocket(said_text("one"), frame, said_text("two"), left())
        messages = websocket.iter_text()
        assert await anext(messages) == "one"
        with pytest.raises(UnsupportedDataError):
            await anext(messages)
        assert [message async for message in messages] == ["two"]


async def test_malformed_json_does_not_end_the_iteration():
    websocket, _ = await open_websocket(said_text("[1]"), said_text("{"), said_text("[2]"), left())
    messages = websocket.iter_json()
    assert await anext(messages) == [1]
    with pytest.raises(InvalidPayloadError):
        await anext(messages)
    assert [message async for message in messages] == [[2]]


async def test_an_iteration_can_be_left_and_begun_again():
    websocket, _ = await open_websocket(said_text("one"), said_text("two"), said_bytes(b"three"))
    async for message in websocket.iter_text():
        assert message == "one"
        break
    gc.collect()  # nothing is left that would have to be closed
    assert await anext(websocket.iter_text()) == "two"
    assert await anext(websocket.iter_bytes()) == b"three"


# Closing (S15, S17).


async def test_close():
    websocket, server = await open_websocket()
    await websocket.close()
    assert server.sent == [CLOSE]
    assert (websocket.close_code, websocket.close_reason) == (1000, "")
    assert not websocket.connected
    assert websocket.client_state is WebSocketState.CONNECTED
    assert websocket.application_state is WebSocketState.DISCONNECTED


async def test_close_with_a_code_and_a_reason():
    websocket, server = await open_websocket()
    await websocket.close(code=3001, reason="한" * 41)
    assert server.sent == [{"type": "websocket.close", "code": 3001, "reason": "한" * 41}]
    assert (websocket.close_code, websocket.close_reason) == (3001, "한" * 41)


async def test_closing_before_accepting_refuses_the_connection():
    websocket, server = new_websocket()
    await websocket.close(4001, "no")
    assert server.sent == [{**CLOSE, "code": 4001, "reason": "no"}]
    assert (websocket.close_code, websocket.close_reason) == (None, None)  # the client got a 403
    assert not server.messages  # the connect message was taken first
    with pytest.raises(WebSocketStateError) as raised:
        await websocket.accept()
    assert str(raised.value) == ENDED


async def test_closing_again_does_nothing():
    websocket, server = await open_websocket()
    await websocket.close(1001, "first")
    await websocket.close(1002, "second")
    assert server.sent == [{"type": "websocket.close", "code": 1001, "reason": "first"}]
    assert (websocket.close_code, websocket.close_reason) == (1001, "first")


@pytest.mark.parametrize("error", LOSSES, ids=repr)
async def test_closing_a_connection_that_is_lost(error):
    websocket, server = await open_websocket()
    server.error = error
    await websocket.close()
    await check_gone(websocket, 1006, "")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            (1005,),
            ValueError,
            (
                "1005 is not a close code that may be sent. "
                "Use 1000-1003, 1007-1014, or one of your own from 3000-4999."
            ),
        ),
        ((999,), ValueError, "999 is not a close code"),
        ((1004,), ValueError, "1004 is not a close code"),
        ((1006,), ValueError, "1006 is not a close code"),
        ((1015,), ValueError, "1015 is not a close code"),
        ((2999,), ValueError, "2999 is not a close code"),
        ((5000,), ValueError, "5000 is not a close code"),
        (("1000",), TypeError, "A close code is an int, not str."),
        ((True,), TypeError, "A close code is an int, not bool."),
        ((None,), TypeError, "A close code is an int, not NoneType."),
        (
            (1000, "한" * 42),
            ValueError,
            "A close reason has at most 123 bytes of UTF-8, this one 126.",
        ),
        ((1000, "\ud800"), ValueError, "A close reason is UTF-8, which has no"),
        ((1000, b"bye"), TypeError, "A close reason is a str, not bytes."),
    ],
)
@pytest.mark.parametrize("state", ["new", "open", "closed", "gone", "denying"])
async def test_a_close_that_must_not_be_sent_is_an_error_in_every_state(
    state, arguments, error, message
):
    websocket, server = new_websocket(**DENIAL)
    if state == "denying":
        await websocket.send({"type": "websocket.http.response.start", "status": 403})
    elif state != "new":
        await websocket.accept()
    if state == "closed":
        await websocket.close()
    elif state == "gone":
        server.say(left())
        assert [message async for message in websocket.iter_text()] == []
    before = (websocket.application_state, list(server.sent))
    with pytest.raises(error) as raised:
        await websocket.close(*arguments)
    assert str(raised.value).startswith(message)
    assert (websocket.application_state, server.sent) == before


@pytest.mark.parametrize("code", [1000, 1003, 1007, 1014, 3000, 4999, CloseCode.GOING_AWAY])
async def test_codes_that_may_be_sent(code):
    websocket, server = await open_websocket()
    await websocket.close(code)
    assert server.sent == [{"type": "websocket.close", "code": code, "reason": ""}]
    assert websocket.close_code == code


# Raw messages (S16).


async def test_headers_of_a_raw_message_may_come_from_any_iterable():
    websocket, server = new_websocket({"type": "websocket.connect"})
    header = (b"x-request-id", b"7")
    await websocket.send({"type": "websocket.accept", "headers": (pair for pair in [header])})
    assert server.sent == [{"type": "websocket.accept", "headers": [header]}]


async def test_raw_messages_keep_the_state_right():
    websocket, server = new_websocket(said_text("hello"), left(code=1001))
    assert await websocket.receive() == {"type": "websocket.connect"}
    assert websocket.client_state is WebSocketState.CONNECTED
    await websocket.send({"type": "websocket.accept"})
    assert websocket.connected
    assert await websocket.receive() == {"type": "websocket.receive", "text": "hello"}
    await websocket.send({"type": "websocket.send", "text": "hi"})
    assert await websocket.receive() == {"type": "websocket.disconnect", "code": 1001}
    assert server.sent == [
        {"type": "websocket.accept"},
        {"type": "websocket.send", "text": "hi"},
    ]
    await check_gone(websocket, 1001, "")


@pytest.mark.parametrize(
    "messages",
    [
        [
            {"type": "websocket.accept", "subprotocol": None, "headers": None},
            {"type": "websocket.send", "text": "hi", "bytes": None},
            {"type": "websocket.send", "text": None, "bytes": b""},
            {"type": "websocket.close", "code": 1001, "reason": None},
        ],
        [{"type": "websocket.accept", "headers": [[b"a", b"b"]]}, {"type": "websocket.close"}],
        [{"type": "websocket.close"}],
    ],
)
async def test_keys_of_raw_messages_may_be_absent_or_none(messages):
    websocket, server = new_websocket()
    for message in messages:
        await websocket.send(message)
    assert server.sent == messages
    accepted = len(messages) > 1
    end = (messages[-1].get("code", 1000), "") if accepted else (None, None)
    assert (websocket.close_code, websocket.close_reason) == end


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"type": "websocket.accept", "subprotocol": "chat"}, ValueError),
        ({"type": "websocket.accept", "headers": [("a", "b")]}, TypeError),
        ({"type": "websocket.accept", "headers": [(b"A", b"b")]}, ValueError),
        ({"type": "websocket.http.response.start", "status": 101}, ValueError),
        ({"type": "websocket.http.response.start", "status": "403"}, TypeError),
        (
            {"type": "websocket.http.response.start", "status": 403, "headers": [("a", "b")]},
            TypeError,
        ),
    ],
)
async def test_raw_answers_to_the_handshake_are_checked(message, error):
    websocket, server = new_websocket(**DENIAL)
    with pytest.raises(error):
        await websocket.send(message)
    assert server.sent == []
    await websocket.accept()
    assert server.sent == [ACCEPT]


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("websocket.accept", ": the connection is already accepted. To end it, call close()."),
        (
            "websocket.http.response.start",
            ": the connection is already accepted. To end it, call close().",
        ),
        ("websocket.http.response.body", ""),
        ("websocket.receive", ""),
        (None, ""),
    ],
)
async def test_messages_that_cannot_be_sent_in_an_open_conversation(kind, why):
    websocket, server = await open_websocket(**DENIAL)
    with pytest.raises(WebSocketStateError) as raised:
        await websocket.send({"type": kind} if kind else {})
    assert str(raised.value) == (
        f'Expected ASGI message "websocket.send" or "websocket.close", but got {kind!r}{why}'
    )
    assert server.sent == []


async def test_a_message_that_cannot_answer_the_handshake():
    websocket, server = new_websocket(**DENIAL)
    with pytest.raises(WebSocketStateError) as raised:
        await websocket.send({"type": "websocket.http.response.body"})
    assert str(raised.value) == (
        'Expected ASGI message "websocket.accept" or "websocket.close" or '
        "\"websocket.http.response.start\", but got 'websocket.http.response.body'"
    )
    assert server.sent == []


@pytest.mark.parametrize(
    ("accepted", "messages", "expected"),
    [
        (False, [said_text("early")], "\"websocket.connect\", but got 'websocket.receive'"),
        (
            False,
            [{"type": "websocket.connect"}, {"type": "websocket.connect"}],
            "\"websocket.disconnect\", but got 'websocket.connect'",
        ),
        (
            False,
            [{"type": "websocket.connect"}, said_text("early")],
            "\"websocket.disconnect\", but got 'websocket.receive'",
        ),
        (
            True,
            [{"type": "http.request"}],
            '"websocket.receive" or "websocket.disconnect", but got \'http.request\'',
        ),
        (True, [{}], '"websocket.receive" or "websocket.disconnect", but got None'),
    ],
)
async def test_messages_that_a_server_cannot_send_here(accepted, messages, expected):
    websocket, server = new_websocket()
    if accepted:
        await websocket.accept()
    server.messages.clear()
    server.say(*messages)
    for _ in messages[1:]:
        await websocket.receive()
    with pytest.raises(RuntimeError) as raised:
        await websocket.receive()
    assert str(raised.value) == f"Expected ASGI message {expected}"


@pytest.mark.parametrize("receive", RECEIVERS)
async def test_the_receive_helpers_find_messages_that_a_server_cannot_send(receive):
    websocket, _ = await open_websocket({"type": "websocket.connect"})
    with pytest.raises(RuntimeError, match=r"but got 'websocket.connect'$"):
        await receive(websocket)


@pytest.mark.parametrize(
    "close",
    [
        {"code": 1005},
        {"code": 1006, "reason": "lost"},
        {"code": None},
        {"code": "1000"},
        {"reason": "a" * 124},
        {"code": 1008, "reason": [{"loc": ["query", "page"], "msg": "not a number"}]},
    ],
)
async def test_what_no_frame_will_carry_is_left_out_of_a_close_before_accepting(close):
    websocket, server = new_websocket()
    await websocket.send({"type": "websocket.close", **close})
    assert server.sent == [CLOSE]
