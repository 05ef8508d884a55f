"""Messages to and fro, and every way in which a conversation ends."""

import asyncio
import contextlib
import functools
import gc
import logging
import weakref
import zlib

import pytest
from peer import BINARY, CLOSE, PING, PONG, TEXT, Peer, close, frame, text
from uvicorn import Config
from uvicorn.logging import TRACE_LOG_LEVEL
from uvicorn.server import ServerState

from duologue import UnsupportedDataError, WebSocket, WebSocketDisconnect, WebSocketStateError
from duologue.uvicorn import PicowsProtocol

ACCEPT = {"type": "websocket.accept"}


class App:
    """An application that does what a test tells it to."""

    def __init__(self, *, accepts=True, raises=None, returns=None):
        self.accepts, self.raises, self.returns = accepts, raises, returns
        self.ready, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope, receive, send):
        self.receive, self._send = receive, send
        assert await receive() == {"type": "websocket.connect"}
        if self.accepts:
            await send(ACCEPT)
        self.ready.set()
        await self.go.wait()
        if self.raises:
            raise self.raises
        return self.returns

    async def send(self, kind, **message):
        await self._send({"type": f"websocket.{kind}", **message})


async def echo(scope, receive, send):
    await receive()
    await send(ACCEPT)
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


def disconnect(code, reason=""):
    return {"type": "websocket.disconnect", "code": code, "reason": reason}


async def test_messages_come_back(connect):
    peer = await connect(echo)
    await peer.say(text("hello"), frame(BINARY, b"\x00"), text(""), frame(BINARY, bytes(70_000)))
    assert peer.frames() == [
        (TEXT, b"hello"),
        (BINARY, b"\x00"),
        (TEXT, b""),
        (BINARY, bytes(70_000)),
    ]


async def test_long_messages_are_compressed(connect):
    offer = (b"sec-websocket-extensions", b"permessage-deflate")
    peer = await connect(echo, headers=[offer])
    await peer.say(text("x" * 1_000), frame(BINARY, bytes(1_000)), text("short"), frame(BINARY))
    inflater = zlib.decompressobj(wbits=-15)
    first, second, *rest = peer.frames()
    assert [first[0], second[0]] == [0xC0 | TEXT, 0xC0 | BINARY]
    assert inflater.decompress(first[1] + b"\x00\x00\xff\xff") == b"x" * 1_000
    assert inflater.decompress(second[1] + b"\x00\x00\xff\xff") == bytes(1_000)
    assert rest == [(TEXT, b"short"), (BINARY, b"")]


async def test_pings_are_answered(connect):
    peer = await connect(echo)
    await peer.say(frame(PING, b"a"), frame(PONG, b"unasked"), frame(PING, b"b"))
    assert peer.frames() == [(PONG, b"a"), (PONG, b"b")]


# Flow


async def test_sending_waits_while_the_client_does_not_read(connect):
    peer = await connect(app := App())
    peer.frames()
    peer.protocol.pause_writing()
    sends = [asyncio.create_task(app.send("send", text=name)) for name in "abc"]
    await peer.say(frame(PING, b"first"), frame(PING, b"last"))
    assert peer.frames() == []
    sends[1].cancel()
    peer.protocol.resume_writing()
    await peer.settle()
    assert peer.frames() == [(PONG, b"last"), (TEXT, b"a"), (TEXT, b"c")]
    peer.protocol.resume_writing()  # once more does no harm


async def test_those_who_wait_to_send_hear_that_the_client_has_left(connect):
    peer = await connect(app := App())
    peer.protocol.pause_writing()
    sending = asyncio.create_task(app.send("send", text="a"))
    await peer.leave()
    with pytest.raises(OSError):
        await sending


async def test_nothing_is_read_while_the_application_does_not_receive(connect):
    peer = await connect(app := App(), ws_max_queue=3)
    await peer.say(*[text(str(number)) for number in range(10)])
    assert not peer.transport.reading
    for number in range(10):
        assert await app.receive() == {"type": "websocket.receive", "text": str(number)}
    assert peer.transport.reading
    await peer.bring(*[text("x" * 20_000)] * 2)
    assert not peer.transport.reading


async def test_one_message_is_read_ahead_at_least(connect):
    peer = await connect(echo, ws_max_queue=0)
    await peer.say(text("a"), text("b"))
    assert peer.frames() == [(TEXT, b"a"), (TEXT, b"b")]


async def test_a_message_is_received_by_one_of_those_who_wait(connect):
    peer = await connect(app := App())
    waiting = [asyncio.create_task(app.receive()) for _ in range(4)]
    await peer.settle()
    waiting[0].cancel()
    await peer.say(text("a"), text("b"))
    assert [task.done() for task in waiting] == [True, True, True, False]
    await peer.say(text("c"))
    received = [(await task)["text"] for task in waiting[1:]]
    assert received == ["a", "b", "c"]


async def test_who_is_cancelled_when_a_message_comes_leaves_it_to_the_next(connect):
    peer = await connect(app := App())
    first, second = (asyncio.create_task(app.receive()) for _ in range(2))
    await peer.settle()
    peer.protocol.data_received(text("a"))
    first.cancel()
    assert (await second)["text"] == "a"


async def test_a_coroutine_that_is_closed_takes_no_message(connect):
    peer = await connect(app := App())
    coroutines = [app.receive() for _ in range(3)]
    for each in coroutines:
        each.send(None)
    last = asyncio.create_task(app.receive())
    await peer.settle()
    for each in coroutines:
        each.close()
    peer.protocol.data_received(text("a"))
    assert (await last)["text"] == "a"


async def test_a_text_that_comes_while_others_wait_goes_to_the_first_of_them(connect):
    peer = await connect(app := App())
    first, second, third = (asyncio.create_task(app.receive()) for _ in range(3))
    await peer.settle()
    first.cancel()
    peer.protocol.data_received(text("a"))
    await peer.settle()
    await peer.say(text("b"))
    assert [(await task)["text"] for task in (second, third)] == ["a", "b"]


# Duologue on it: a text is read and written without a message


class Receiver:
    """Duologue, which receives what a test tells it to."""

    async def __call__(self, scope, receive, send):
        self.websocket = WebSocket(scope, receive, send)
        await self.websocket.accept()
        await asyncio.Event().wait()

    def begin(self, receive):
        """Receive in a task of its own."""
        return asyncio.ensure_future(receive(self.websocket))


async def next_text(websocket):
    return await anext(websocket.iter_text())


each_way = pytest.mark.parametrize("receive", [WebSocket.receive_text, next_text])


@each_way
async def test_a_text_of_duologue_is_not_lost_when_its_task_is_cancelled(connect, receive):
    peer = await connect(app := Receiver())
    for moment in ["before", "after"]:
        task = app.begin(receive)
        await peer.settle()
        if moment == "after":
            peer.protocol.data_received(text("a"))
        task.cancel()
        await peer.settle()
        assert task.cancelled()
        if moment == "before":
            peer.protocol.data_received(text("a"))
        peer.protocol.data_received(text("b"))
        assert [await app.begin(receive), await app.begin(receive)] == ["a", "b"]


@each_way
async def test_a_text_of_duologue_is_not_lost_when_its_coroutine_is_closed(connect, receive):
    peer = await connect(app := Receiver())
    coroutine = receive(app.websocket)
    coroutine.send(None)
    coroutine.close()
    peer.protocol.data_received(text("a"))
    assert await app.begin(receive) == "a"


@each_way
async def test_duologue_waits_for_a_text_and_something_else_comes(connect, receive):
    peer = await connect(app := Receiver())
    task = app.begin(receive)
    await peer.settle()
    await peer.say(frame(BINARY, b"a"))
    with pytest.raises(UnsupportedDataError):
        await task
    task = app.begin(receive)
    await peer.settle()
    await peer.say(text("long" * 100))
    assert await task == "long" * 100
    task = app.begin(receive)
    await peer.settle()
    await peer.say(close(4000, "bye"))
    with pytest.raises((WebSocketDisconnect, StopAsyncIteration)):
        await task
    assert (app.websocket.close_code, app.websocket.close_reason) == (4000, "bye")


@each_way
async def test_a_task_that_is_cancelled_when_something_else_comes_leaves_it(connect, receive):
    peer = await connect(app := Receiver())
    task = app.begin(receive)
    await peer.settle()
    peer.protocol.data_received(frame(BINARY, b"a"))
    task.cancel()
    await peer.settle()
    assert task.cancelled()
    assert await app.begin(WebSocket.receive_bytes) == b"a"


async def test_a_text_of_duologue_that_no_frame_can_carry_is_not_sent(connect):
    peer = await connect(app := Receiver())
    peer.frames()
    with pytest.raises(ValueError, match="surrogate"):
        await app.websocket.send_text("\ud83d")
    await app.websocket.send_text("é")
    assert peer.frames() == [(TEXT, "é".encode())]


@each_way
async def test_one_task_at_a_time_waits_for_a_text_of_duologue(connect, receive):
    peer = await connect(app := Receiver())
    task = app.begin(receive)
    await peer.settle()
    with pytest.raises(WebSocketStateError, match="already receiving"):
        await app.begin(receive)
    await peer.say(text("a"))
    assert await task == "a"


async def test_json_of_duologue_is_read_from_a_text(connect):
    peer = await connect(app := Receiver())
    task = app.begin(lambda websocket: anext(websocket.iter_json()))
    await peer.say(text('{"a": 1}'))
    assert await task == {"a": 1}


async def test_a_block_of_duologue_takes_the_texts_in(connect):
    peer = await connect(app := Receiver())

    async def receive(websocket):
        async with websocket.until_closed():
            return [await websocket.receive_text(), await next_text(websocket)]

    task = app.begin(receive)
    await peer.say(text("a"), text("b"))
    assert await task == ["a", "b"]


class Wrapped:
    """Duologue, and a middleware that takes note of what is sent."""

    def __init__(self, wrap=lambda send: send):
        self.wrap = wrap

    async def __call__(self, scope, receive, send):
        self.websocket = WebSocket(scope, receive, self.wrap(send))
        await self.websocket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            async for text in self.websocket.iter_text():
                await self.websocket.send_text(text)


async def test_a_text_of_duologue_waits_while_the_client_does_not_read(connect):
    peer = await connect(Wrapped())
    peer.frames()
    peer.protocol.pause_writing()
    await peer.say(text("a"), text("b"))
    assert peer.frames() == []
    peer.protocol.resume_writing()
    await peer.settle()
    assert peer.frames() == [(TEXT, b"a"), (TEXT, b"b")]


async def test_a_text_of_duologue_is_not_written_behind_the_end(connect):
    peer = await connect(app := Wrapped())
    peer.frames()
    peer.protocol.shutdown()
    with pytest.raises(WebSocketDisconnect):
        await app.websocket.send_text("too late")
    assert peer.frames() == [(CLOSE, (1012).to_bytes(2) + b"service restart")]


async def test_a_long_text_of_duologue_is_compressed(connect):
    peer = await connect(Wrapped(), headers=[(b"sec-websocket-extensions", b"permessage-deflate")])
    await peer.say(text("x" * 1_000))
    [(first, data)] = peer.frames()
    assert first == 0xC0 | TEXT
    assert len(data) < 100


async def test_what_is_between_sees_each_text(connect):
    seen = []

    def wrap(send):
        @functools.wraps(send)
        async def note(message):
            seen.append(message)
            await send(message)

        return note

    class Noting(PicowsProtocol):
        async def send(self, message):
            seen.append(message)
            await super().send(message)

    for app, kind in [(Wrapped(wrap), PicowsProtocol), (Wrapped(), Noting)]:
        peer = await connect(app, kind=kind)
        peer.frames()
        await peer.say(text("a"))
        assert peer.frames() == [(TEXT, b"a")]
        assert seen.pop() == {"type": "websocket.send", "text": "a"}


# The client ends


@pytest.mark.parametrize(
    ("said", "answer", "seen"),
    [
        (close(4000, "Grüße"), (4000).to_bytes(2), disconnect(4000, "Grüße")),
        (close(), b"", disconnect(1005)),
    ],
)
async def test_the_client_closes(connect, said, answer, seen):
    peer = await connect(app := App())
    await peer.say(text("bye"), said, text("again"))
    assert peer.frames() == [(CLOSE, answer)]
    assert peer.transport.done == ["close"]
    assert (await app.receive())["text"] == "bye"
    assert [await app.receive(), await app.receive()] == [seen, seen]
    for kind in ("send", "close", "accept"):
        with pytest.raises(OSError):
            await app.send(kind, text="a")
    peer.protocol.shutdown()  # changes nothing
    await peer.say(text("and again"))
    peer.protocol.eof_received()
    assert peer.loop.pending == [2]
    peer.loop.pass_time()  # it does not read what was said last
    assert peer.transport.done == ["close", "close", "abort"]


async def test_a_close_can_come_behind_what_is_still_to_be_read(connect):
    peer = await connect(app := App(), ws_max_queue=1)
    await peer.say(text("a"), text("b"), close(4000))
    assert not peer.transport.reading
    assert [(await app.receive()).get("text") for _ in range(2)] == ["a", "b"]
    assert peer.transport.done == ["close"]
    assert await app.receive() == disconnect(4000)


async def test_a_close_can_come_before_the_acceptance(connect):
    go, received = asyncio.Event(), []

    async def app(scope, receive, send):
        await receive()
        await go.wait()
        await send(ACCEPT)
        received.append(await receive())

    peer = await connect(app)
    await peer.say(close(4000))
    go.set()
    await peer.settle()
    assert received == [disconnect(4000)]
    assert peer.transport.done == ["close"]


@pytest.mark.parametrize("error", [None, ConnectionResetError()])
async def test_the_connection_is_lost(connect, error):
    peer = await connect(app := App())
    receiving = [asyncio.create_task(app.receive()) for _ in range(2)]
    await peer.settle()
    await peer.leave(error)
    assert [await each for each in receiving] == [disconnect(1006)] * 2


async def test_the_client_ends_the_stream_and_takes_nothing_more(connect):
    peer = await connect(App())
    assert not peer.protocol.eof_received()
    assert peer.transport.done == ["close"]
    peer.loop.pass_time()
    assert peer.transport.done == ["close", "abort"]


async def test_an_application_can_let_out_that_the_client_has_left(connect, caplog):
    async def app(scope, receive, send):
        await echo(scope, receive, send)
        await send({"type": "websocket.send", "text": "are you there?"})

    peer = await connect(app)
    await peer.leave()
    assert caplog.records == []


# The client breaks a rule


@pytest.mark.parametrize(
    ("said", "code"),
    [(frame(TEXT, b"\xff"), 1007), (frame(0, b""), 1002), (frame(BINARY, bytes(101)), 1009)],
)
async def test_a_failure_comes_behind_what_came_before_it(connect, said, code):
    peer = await connect(echo, ws_max_size=100)
    await peer.say(text("hello"), said, text("again"))
    hello, (opcode, payload) = peer.frames()
    assert hello == (TEXT, b"hello")
    assert (opcode, int.from_bytes(payload[:2])) == (CLOSE, code)
    # It reads on, lest the connection be reset; and it does not wait for ever.
    assert (peer.transport.done, peer.transport.reading) == (["eof"], True)
    peer.loop.pass_time()
    assert peer.transport.done == ["eof", "abort"]


async def test_the_application_sees_why(connect):
    peer = await connect(app := App())
    peer.transport.can_end = False  # as with TLS
    await peer.say(text("hello"), frame(TEXT, b"\xff"))
    assert (await app.receive())["text"] == "hello"
    assert await app.receive() == disconnect(1007, "invalid UTF-8")
    assert peer.transport.done == ["close"]


async def test_an_application_that_closes_before_a_failure_has_closed(connect):
    peer = await connect(app := App())
    peer.frames()
    peer.protocol.data_received(frame(TEXT, b"\xff"))
    await app.send("close", code=4000)
    await peer.settle()
    assert peer.frames() == [(CLOSE, (4000).to_bytes(2))]


# The application ends


async def test_the_application_closes_and_the_client_answers(connect):
    peer = await connect(app := App(), ws_max_queue=1)
    peer.frames()
    await peer.say(text("unread"), text("unread, too"))
    await app.send("close", code=4001, reason="Grüße")
    assert peer.frames() == [(CLOSE, (4001).to_bytes(2) + "Grüße".encode())]
    assert (await app.receive())["text"] == "unread"
    assert await app.receive() == disconnect(4001, "Grüße")
    for kind in ("send", "close"):
        with pytest.raises(RuntimeError, match="the application has closed"):
            await app.send(kind, text="a")
    assert peer.loop.pending == [10]
    await peer.say(text("in flight"), frame(PING, b"a"))
    assert (peer.transport.done, peer.transport.reading) == ([], True)
    await peer.say(close(4001))
    assert peer.frames() == []
    assert peer.transport.done == ["close"]


async def test_a_client_that_never_answers_is_cut_off(connect):
    peer = await connect(app := App())
    await app.send("close")
    peer.loop.pass_time()
    assert peer.transport.done == ["abort"]


@pytest.mark.parametrize(
    ("ends", "code", "logged"),
    [
        ({}, 1000, None),
        ({"returns": "this"}, 1000, "ASGI callable should return None, but returned 'this'."),
        ({"raises": ValueError("meant")}, 1011, "Exception in ASGI application\n"),
        ({"raises": SystemExit(1)}, 1011, "Exception in ASGI application\n"),
    ],
)
async def test_what_the_application_leaves_open_is_closed(connect, caplog, ends, code, logged):
    peer = await connect(app := App(**ends))
    peer.frames()
    app.go.set()
    await peer.settle()
    assert peer.frames() == [(CLOSE, code.to_bytes(2))]
    assert caplog.messages == ([logged] if logged else [])


async def test_what_is_cancelled_is_closed(connect):
    peer = await connect(App())
    peer.frames()
    [task] = peer.state.tasks
    task.cancel()
    await peer.settle()
    assert peer.frames() == [(CLOSE, (1012).to_bytes(2))]


@pytest.mark.parametrize(
    ("accepts", "message", "error"),
    [
        (True, {"type": "websocket.accept"}, RuntimeError),
        (True, {"type": "websocket.close", "code": 1006}, ValueError),
        (True, {"type": "websocket.close", "code": 1000, "reason": "x" * 124}, ValueError),
        (True, {"type": "websocket.send", "text": "\ud83d"}, ValueError),
        (True, {"type": "websocket.http.response.body"}, RuntimeError),
        (False, {"type": "websocket.send", "text": "a"}, RuntimeError),
    ],
)
async def test_what_may_not_be_sent_is_an_error(connect, accepts, message, error):
    await connect(app := App(accepts=accepts))
    with pytest.raises(error):
        await app._send(message)


class Words(str):
    __slots__ = ()


@pytest.mark.parametrize("offers", [[], [(b"sec-websocket-extensions", b"permessage-deflate")]])
async def test_a_message_has_text_or_bytes(connect, offers):
    peer = await connect(app := App(), headers=offers)
    peer.frames()
    for wrong in ({"text": b"\xff"}, {"bytes": "a"}, {"bytes": None}, {"text": 1}, {}):
        with pytest.raises(TypeError):
            await app.send("send", **wrong)
    for right in ({"text": Words("a")}, {"text": None, "bytes": bytearray(b"b")}):
        await app.send("send", **right)
    assert peer.frames() == [(TEXT, b"a"), (BINARY, b"b")]


# uvicorn ends


async def test_at_the_end_of_the_server_every_client_hears_why(connect):
    peer = await connect(app := App())
    peer.frames()
    peer.protocol.shutdown()
    assert peer.frames() == [(CLOSE, (1012).to_bytes(2) + b"service restart")]
    assert await app.receive() == disconnect(1012, "service restart")


async def test_at_the_end_of_the_server_no_handshake_waits(connect):
    peer = await connect(app := App(accepts=False))
    peer.protocol.shutdown()
    assert peer.response()[0] == 503
    assert await app.receive() == disconnect(1006)


async def test_at_the_end_of_the_server_nobody_waits_for_an_answer(connect):
    peer = await connect(app := App())
    await app.send("close")
    peer.protocol.shutdown()
    assert peer.transport.done == ["close"]


# Keepalive, on a clock of the tests

PINGS = {"ws_ping_interval": 20, "ws_ping_timeout": 10}


async def test_a_client_is_pinged(connect):
    peer = await connect(App(), **PINGS)
    peer.frames()
    for _ in range(2):
        assert peer.loop.pending == [20]
        peer.loop.pass_time()
        [(opcode, payload)] = peer.frames()
        assert opcode == PING
        await peer.say(frame(PONG, b"another"))
        assert peer.loop.pending == [10]
        await peer.say(frame(PONG, payload))


async def test_a_client_that_does_not_answer_is_lost(connect):
    peer = await connect(app := App(), **PINGS)
    peer.loop.pass_time()
    peer.frames()
    peer.loop.pass_time()
    assert peer.frames() == [(CLOSE, (1011).to_bytes(2) + b"keepalive ping timeout")]
    assert await app.receive() == disconnect(1011, "keepalive ping timeout")


async def test_no_answer_is_missed_while_nothing_is_read(connect):
    peer = await connect(app := App(), **PINGS, ws_max_queue=1)
    await peer.say(text("a"), text("b"))
    peer.loop.pass_time()
    peer.loop.pass_time()
    assert peer.loop.pending == [10]
    for _ in range(2):
        await app.receive()
    assert peer.transport.reading
    peer.loop.pass_time()
    assert (await app.receive())["code"] == 1011


async def test_pings_that_need_no_answer(connect):
    peer = await connect(App(), ws_ping_interval=20, ws_ping_timeout=None)
    peer.frames()
    for _ in range(2):
        peer.loop.pass_time()
    assert [opcode for opcode, _ in peer.frames()] == [PING, PING]
    await peer.say(frame(PONG, peer.protocol._keepalive._sent))
    assert peer.loop.pending == [20]


async def test_without_pings(connect):
    peer = await connect(App(), ws_ping_interval=None)
    await peer.say(frame(PONG, b""))
    assert peer.loop.pending == []


# The rest


async def test_nothing_is_left_of_a_connection():
    async def app(scope, receive, send):
        await receive()
        await send(ACCEPT)
        await receive()

    peer = Peer(app)
    await peer.settle()
    gc.collect()
    gc.disable()
    try:
        await peer.say(close())
        await peer.leave()
        buffer = weakref.ref(peer.protocol._buffer)
        del peer
        assert buffer() is None
    finally:
        gc.enable()


async def test_trace(connect, caplog):
    logger = logging.getLogger("uvicorn.error")
    caplog.set_level(TRACE_LOG_LEVEL, "uvicorn.error")
    assert logger.level == TRACE_LOG_LEVEL
    peer = await connect(echo)
    peer.transport.getpeername = lambda: "/tmp/socket"
    await peer.leave()
    assert caplog.messages == [
        "192.0.2.1:50000 - WebSocket connection made",
        '192.0.2.1:50000 - "WebSocket /caf%C3%A9?q=1" [accepted]',
        "WebSocket connection lost",
    ]


async def test_the_settings_are_loaded_where_they_are_not():
    config = Config(echo, lifespan="off", log_config=None)
    PicowsProtocol(config, ServerState(), {})
    assert config.loaded


async def test_applications_can_have_contexts_of_their_own(connect):
    peer = await connect(echo, reset_contextvars=True)
    await peer.say(text("hello"))
    assert peer.frames()[-1] == (TEXT, b"hello")
