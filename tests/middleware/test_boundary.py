import asyncio
import logging
import threading
import traceback

import anyio
import pytest
from patience import MOMENT
from recording_server import (
    ACCEPT,
    CLOSE,
    CONNECT,
    DENIAL,
    LOSSES,
    RecordingServer,
    left,
    make_scope,
    said_bytes,
    said_text,
)

from duologue.exceptions import (
    HTTPException,
    InvalidPayloadError,
    UnsupportedDataError,
    WebSocketDisconnect,
    WebSocketException,
)
from duologue.middleware.boundary import Boundary
from duologue.responses import PlainTextResponse, Response
from duologue.websockets import RECORD_KEY, WebSocket, WebSocketState, WebSocketStateError

SERVER_ERRORS = [OSError("reset"), RuntimeError("after close"), AssertionError, ValueError("odd")]


@pytest.fixture(autouse=True)
def log(caplog):
    """What has been logged; nothing else may be."""
    caplog.set_level(logging.INFO)
    return caplog


def endpoint_app(endpoint):
    """An application as a route makes it of an endpoint."""

    async def app(scope, receive, send):
        await endpoint(WebSocket.of(scope, receive, send))

    return app


def raising(error, accepts):
    async def endpoint(websocket):
        if accepts:
            await websocket.accept()
        raise error

    return endpoint_app(endpoint)


async def run(app, *messages, server=None, **keys):
    """Let the application converse with a client that says these messages; tell what it sent."""
    server = server or RecordingServer(*messages)
    with anyio.fail_after(MOMENT):
        await app(make_scope(**keys), server.receive, server.send)
    return server.sent


async def run_failing(app, *messages, **keys):
    """Likewise, where something is raised to the server; tell what was sent, and the error."""
    server = RecordingServer(*messages)
    with pytest.raises(Exception) as raised, anyio.fail_after(MOMENT):
        await app(make_scope(**keys), server.receive, server.send)
    return server.sent, raised.value


def close(code, reason=""):
    return {"type": "websocket.close", "code": code, "reason": reason}


def denial(status, body, *headers):
    body = body.encode()
    length = (b"content-length", b"%d" % len(body))
    plain = (b"content-type", b"text/plain; charset=utf-8")
    return [
        {
            "type": "websocket.http.response.start",
            "status": status,
            "headers": [*headers, plain, length],
        },
        {"type": "websocket.http.response.body", "body": body, "more_body": False},
    ]


# What comes out, what is sent before accepting, and what after.
EXPECTED = [
    pytest.param(
        HTTPException(401),
        denial(401, "Unauthorized"),
        [close(1008, "Unauthorized")],
        id="HTTPException",
    ),
    pytest.param(
        HTTPException(402, "Pay first", {"X-Price": "5"}),
        denial(402, "Pay first", (b"x-price", b"5")),
        [close(1008, "Pay first")],
        id="HTTPException with all",
    ),
    pytest.param(
        WebSocketException(4000, "no room"),
        [close(4000, "no room")],
        [close(4000, "no room")],
        id="WebSocketException",
    ),
    pytest.param(
        UnsupportedDataError("no text"),
        [close(1003, "no text")],
        [close(1003, "no text")],
        id="UnsupportedDataError",
    ),
    pytest.param(
        InvalidPayloadError("no JSON"),
        [close(1007, "no JSON")],
        [close(1007, "no JSON")],
        id="InvalidPayloadError",
    ),
]


# The table, row for row.


@pytest.mark.parametrize("extension", [DENIAL, {}])
async def test_returning_without_an_answer_refuses(extension, log):
    async def endpoint(websocket):
        pass

    assert await run(Boundary(endpoint_app(endpoint)), **extension) == [CLOSE]
    assert log.records == []


@pytest.mark.parametrize("extension", [DENIAL, {}])
async def test_returning_without_closing_closes(extension, log):
    async def endpoint(websocket):
        await websocket.accept()

    assert await run(Boundary(endpoint_app(endpoint)), **extension) == [ACCEPT, CLOSE]
    assert log.records == []


async def test_returning_in_the_middle_of_a_denial_finishes_it():
    async def endpoint(websocket):
        await websocket.send({"type": "websocket.http.response.start", "status": 403})

    sent = await run(Boundary(endpoint_app(endpoint)), **DENIAL)
    assert sent[1] == {"type": "websocket.http.response.body", "body": b"", "more_body": False}
    assert len(sent) == 2


@pytest.mark.parametrize("end", ["close", "deny", "leave"])
async def test_a_conversation_that_has_ended_is_left_alone(end, log):
    async def endpoint(websocket):
        if end == "deny":
            await websocket.send_denial_response(Response(status_code=404))
        else:
            await websocket.accept()
        if end == "close":
            await websocket.close(3000)
        elif end == "leave":
            assert await websocket.receive() == left(code=1000)

    sent = await run(Boundary(endpoint_app(endpoint)), left(code=1000), **DENIAL)
    assert len(sent) == {"close": 2, "deny": 2, "leave": 1}[end]
    assert log.records == []


@pytest.mark.parametrize("extension", [DENIAL, {}])
async def test_a_client_that_leaves_is_nothing_to_tell(extension, log):
    async def endpoint(websocket):
        await websocket.accept()
        await websocket.receive_text()

    assert await run(Boundary(endpoint_app(endpoint)), left(code=1001), **extension) == [ACCEPT]
    assert log.records == []


@pytest.mark.parametrize("extension", [DENIAL, {}])
async def test_a_client_that_leaves_before_it_is_accepted_is_nothing_to_tell(extension, log):
    async def endpoint(websocket):
        assert await websocket.receive() == CONNECT
        await websocket.receive()
        await websocket.accept()

    assert await run(Boundary(endpoint_app(endpoint)), left(code=1006), **extension) == []
    assert log.records == []


@pytest.mark.parametrize(("error", "before", "after"), EXPECTED)
async def test_what_asks_for_an_end_gets_it(error, before, after, log):
    assert await run(Boundary(raising(error, accepts=False)), **DENIAL) == before
    assert await run(Boundary(raising(error, accepts=True)), **DENIAL) == [ACCEPT, *after]
    assert await run(Boundary(raising(error, accepts=True))) == [ACCEPT, *after]
    plain = before if before[0]["type"] == "websocket.close" else [CLOSE]
    assert await run(Boundary(raising(error, accepts=False))) == plain
    assert log.records == []


@pytest.mark.parametrize(
    ("extension", "accepts", "expected", "told"),
    [
        (DENIAL, False, denial(500, "Internal Server Error"), "the handshake is denied with 500"),
        ({}, False, [CLOSE], "the handshake is denied with 500"),
        (DENIAL, True, [ACCEPT, close(1011)], "the connection is closed with 1011"),
        ({}, True, [ACCEPT, close(1011)], "the connection is closed with 1011"),
    ],
)
async def test_anything_else_is_logged_and_raised(extension, accepts, expected, told, log):
    error = LookupError("full moon")
    app = Boundary(raising(error, accepts))
    sent, raised = await run_failing(app, path="/chat", **extension)
    assert raised is error
    assert sent == expected
    [record] = log.records
    assert (record.name, record.levelname, record.exc_info) == ("duologue", "ERROR", None)
    assert record.getMessage() == f"LookupError('full moon') at '/chat': {told}"


async def test_an_error_after_the_end_is_logged_and_raised_too(log):
    async def endpoint(websocket):
        await websocket.accept()
        await websocket.close()
        raise LookupError

    sent, raised = await run_failing(Boundary(endpoint_app(endpoint)))
    assert sent == [ACCEPT, CLOSE]
    assert type(raised) is LookupError
    assert len(log.records) == 1


# What the messages of the clients lead to.


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (said_bytes(b"x"), close(1003, "Expected a text message, but got a binary one.")),
        (said_text("{"), close(1007, "The message is not JSON.")),
    ],
)
async def test_a_message_that_cannot_be_read_ends_the_conversation(message, expected, log):
    async def endpoint(websocket):
        await websocket.accept()
        await websocket.receive_json()

    assert await run(Boundary(endpoint_app(endpoint)), message) == [ACCEPT, expected]
    assert log.records == []


# What is said must be sendable.


@pytest.mark.parametrize(
    ("reason", "cut"),
    [
        ("x" * 124, "x" * 123),
        ("안녕" * 30, ("안녕" * 30)[:41]),
        ("é" * 62, "é" * 61),
        ("\ud800", "?"),
    ],
)
async def test_a_reason_is_cut_between_two_characters(reason, cut):
    assert len(cut.encode()) <= 123
    for error in [HTTPException(403, reason), WebSocketException(1008, reason)]:
        assert await run(Boundary(raising(error, accepts=True))) == [ACCEPT, close(1008, cut)]


@pytest.mark.parametrize("status", [204, 304])
async def test_a_denial_that_has_no_body_gets_none(status):
    sent = await run(Boundary(raising(HTTPException(status), accepts=False)), **DENIAL)
    assert sent == [
        {"type": "websocket.http.response.start", "status": status, "headers": []},
        {"type": "websocket.http.response.body", "body": b"", "more_body": False},
    ]


@pytest.mark.parametrize(
    ("error", "accepts", "mistake"),
    [
        (WebSocketException(1005), True, ValueError),
        (WebSocketException(1005), False, ValueError),
        (WebSocketException("1000"), True, TypeError),
        (HTTPException(101), False, ValueError),
        (HTTPException(401, headers={"a": "b\r\nc: d"}), False, ValueError),
        (HTTPException(401, "\ud800"), False, ValueError),
    ],
)
async def test_an_exception_that_asks_for_what_cannot_be_sent_is_an_error(
    error, accepts, mistake, log
):
    sent, raised = await run_failing(Boundary(raising(error, accepts)), **DENIAL)
    assert isinstance(raised, mistake)
    assert raised.__context__ is error
    if accepts:
        assert sent == [ACCEPT, close(1011)]
    else:
        assert sent == denial(500, "Internal Server Error")
    assert len(log.records) == 1


async def test_a_denial_that_has_begun_is_finished_and_no_other_one_begun():
    async def endpoint(websocket):
        await websocket.send({"type": "websocket.http.response.start", "status": 403})
        raise HTTPException(401)

    sent = await run(Boundary(endpoint_app(endpoint)), **DENIAL)
    assert [message["type"] for message in sent] == [
        "websocket.http.response.start",
        "websocket.http.response.body",
    ]


# Debugging.


@pytest.mark.parametrize("accepts", [True, False])
async def test_debugging_shows_the_traceback_in_the_response_and_in_the_log(accepts, log):
    app = Boundary(raising(LookupError("full moon"), accepts), debug=True)
    sent, raised = await run_failing(app, **DENIAL)
    [record] = log.records
    assert record.exc_info[1] is raised
    if accepts:
        assert sent == [ACCEPT, close(1011)]
    else:
        body = sent[1]["body"].decode()
        assert body.startswith("Traceback (most recent call last):")
        assert body.endswith("LookupError: full moon\n")
        assert "in endpoint" in body


@pytest.mark.parametrize("accepts", [True, False])
async def test_otherwise_nothing_of_the_error_reaches_the_client(accepts, log):
    app = Boundary(raising(LookupError("full moon"), accepts))
    sent, _ = await run_failing(app, **DENIAL)
    assert "moon" not in str(sent)
    assert "Traceback" not in log.text


# Groups of exceptions, as task groups make them.


async def fail_with(error):
    raise error


async def collect(*errors):
    """Fail in a task group with all of these."""
    async with anyio.create_task_group() as tasks:
        for error in errors:
            tasks.start_soon(fail_with, error)


async def test_a_single_failure_in_groups_counts_as_itself(log):
    error = WebSocketException(4000)

    async def endpoint(websocket):
        await websocket.accept()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(collect, error)

    assert await run(Boundary(endpoint_app(endpoint))) == [ACCEPT, close(4000)]
    assert log.records == []


async def test_a_single_unexpected_failure_in_a_group_is_raised_bare(log):
    error = LookupError("full moon")

    async def endpoint(websocket):
        await websocket.accept()
        await collect(error)

    sent, raised = await run_failing(Boundary(endpoint_app(endpoint)))
    assert raised is error
    assert "endpoint" not in {frame.name for frame in traceback.extract_tb(raised.__traceback__)}
    assert raised.__context__ is None
    assert sent == [ACCEPT, close(1011)]
    assert log.messages == ["LookupError('full moon') at '/': the connection is closed with 1011"]


async def test_a_group_of_failures_is_one_error(log):
    group = ExceptionGroup("two", [LookupError(), WebSocketException(4000)])
    sent, raised = await run_failing(Boundary(raising(group, accepts=True)))
    assert raised is group
    assert sent == [ACCEPT, close(1011)]
    assert len(log.records) == 1


async def receive_twice_at_the_end(websocket):
    """Let two tasks learn that the client has left."""

    async def learn():
        await websocket.send_text("x")

    assert await websocket.receive() == left(code=1001)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(learn)
        tasks.start_soon(learn)


async def test_a_client_that_leaves_several_tasks_at_once_has_left_once(log):
    async def endpoint(websocket):
        await websocket.accept()
        await receive_twice_at_the_end(websocket)

    assert await run(Boundary(endpoint_app(endpoint)), left(code=1001)) == [ACCEPT]
    assert log.records == []


async def test_that_the_client_has_left_does_not_count_beside_a_failure(log):
    error = LookupError()
    gone = WebSocketDisconnect(1001)
    group = ExceptionGroup("", [gone, ExceptionGroup("", [error, gone])])

    async def endpoint(websocket):
        await websocket.accept()
        await websocket.receive()
        raise group

    sent, raised = await run_failing(Boundary(endpoint_app(endpoint)), left(code=1001))
    assert raised is error
    assert sent == [ACCEPT]
    assert len(log.records) == 1


@pytest.mark.parametrize("accepts", [True, False])
async def test_that_another_client_has_left_is_an_error(accepts, log):
    app = Boundary(raising(WebSocketDisconnect(1001), accepts))
    sent, raised = await run_failing(app, **DENIAL)
    assert type(raised) is WebSocketDisconnect
    ended = [ACCEPT, close(1011)] if accepts else denial(500, "Internal Server Error")
    assert sent == ended
    assert len(log.records) == 1


# Cancellation.


@pytest.mark.parametrize("accepts", [True, False])
async def test_cancellation_passes_and_nothing_is_sent(accepts, log):
    waiting = anyio.Event()
    ended = []

    async def endpoint(websocket):
        if accepts:
            await websocket.accept()
        try:
            waiting.set()
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            ended.append("endpoint")
            raise

    server = RecordingServer()
    app = Boundary(endpoint_app(endpoint), {Exception: lambda websocket, error: ended.append(1)})

    async def serve():
        try:
            await app(make_scope(), server.receive, server.send)
        except anyio.get_cancelled_exc_class():
            ended.append("boundary")
            raise

    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve)
            await waiting.wait()
            tasks.cancel_scope.cancel()
    assert ended == ["endpoint", "boundary"]
    assert server.sent == [ACCEPT] * accepts
    assert log.records == []


# The server.


class FailingServer(RecordingServer):
    """Sends a number of messages, and fails from then on."""

    def __init__(self, error, after, *messages):
        super().__init__(*messages)
        self.failure, self.after = error, after

    async def send(self, message):
        self.error = self.failure if len(self.sent) == self.after else None
        await super().send(message)


@pytest.mark.parametrize("error", SERVER_ERRORS, ids=repr)
@pytest.mark.parametrize("outcome", [None, HTTPException(401), WebSocketException(4000)])
@pytest.mark.parametrize("accepts", [True, False])
async def test_a_server_that_fails_at_the_end_is_no_error(accepts, outcome, error, log):
    async def endpoint(websocket):
        if accepts:
            await websocket.accept()
        if outcome:
            raise outcome

    server = FailingServer(error, accepts)
    await run(Boundary(endpoint_app(endpoint)), server=server, **DENIAL)
    assert server.sent == [ACCEPT] * accepts
    assert log.records == []


@pytest.mark.parametrize("error", SERVER_ERRORS, ids=repr)
@pytest.mark.parametrize("accepts", [True, False])
async def test_a_server_that_fails_at_the_end_is_no_second_error(accepts, error, log):
    server = FailingServer(error, accepts)
    app = Boundary(raising(LookupError("full moon"), accepts))
    with pytest.raises(LookupError):
        await run(app, server=server, **DENIAL)
    assert server.sent == [ACCEPT] * accepts
    assert len(log.records) == 1


async def test_an_end_that_failed_is_not_tried_again():
    tried = []

    def failing(app):
        async def middleware(scope, receive, send):
            async def wrapped(message):
                if message["type"] == "websocket.close":
                    tried.append(message)
                    raise LookupError("full moon")
                await send(message)

            await app(scope, receive, wrapped)

        return middleware

    async def endpoint(websocket):
        await websocket.accept()
        with pytest.raises(LookupError):
            await websocket.close(4000)

    assert await run(Boundary(failing(endpoint_app(endpoint)))) == [ACCEPT, close(1000)]
    assert tried == [close(4000)]


# What an application of others sends and expects, mounted in this one.


async def test_a_close_of_others_before_accepting_may_say_what_it_likes(log):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": [{"msg": "no number"}]})

    assert await run(Boundary(app)) == [CLOSE]
    assert log.records == []


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"type": "websocket.close", "code": 1006}, ValueError),
        ({"type": "websocket.close", "reason": ["bye"]}, TypeError),
        ({"type": "websocket.send", "text": b"hello"}, TypeError),
        ({"type": "websocket.send", "text": "\ud83d"}, ValueError),
        ({"type": "websocket.accept"}, WebSocketStateError),
    ],
)
async def test_what_others_send_wrongly_ends_the_conversation_properly(message, error, log):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await send(message)

    sent, raised = await run_failing(Boundary(app))
    assert sent == [{"type": "websocket.accept"}, close(1011)]
    assert isinstance(raised, error)
    assert len(log.records) == 1


@pytest.mark.parametrize(
    ("messages", "end"),
    [
        ([{"type": "websocket.accept"}, close(4000, "bye")], left(code=4000, reason="bye")),
        ([close(1000)], left(code=1006, reason="")),
        (denial(403, "No"), left(code=1006, reason="")),
    ],
)
async def test_after_an_end_an_application_of_others_is_told_so_at_once(messages, end, log):
    async def app(scope, receive, send):
        await receive()
        for message in messages:
            await send(message)
        assert [await receive() for _ in range(3)] == [end] * 3

    assert await run(Boundary(app), **DENIAL) == messages
    assert log.records == []


async def test_after_the_client_has_left_too(log):
    async def app(scope, receive, send):
        assert (await receive())["type"] == "websocket.connect"
        assert await receive() == left(code=4000, reason="bye")
        assert [await receive() for _ in range(2)] == [left(code=4000, reason="bye")] * 2

    await run(Boundary(app), left(code=4000, reason="bye"))
    assert log.records == []


async def test_an_application_of_others_may_listen_while_it_denies(log):
    async def app(scope, receive, send):
        await receive()
        await send(denial(403, "No")[0])
        async with anyio.create_task_group() as tasks:

            async def listen():
                assert await receive() == left(code=1006)
                tasks.cancel_scope.cancel()

            tasks.start_soon(listen)
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(WebSocketStateError, match="already receiving"):
                await receive()
            server.say(left(code=1006))
            await anyio.sleep_forever()

    server = RecordingServer()
    await run(Boundary(app), server=server, **DENIAL)
    assert [message["type"] for message in server.sent] == ["websocket.http.response.start"]
    assert log.records == []


# A cancellation that is not meant for the endpoint.


def awaiting_a_cancelled_task(accepts):
    async def endpoint(websocket):
        if accepts:
            await websocket.accept()
        task = asyncio.ensure_future(anyio.sleep_forever())
        task.cancel()
        await task

    return endpoint_app(endpoint)


@pytest.mark.parametrize("boundaries", [Boundary, lambda app: Boundary(Boundary(app))])
@pytest.mark.parametrize(
    ("accepts", "sent"),
    [(True, [ACCEPT, close(1011)]), (False, denial(500, "Internal Server Error"))],
)
def test_the_cancellation_of_another_task_is_a_failure(accepts, sent, boundaries, log):
    app = boundaries(awaiting_a_cancelled_task(accepts))

    async def serve():
        came, raised = await run_failing(app, **DENIAL)
        assert came == sent
        assert isinstance(raised, RuntimeError)
        assert isinstance(raised.__cause__, asyncio.CancelledError)

    asyncio.run(serve())
    assert len(log.records) == 1
    assert "cancellation of another task" in log.text


def test_a_handler_can_handle_it(log):
    async def handle(websocket, error):
        await websocket.close(4000)

    app = Boundary(awaiting_a_cancelled_task(True), {RuntimeError: handle})
    assert asyncio.run(run(app)) == [ACCEPT, close(4000)]
    assert log.records == []


def test_a_task_that_a_server_cancels_stays_cancelled(log):
    accepted = asyncio.Event()

    async def endpoint(websocket):
        await websocket.accept()
        accepted.set()
        await anyio.sleep_forever()

    async def serve():
        server = RecordingServer()
        app = Boundary(endpoint_app(endpoint))
        task = asyncio.create_task(app(make_scope(), server.receive, server.send))
        await accepted.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert server.sent == [ACCEPT]

    asyncio.run(serve())
    assert log.records == []


# What was cut off.


async def closing_when_cancelled(websocket):
    await websocket.accept()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await websocket.close(4000, "done")


async def denying_when_cancelled(websocket):
    with anyio.CancelScope() as scope:
        scope.cancel()
        await websocket.send_denial_response(PlainTextResponse("No", status_code=401))


async def accepting_when_cancelled(websocket):
    with anyio.CancelScope() as scope:
        scope.cancel()
        await websocket.accept()


def wrapping_send(app):
    async def middleware(scope, receive, send):
        async def wrapped(message):
            await anyio.lowlevel.checkpoint()
            await send(message)

        await app(scope, receive, wrapped)

    return middleware


@pytest.mark.parametrize("middleware", [lambda app: app, wrapping_send])
@pytest.mark.parametrize(
    ("endpoint", "sent"),
    [
        (closing_when_cancelled, [ACCEPT, close(4000, "done")]),
        (denying_when_cancelled, denial(401, "No")),
        (accepting_when_cancelled, [CLOSE]),
    ],
)
@pytest.mark.parametrize("outcome", [None, WebSocketDisconnect(1006), WebSocketException(4001)])
async def test_an_end_that_was_cut_off_is_sent_after_all(outcome, endpoint, sent, middleware, log):
    async def app(websocket):
        await endpoint(websocket)
        if outcome is not None and websocket.application_state is not WebSocketState.CONNECTING:
            raise outcome

    assert await run(Boundary(middleware(endpoint_app(app))), **DENIAL) == sent
    assert log.records == []


@pytest.mark.parametrize(
    ("endpoint", "sent"),
    [
        (closing_when_cancelled, [ACCEPT, close(4000, "done")]),
        (denying_when_cancelled, denial(401, "No")),
        (accepting_when_cancelled, [close(1011)]),
    ],
)
async def test_a_failure_after_that_changes_nothing(endpoint, sent, log):
    async def app(websocket):
        await endpoint(websocket)
        raise LookupError

    assert (await run_failing(Boundary(endpoint_app(app)), **DENIAL))[0] == sent
    assert len(log.records) == 1


@pytest.mark.parametrize("middleware", [lambda app: app, wrapping_send, Boundary])
async def test_who_is_cancelled_while_closing_has_closed(middleware):
    async def endpoint(websocket):
        await websocket.accept()
        try:
            await anyio.sleep_forever()
        finally:
            await websocket.close(4000)

    app = Boundary(middleware(endpoint_app(endpoint)))
    server = RecordingServer()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(app, make_scope(), server.receive, server.send)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert server.sent == [ACCEPT, close(4000)]


async def test_who_is_cancelled_and_has_not_closed_sends_nothing():
    server = RecordingServer()
    async with anyio.create_task_group() as tasks:
        app = Boundary(endpoint_app(lambda websocket: anyio.sleep_forever()))
        tasks.start_soon(app, make_scope(), server.receive, server.send)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert server.sent == []


@pytest.mark.parametrize("accepts", [True, False])
async def test_a_middleware_that_fails_again_keeps_nothing_from_ending(accepts):
    async def endpoint(websocket):
        if accepts:
            await websocket.accept()
            with pytest.raises(NotImplementedError):
                await websocket.close(4000)
        else:
            with anyio.CancelScope() as scope:
                scope.cancel()
                await websocket.close(4000)

    async def middleware(scope, receive, send):
        async def wrapped_receive():
            await anyio.lowlevel.checkpoint()
            return await receive()

        async def wrapped(message):
            if message["type"] == "websocket.close":
                raise NotImplementedError
            await send(message)

        await endpoint(WebSocket.of(scope, wrapped_receive, wrapped))

    assert await run(Boundary(middleware)) == [ACCEPT] * accepts + [CLOSE]


BUGS = [NotImplementedError(), RecursionError("deep"), OSError("disk"), RuntimeError("odd")]


@pytest.mark.parametrize("error", BUGS, ids=repr)
@pytest.mark.parametrize("at", ["websocket.accept", "websocket.send", "websocket.close"])
async def test_an_error_of_a_send_in_between_is_a_failure(at, error, log):
    async def endpoint(websocket):
        await websocket.accept()
        await websocket.send_text("hello")
        await websocket.close()

    async def middleware(scope, receive, send):
        async def wrapped(message):
            if message["type"] == at:
                raise error
            await send(message)

        await endpoint(WebSocket.of(scope, receive, wrapped))

    server = RecordingServer()
    with pytest.raises(type(error)) as raised:
        await Boundary(middleware)(make_scope(**DENIAL), server.receive, server.send)
    assert raised.value is error
    said = {"type": "websocket.send", "text": "hello"}
    assert (
        server.sent
        == {
            "websocket.accept": denial(500, "Internal Server Error"),
            "websocket.send": [ACCEPT, close(1011)],
            "websocket.close": [ACCEPT, said, close(1011)],
        }[at]
    )
    assert len(log.records) == 1


@pytest.mark.parametrize("error", LOSSES, ids=repr)
async def test_the_servers_own_error_is_known_through_what_stands_between(error, log):
    async def endpoint(websocket):
        await websocket.accept()
        server.error = error
        with pytest.raises(WebSocketDisconnect, match="1006"):
            await websocket.send_text("hello")
        await websocket.send_text("again")

    async def middleware(scope, receive, send):
        async def wrapped(message):
            await send(message)

        await endpoint(WebSocket.of(scope, receive, wrapped))

    server = RecordingServer()
    await run(Boundary(middleware), server=server)
    assert server.sent == [ACCEPT]
    assert log.records == []


async def test_a_server_that_breaks_the_protocol_is_an_error(log):
    async def endpoint(websocket):
        pass

    server = RecordingServer()
    server.messages.clear()
    server.say(said_text("first"), said_text("second"))
    with pytest.raises(RuntimeError, match=r'Expected ASGI message "websocket\.connect"'):
        await run(Boundary(endpoint_app(endpoint)), server=server)
    assert len(log.records) == 1


# Other applications below.


async def test_an_application_that_knows_nothing_of_it_gets_its_end_too(log):
    async def app(scope, receive, send):
        assert await receive() == CONNECT
        await send({"type": "websocket.accept"})
        raise LookupError("full moon")

    sent, raised = await run_failing(Boundary(app))
    assert type(raised) is LookupError
    assert sent == [{"type": "websocket.accept"}, close(1011)]
    assert len(log.records) == 1


@pytest.mark.parametrize("kind", ["http", "lifespan"])
async def test_other_scopes_pass_untouched(kind):
    async def app(*arguments):
        seen.append(arguments)
        if len(seen) > 1:
            raise LookupError

    async def receive(): ...
    async def send(message): ...

    seen = []
    scope = {"type": kind}
    await Boundary(app)(scope, receive, send)
    with pytest.raises(LookupError):
        await Boundary(app)(scope, receive, send)
    assert seen == [(scope, receive, send)] * 2
    assert scope == {"type": kind}


def wrapping(app):
    """Put a middleware around an application that looks at each message."""

    async def wrapped(scope, receive, send):
        async def look_at_received():
            return await receive()

        async def look_at_sent(message):
            await send(message)

        await app(scope, look_at_received, look_at_sent)

    return wrapped


@pytest.mark.parametrize(("error", "before", "after"), EXPECTED)
async def test_a_middleware_that_wraps_changes_nothing(error, before, after, log):
    assert await run(Boundary(wrapping(raising(error, accepts=False))), **DENIAL) == before
    sent = await run(Boundary(wrapping(raising(error, accepts=True))), **DENIAL)
    assert sent == [ACCEPT, *after]
    assert log.records == []


async def test_a_disconnect_that_a_middleware_makes_up_counts(log):
    """As of a client that has been silent for too long."""

    def impatient(app):
        async def wrapped(scope, receive, send):
            async def give_up():
                message = await receive()
                return message if message == CONNECT else left(code=1001)

            await app(scope, give_up, send)

        return wrapped

    async def endpoint(websocket):
        await websocket.accept()
        await websocket.receive_text()

    sent = await run(Boundary(impatient(endpoint_app(endpoint))), said_text("x"))
    assert sent == [ACCEPT, CLOSE]
    assert log.records == []


# Exception handlers.


@pytest.mark.parametrize("around", [lambda app: app, wrapping])
@pytest.mark.parametrize(
    "key_and_error",
    [
        (LookupError, KeyError("x")),
        (Exception, LookupError("x")),
        (401, HTTPException(401)),
        (HTTPException, HTTPException(401)),
        (WebSocketException, InvalidPayloadError("x")),
    ],
    ids=repr,
)
async def test_a_handler_gets_the_very_websocket_of_the_endpoint(around, key_and_error, log):
    key, error = key_and_error
    seen = []

    async def endpoint(websocket):
        seen.append(websocket)
        await websocket.accept()
        raise error

    async def handler(websocket, raised):
        seen.append(websocket)
        assert raised is error
        assert websocket.client_state is WebSocketState.CONNECTED
        await websocket.send_text("sorry")
        await websocket.close(4001)

    sent = await run(Boundary(around(endpoint_app(endpoint)), {key: handler}))
    assert sent == [ACCEPT, {"type": "websocket.send", "text": "sorry"}, close(4001)]
    assert len(seen) == 2
    assert seen[0] is seen[1]
    assert log.records == []


async def test_a_handler_gets_a_single_failure_out_of_its_group():
    error = LookupError()
    seen = []

    async def endpoint(websocket):
        await collect(error)

    async def handler(websocket, raised):
        seen.append(raised)

    await run(Boundary(endpoint_app(endpoint), {LookupError: handler}))
    assert seen == [error]


async def answer(websocket, error):
    return PlainTextResponse("Later", status_code=503)


def answer_from_a_thread(websocket, error):
    assert threading.current_thread() is not threading.main_thread()
    return PlainTextResponse("Later", status_code=503)


@pytest.mark.parametrize(
    "handler", [answer, answer_from_a_thread, lambda websocket, error: answer(websocket, error)]
)
@pytest.mark.parametrize("around", [lambda app: app, wrapping])
async def test_a_handler_may_answer_the_handshake_with_a_response(around, handler, log):
    app = Boundary(around(raising(LookupError(), accepts=False)), {LookupError: handler})
    assert await run(app, **DENIAL) == denial(503, "Later")
    assert await run(app) == [CLOSE]
    assert log.records == []


async def test_where_the_handshake_is_answered_a_response_is_left_out():
    app = Boundary(raising(HTTPException(401), accepts=True), {401: answer})
    assert await run(app) == [ACCEPT, close(1008, "Unauthorized")]


@pytest.mark.parametrize(("error", "before", "after"), EXPECTED)
async def test_where_a_handler_leaves_it_open_the_usual_end_follows(error, before, after):
    seen = []

    async def handler(websocket, raised):
        seen.append(raised)

    handlers = {type(error): handler}
    assert await run(Boundary(raising(error, accepts=False), handlers), **DENIAL) == before
    assert await run(Boundary(raising(error, accepts=True), handlers)) == [ACCEPT, *after]
    assert seen == [error, error]


@pytest.mark.parametrize("debug", [True, False])
async def test_a_handled_error_is_neither_logged_nor_raised(debug, log):
    async def handler(websocket, raised):
        pass

    app = Boundary(raising(LookupError(), accepts=True), {Exception: handler}, debug=debug)
    assert await run(app) == [ACCEPT, close(1011)]
    app = Boundary(raising(LookupError(), accepts=False), {Exception: handler})
    assert await run(app, **DENIAL) == denial(500, "Internal Server Error")
    assert log.records == []


async def test_a_handler_can_be_told_that_the_client_has_left():
    seen = []

    async def endpoint(websocket):
        await websocket.accept()
        await websocket.receive_text()

    async def handler(websocket, raised):
        seen.append((raised.code, websocket.connected))

    app = Boundary(endpoint_app(endpoint), {WebSocketDisconnect: handler})
    assert await run(app, left(code=1001)) == [ACCEPT]
    assert seen == [(1001, False)]


async def test_an_error_in_a_handler_is_like_any_other(log):
    async def handler(websocket, raised):
        raise LookupError("in the handler")

    first = ZeroDivisionError()
    sent, raised = await run_failing(Boundary(raising(first, True), {ZeroDivisionError: handler}))
    assert sent == [ACCEPT, close(1011)]
    assert str(raised) == "'in the handler'" or raised.args == ("in the handler",)
    assert raised.__context__ is first
    assert len(log.records) == 1


async def test_a_handler_may_raise_what_asks_for_an_end(log):
    async def handler(websocket, raised):
        raise WebSocketException(4002)

    app = Boundary(raising(LookupError(), True), {LookupError: handler, 401: handler})
    assert await run(app) == [ACCEPT, close(4002)]
    assert log.records == []


async def test_what_a_handler_returns_is_a_response_or_nothing(log):
    async def handler(websocket, raised):
        return 401

    sent, raised = await run_failing(Boundary(raising(LookupError(), True), {Exception: handler}))
    assert type(raised) is TypeError
    assert str(raised).endswith("It returns a response that denies the handshake, or nothing.")
    assert sent == [ACCEPT, close(1011)]


async def test_a_response_that_cannot_be_sent_is_an_error(log):
    async def handler(websocket, raised):
        return Response(status_code=100)

    app = Boundary(raising(LookupError(), False), {Exception: handler})
    sent, raised = await run_failing(app, **DENIAL)
    assert str(raised) == "100 is not a final HTTP status: a denial has one of 200-599."
    assert sent == denial(500, "Internal Server Error")


# A boundary inside of another one.


@pytest.mark.parametrize("around", [lambda app: app, wrapping])
@pytest.mark.parametrize("accepts", [True, False])
async def test_two_boundaries_log_and_end_once(accepts, around, log):
    error = LookupError("full moon")
    app = Boundary(around(Boundary(raising(error, accepts), debug=True)))
    sent, raised = await run_failing(app, **DENIAL)
    assert raised is error
    assert sent == ([ACCEPT, close(1011)] if accepts else denial(500, "Internal Server Error"))
    assert log.messages == [
        "LookupError('full moon') at '/': "
        + ("the connection is closed with 1011" if accepts else "the handshake is denied with 500")
    ]


@pytest.mark.parametrize("around", [lambda app: app, wrapping])
async def test_two_boundaries_close_once(around, log):
    async def endpoint(websocket):
        await websocket.accept()

    assert await run(Boundary(around(Boundary(endpoint_app(endpoint))))) == [ACCEPT, CLOSE]
    assert log.records == []


@pytest.mark.parametrize("around", [lambda app: app, wrapping])
@pytest.mark.parametrize(("error", "before", "after"), EXPECTED)
async def test_two_boundaries_end_as_one(error, before, after, around, log):
    async def handler(websocket, raised):
        pass

    for handlers in [{}, {type(error): handler}]:
        for accepts, expected in [(False, before), (True, [ACCEPT, *after])]:
            app = Boundary(around(Boundary(raising(error, accepts), handlers)))
            assert await run(app, **DENIAL) == expected
    assert log.records == []


@pytest.mark.parametrize("around", [lambda app: app, wrapping])
async def test_the_inner_handlers_come_first_and_the_outer_ones_for_the_rest(around):
    seen = []

    def handler(name, websocket_of):
        async def handle(websocket, raised):
            seen.append(name)
            assert websocket is websocket_of[-1]
            await websocket.close(4001)

        return handle

    for error, expected in [(KeyError(), "inner"), (ValueError(), "outer")]:
        held = []

        async def endpoint(websocket, held=held, error=error):
            held.append(websocket)
            await websocket.accept()
            raise error

        inner = Boundary(endpoint_app(endpoint), {KeyError: handler("inner", held)})
        outer = Boundary(around(inner), {Exception: handler("outer", held)})
        assert await run(outer) == [ACCEPT, close(4001)]
        assert seen.pop() == expected
        assert seen == []


@pytest.mark.parametrize(
    "raised_by_handler", [LookupError("in the handler"), WebSocketException(1005)], ids=repr
)
async def test_what_an_inner_handler_raises_is_for_the_outer_boundary(raised_by_handler, log):
    async def handler(websocket, raised):
        raise raised_by_handler

    app = Boundary(Boundary(raising(ZeroDivisionError(), True), {ZeroDivisionError: handler}))
    sent, _ = await run_failing(app)
    assert sent == [ACCEPT, close(1011)]
    assert len(log.records) == 1


async def test_what_an_inner_boundary_cannot_send_is_for_the_outer_one(log):
    async def handler(websocket, raised):
        pass

    app = Boundary(Boundary(raising(WebSocketException(1005), True), {WebSocketException: handler}))
    sent, raised = await run_failing(app)
    assert str(raised).startswith("1005 is not a close code that may be sent.")
    assert sent == [ACCEPT, close(1011)]
    assert len(log.records) == 1


async def test_the_scope_holds_no_websocket_afterwards():
    scopes = []

    async def endpoint(websocket):
        scopes.append(websocket.scope)
        await websocket.accept()

    await run(Boundary(wrapping(endpoint_app(endpoint))))
    assert list(scopes[0][RECORD_KEY]) == []
