import asyncio
import contextlib

import anyio
import pytest
from anyio import wait_all_tasks_blocked
from hanging_apps import LIFESPAN_CASES, LIFESPAN_IDS, SOON
from patience import MOMENT

from duologue._in_process.server import BACKLOG
from duologue.testclient import AsyncTestClient, WebSocketDenialResponse
from duologue.websockets import WebSocket, WebSocketDisconnect

ACCEPT = {"type": "websocket.accept"}
CLOSE = {"type": "websocket.close"}
TEXT = {"type": "websocket.send", "text": "hello"}
START = {"type": "websocket.http.response.start", "status": 403}
BODY = {"type": "websocket.http.response.body", "body": b"No"}


def sends(*messages):
    """Make an application that sends these messages, whatever may come."""

    async def app(scope, receive, send):
        if scope["type"] == "websocket":
            for message in messages:
                await send(message)

    return app


async def connect(app, **options):
    """Hold a conversation with an application that says nothing."""
    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(app, **options) as client,
            client.websocket_connect("/", ["chat"]) as session,
        ):
            await session.receive()


# What the strictest of the real servers refuses.


@pytest.mark.parametrize(
    ("messages", "error", "message"),
    [
        ([TEXT], RuntimeError, "Unexpected ASGI message 'websocket.send': the stage is handshake."),
        ([BODY], RuntimeError, "Unexpected ASGI message 'websocket.http.response.body'"),
        ([{"type": "http.response.start"}], RuntimeError, "Unexpected ASGI message 'http.resp"),
        (
            [{"type": "websocket.accept", "subprotocol": "chess"}],
            ValueError,
            "The client did not offer the subprotocol 'chess'. Accept one of",
        ),
        (
            [{"type": "websocket.accept", "headers": [("a", "b")]}],
            TypeError,
            "ASGI headers are pairs of bytes, not (str, str).",
        ),
        (
            [{"type": "websocket.accept", "headers": [(b"sec-websocket-protocol", b"chat")]}],
            ValueError,
            "The header 'sec-websocket-protocol' is part of the handshake",
        ),
        ([{**START, "status": 101}], ValueError, "101 is not a final HTTP status"),
        ([{**START, "headers": [("a", "b")]}], TypeError, "ASGI headers are pairs of bytes"),
        ([ACCEPT, ACCEPT], RuntimeError, "Unexpected ASGI message 'websocket.accept': the stage"),
        ([ACCEPT, START], RuntimeError, "Unexpected ASGI message 'websocket.http.response.start'"),
        ([ACCEPT, {"type": "websocket.send"}], TypeError, 'A "websocket.send" message has either'),
        ([ACCEPT, {**TEXT, "text": b"x"}], TypeError, "A text message is a str, not bytes"),
        ([ACCEPT, {**TEXT, "text": "\ud800"}], ValueError, "A text message is UTF-8, which has no"),
        ([ACCEPT, {**CLOSE, "code": 1006}], ValueError, "1006 is not a close code"),
        ([ACCEPT, {**CLOSE, "reason": "a" * 124}], ValueError, "A close reason has at most 123"),
        ([ACCEPT, CLOSE, TEXT], RuntimeError, "Unexpected ASGI message 'websocket.send': the sta"),
        ([ACCEPT, CLOSE, CLOSE], RuntimeError, "Unexpected ASGI message 'websocket.close': the s"),
        ([START, ACCEPT], RuntimeError, "Unexpected ASGI message 'websocket.accept': the stage is"),
        ([START, BODY, BODY], RuntimeError, "Unexpected ASGI message 'websocket.http.response.bo"),
        ([CLOSE, ACCEPT], RuntimeError, "Unexpected ASGI message 'websocket.accept': the stage is"),
    ],
)
async def test_what_a_real_server_would_refuse_is_an_error(messages, error, message):
    with pytest.raises(error) as raised:
        await connect(sends(*messages))
    assert type(raised.value) is error
    assert str(raised.value).startswith(message)


async def test_a_denial_needs_the_extension():
    with pytest.raises(RuntimeError) as raised:
        await connect(sends(START, BODY), extensions={})
    assert str(raised.value) == "This server has no Websocket Denial Response extension."


async def talk(app, *texts):
    """Say something, then leave."""
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
            for text in texts:
                await session.send_text(text)
            await session.close(1001, "bye")


@pytest.mark.parametrize("message", [TEXT, CLOSE, ACCEPT])
async def test_sending_after_the_client_has_left_is_an_oserror(message):
    async def app(scope, receive, send):
        await send(ACCEPT)
        assert (await receive())["type"] == "websocket.connect"
        assert await receive() == {
            "type": "websocket.disconnect",
            "code": 1001,
            "reason": "bye",
        }
        await send(message)

    with pytest.raises(OSError, match=r"^The client has disconnected.$"):
        await talk(app)


async def test_sending_fails_also_before_the_application_has_heard_that_the_client_left():
    async def app(scope, receive, send):
        await send(ACCEPT)
        await wait_all_tasks_blocked()
        await send(TEXT)

    with pytest.raises(OSError, match=r"^The client has disconnected.$"):
        await talk(app)


async def test_what_the_client_said_before_it_left_comes_first():
    received = []

    async def app(scope, receive, send):
        await send(ACCEPT)
        await wait_all_tasks_blocked()
        received.extend([await receive() for _ in range(4)])

    await talk(app, "one", "two")
    assert [message.get("text", message["type"]) for message in received] == [
        "websocket.connect",
        "one",
        "two",
        "websocket.disconnect",
    ]


# What a real server does beyond that.


@pytest.mark.parametrize(
    ("ends", "code", "reason"),
    [
        ([ACCEPT, {**CLOSE, "code": 3001, "reason": "enough"}], 3001, "enough"),
        ([ACCEPT, CLOSE], 1000, ""),
        ([{**CLOSE, "code": 3001, "reason": "enough"}], 1006, ""),
        ([START, BODY], 1006, ""),
    ],
)
async def test_all_receives_under_way_hear_of_the_end(ends, code, reason):
    received = []

    async def app(scope, receive, send):
        assert (await receive())["type"] == "websocket.connect"

        async def listen():
            received.append(await receive())

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen)
            tasks.start_soon(listen)
            await wait_all_tasks_blocked()
            for message in ends:
                await send(message)

    with contextlib.suppress(WebSocketDenialResponse):
        await connect(app, lifespan=False)
    assert received == [{"type": "websocket.disconnect", "code": code, "reason": reason}] * 2


@pytest.mark.parametrize(
    ("ends", "code", "reason"),
    [
        ([ACCEPT, {**CLOSE, "code": 3001, "reason": "enough"}], 3001, "enough"),
        ([CLOSE], 1006, ""),
        ([START, BODY], 1006, ""),
    ],
)
async def test_who_receives_after_the_end_hears_of_it_each_time(ends, code, reason):
    received = []

    async def app(scope, receive, send):
        assert (await receive())["type"] == "websocket.connect"
        for message in ends:
            await send(message)
        for _ in range(3):
            message = await receive()
            received.append(message.copy())
            message.clear()  # it is the application's now

    with contextlib.suppress(WebSocketDenialResponse):
        await connect(app, lifespan=False)
    assert received == [{"type": "websocket.disconnect", "code": code, "reason": reason}] * 3


async def test_what_the_client_says_after_the_end_is_lost():
    received = []

    async def app(scope, receive, send):
        assert (await receive())["type"] == "websocket.connect"
        await send(ACCEPT)
        await send({**CLOSE, "code": 3001})
        closed.set()
        received.append(await receive())

    closed = anyio.Event()
    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(app, lifespan=False) as client,
            client.websocket_connect("/") as session,
        ):
            await closed.wait()
            await session.send_text("too late")
            await session.close(1001)  # the two closes cross
    assert received == [{"type": "websocket.disconnect", "code": 3001, "reason": ""}]


async def test_who_receives_during_a_denial_waits_for_its_end():
    received = []

    async def app(scope, receive, send):
        assert (await receive())["type"] == "websocket.connect"
        await send(START)

        async def listen():
            received.append(await receive())

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen)
            await wait_all_tasks_blocked()
            assert received == []
            await send(BODY)

    with pytest.raises(WebSocketDenialResponse):
        await connect(app, lifespan=False)
    assert received == [{"type": "websocket.disconnect", "code": 1006, "reason": ""}]


@pytest.mark.parametrize(
    "close",
    [
        {"code": 1008, "reason": [{"loc": ["query", "page"], "msg": "Input should be a number"}]},
        {"code": 1006, "reason": None},
        {"code": 1005},
        {"reason": "a" * 124},
        {"code": None},
    ],
)
async def test_a_close_before_accepting_is_a_403_whatever_it_carries(close):
    with pytest.raises(WebSocketDenialResponse) as raised:
        await connect(sends({**CLOSE, **close}))
    assert raised.value.status_code == 403


async def test_a_receive_that_is_cancelled_loses_no_message():
    said = anyio.Event()
    received = []

    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()

        async def receive_while_it_is_cancelled():
            with anyio.CancelScope() as scope:
                tasks.start_soon(cancel, scope)
                received.append(await websocket.receive_text())

        async def cancel(scope):
            await said.wait()
            scope.cancel()

        async with anyio.create_task_group() as tasks:
            await receive_while_it_is_cancelled()
        received.extend([text async for text in websocket.iter_text()])

    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(app, lifespan=False) as client,
            client.websocket_connect("/") as session,
        ):
            await wait_all_tasks_blocked()
            await session.send_text("one")
            said.set()
            await session.send_text("two")
    assert received == ["one", "two"]


async def test_the_application_has_to_wait_for_a_slow_client():
    sent = []

    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        for number in range(BACKLOG + 10):
            await websocket.send_json(number)
            sent.append(number)
        await websocket.close()

    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(app, lifespan=False) as client,
            client.websocket_connect("/") as session,
        ):
            await wait_all_tasks_blocked()
            assert len(sent) == BACKLOG
            received = [await session.receive_json() for _ in range(BACKLOG + 10)]
            assert (await session.receive())["type"] == "websocket.close"
    assert received == sent == list(range(BACKLOG + 10))


async def test_an_application_that_waits_for_the_client_hears_that_it_leaves():
    async def app(scope, receive, send):
        await send(ACCEPT)
        for _ in range(BACKLOG):
            await send(TEXT)
        with pytest.raises(OSError, match=r"^The client has disconnected.$"):
            await send(TEXT)

    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(app, lifespan=False) as client,
            client.websocket_connect("/"),
        ):
            await wait_all_tasks_blocked()


async def test_nothing_follows_a_close_though_tasks_have_waited_with_it():
    async def app(scope, receive, send):
        await send(ACCEPT)
        for _ in range(BACKLOG):
            await send(TEXT)

        async def push():
            with pytest.raises(RuntimeError, match=r"'websocket.send': the stage is ended.$"):
                while True:
                    await send(TEXT)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(push)
            await send(CLOSE)

    kinds = []
    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(app, lifespan=False) as client,
            client.websocket_connect("/") as session,
        ):
            await wait_all_tasks_blocked()
            with pytest.raises(WebSocketDisconnect):
                while True:
                    kinds.append((await session.receive())["type"])
    assert kinds.index("websocket.close") == len(kinds) - 1


# What becomes of an application that fails.


async def app_that_fails(scope, receive, send):
    raise LookupError("full moon")


async def app_that_fails_while_open(scope, receive, send):
    await send(ACCEPT)
    raise LookupError("full moon")


async def app_that_fails_while_denying(scope, receive, send):
    await send(START)
    raise LookupError("full moon")


async def test_a_client_hears_status_500_of_an_application_that_fails():
    with pytest.raises(WebSocketDenialResponse) as raised:
        await connect(app_that_fails, raise_server_exceptions=False)
    assert (raised.value.status_code, raised.value.content) == (500, b"")


@pytest.mark.parametrize("app", [app_that_fails_while_open, app_that_fails_while_denying])
async def test_a_client_hears_1006_of_an_application_that_fails_later(app):
    with pytest.raises(WebSocketDisconnect) as raised:
        await connect(app, raise_server_exceptions=False, lifespan=False)
    assert type(raised.value) is WebSocketDisconnect
    assert (raised.value.code, raised.value.reason) == (1006, "")


@pytest.mark.parametrize("keep", [True, False])
async def test_what_pytest_raises_in_an_application_reaches_the_test(keep):
    async def app(scope, receive, send):
        pytest.fail("not like this")

    with pytest.raises(pytest.fail.Exception, match=r"^not like this$"):
        await connect(app, raise_server_exceptions=keep, lifespan=False)


async def await_what_was_cancelled():
    other = asyncio.ensure_future(asyncio.sleep(0))
    other.cancel()
    await other


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_an_application_that_lets_out_another_tasks_cancellation():
    async def app(scope, receive, send):
        await send(ACCEPT)
        await await_what_was_cancelled()

    with pytest.raises(RuntimeError) as raised:
        await connect(app, lifespan=False)
    assert str(raised.value) == (
        "The application let out a cancellation that was not meant for it."
    )
    assert isinstance(raised.value.__cause__, asyncio.CancelledError)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_lifespan_that_lets_out_another_tasks_cancellation():
    async def app(scope, receive, send):
        await receive()
        await await_what_was_cancelled()

    with pytest.raises(RuntimeError, match=r"^The application let out a cancellation"):
        async with AsyncTestClient(app):
            pytest.fail("this is not reached")


# The lifespan.


@pytest.mark.parametrize("case", LIFESPAN_CASES, ids=LIFESPAN_IDS)
async def test_a_lifespan_that_goes_wrong_is_an_error(case):
    with anyio.fail_after(MOMENT), pytest.raises(case.error) as raised:
        async with AsyncTestClient(case.app, timeout=case.timeout) as client:
            await wait_all_tasks_blocked()
            if case.steps == ["hurry"]:
                client.timeout = SOON
    assert type(raised.value) is case.error
    assert str(raised.value) == case.message


def record_lifespan(events):
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            assert await receive() == {"type": "lifespan.startup"}
            events.append("started")
            scope["state"]["engine"] = "running"
            await send({"type": "lifespan.startup.complete"})
            assert await receive() == {"type": "lifespan.shutdown"}
            events.append("stopped")
            await send({"type": "lifespan.shutdown.complete"})
        else:
            events.append(scope["state"])
            scope["state"]["own"] = True
            await send(ACCEPT)
            await send(CLOSE)

    return app


async def test_a_lifespan_stands_around_the_conversations_and_shares_its_state():
    events = []
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(record_lifespan(events)) as client:
            for _ in range(2):
                async with client.websocket_connect("/") as session:
                    await session.receive()
    assert events == [
        "started",
        {"engine": "running", "own": True},
        {"engine": "running", "own": True},
        "stopped",
    ]
    assert client.state == {"engine": "running"}


async def app_that_knows_websockets_only(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.close()


async def app_that_returns(scope, receive, send):
    if scope["type"] == "websocket":
        await send(CLOSE)


async def app_that_answers_any_scope(scope, receive, send):
    await receive()
    await send(CLOSE)


async def app_that_starts_and_returns(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
    else:
        await send(CLOSE)


@pytest.mark.parametrize(
    "app",
    [
        app_that_knows_websockets_only,
        app_that_returns,
        app_that_answers_any_scope,
        app_that_starts_and_returns,
    ],
)
async def test_an_application_need_not_have_a_whole_lifespan(app):
    with pytest.raises(WebSocketDenialResponse) as raised:
        await connect(app)
    assert raised.value.status_code == 403


async def test_what_pytest_raises_in_a_lifespan_reaches_the_test():
    with pytest.raises(pytest.fail.Exception, match=r"^not like this$"):
        async with AsyncTestClient(lambda scope, receive, send: pytest.fail("not like this")):
            pytest.fail("this is not reached")
