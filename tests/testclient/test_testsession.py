import math
from contextlib import asynccontextmanager

import anyio
import pytest
from anyio import wait_all_tasks_blocked
from hanging_apps import (
    CASES,
    IDS,
    does_not_end_after_the_client_has_left,
    hurry,
    never_answers,
    never_says_anything,
    sessions,
)
from patience import MOMENT

from duologue import Duologue, WebSocketRoute
from duologue.exceptions import InvalidPayloadError, UnsupportedDataError
from duologue.responses import JSONResponse, Response
from duologue.testclient import (
    AsyncTestClient,
    AsyncWebSocketTestSession,
    WebSocketDenialResponse,
)
from duologue.websockets import WebSocket, WebSocketDisconnect


@asynccontextmanager
async def conversation(app, *arguments, **options):
    """Hold a conversation, in at most five seconds."""
    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(app, lifespan=False, **options) as client,
            remember(client.websocket_connect("/", *arguments)) as session,
        ):
            yield session


def remember(session):
    sessions.append(session)
    return session


@pytest.mark.parametrize("case", CASES, ids=IDS)
async def test_nothing_makes_the_client_wait_for_ever(case):
    with pytest.raises(case.error) as raised:
        async with conversation(case.app, timeout=case.timeout) as session:
            for step in case.steps:
                if step == "hurry":
                    hurry()
                else:
                    await getattr(session, step)()
    assert type(raised.value) is case.error
    assert str(raised.value) == case.message


async def test_a_conversation_may_have_its_own_time_limit():
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(never_answers, timeout=math.inf, lifespan=False) as client:
            with pytest.raises(TimeoutError, match=r"^Waited 0\.01 s for the handshake"):
                async with client.websocket_connect("/", timeout=0.01):
                    pytest.fail("this is not reached")


async def echo(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    while websocket.connected:
        try:
            message = await websocket.receive()
        except WebSocketDisconnect:
            break
        if message["type"] == "websocket.receive":
            await websocket.send({**message, "type": "websocket.send"})
    await websocket.close()


async def test_both_sides_speak():
    async with conversation(echo) as session:
        await session.send_text("héllo")
        assert await session.receive_text() == "héllo"
        await session.send_bytes(b"\xff")
        assert await session.receive_bytes() == b"\xff"
        await session.send_json({"a": "한국"})
        assert await session.receive() == {"type": "websocket.send", "text": '{"a":"한국"}'}
        await session.send_json([1], mode="binary")
        assert await session.receive() == {"type": "websocket.send", "bytes": b"[1]"}
        await session.send_json([1])
        assert await session.receive_json() == [1]
        await session.send_json([1], mode="binary")
        assert await session.receive_json(mode="binary") == [1]
        await session.send({"type": "websocket.receive", "text": "raw", "bytes": None})
        assert await session.receive_text() == "raw"


async def test_a_message_of_the_other_kind_is_an_error():
    async with conversation(echo) as session:
        await session.send_text("1")
        with pytest.raises(
            UnsupportedDataError, match=r"^1003: Expected a binary message, but got"
        ):
            await session.receive_bytes()
        await session.send_bytes(b"1")
        with pytest.raises(UnsupportedDataError, match=r"^1003: Expected a text message, but got"):
            await session.receive_json()
        await session.send_text("{")
        with pytest.raises(InvalidPayloadError):
            await session.receive_json()


async def test_what_the_client_cannot_send():
    async with conversation(echo) as session:
        with pytest.raises(TypeError, match=r"^A text message is a str, not bytes"):
            await session.send_text(b"x")
        with pytest.raises(TypeError, match=r"^A binary message is bytes, not str"):
            await session.send_bytes("x")
        with pytest.raises(RuntimeError, match=r"^The \"mode\" argument should be"):
            await session.send_json([], mode="blob")
        for code in (1005, 1006, 5000):
            with pytest.raises(ValueError, match=f"^{code} is not a close code"):
                await session.close(code)
        with pytest.raises(ValueError, match=r"^A close frame without a code has no reason"):
            await session.close(None, "bye")
        await session.send_text("still open")
        assert await session.receive_text() == "still open"


async def test_what_the_application_chose_in_the_handshake():
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept(subprotocol="chat.v1", headers={"X-Flavour": "salt"})
        await websocket.close()

    async with conversation(app, ["chat.v2", "chat.v1"]) as session:
        assert session.accepted_subprotocol == "chat.v1"
        assert session.extra_headers == [(b"x-flavour", b"salt")]


async def test_nothing_chosen_in_the_handshake():
    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})

    async with conversation(app) as session:
        assert session.accepted_subprotocol is None
        assert session.extra_headers == []
        assert await session.receive() == {"type": "websocket.close"}


# How a conversation ends.


async def listen(scope, receive, send):
    """Learn of the end, and keep in the state how it was."""
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    async for _ in websocket.iter_text():
        pass
    ends.append((websocket.close_code, websocket.close_reason))


ends = []


@pytest.fixture(autouse=True)
def _no_ends():
    ends.clear()


@pytest.mark.parametrize(
    ("leave", "code", "reason"),
    [
        (lambda session: session.close(), 1000, ""),
        (lambda session: session.close(3001, "bye"), 3001, "bye"),
        (lambda session: session.close(None), 1005, ""),
        (lambda session: session.drop(), 1006, ""),
        (
            lambda session: session.send({"type": "websocket.disconnect", "code": 1001}),
            1001,
            "",
        ),
        (
            lambda session: session.send(
                {"type": "websocket.disconnect", "code": None, "reason": "bye"}
            ),
            1005,
            "bye",
        ),
    ],
    ids=["close", "code and reason", "no code", "drop", "raw", "raw without code"],
)
async def test_the_client_leaves(leave, code, reason):
    async with conversation(listen) as session:
        await leave(session)
        await wait_all_tasks_blocked()
        assert ends == [(code, reason)]
        for use in (session.receive, session.receive_text, lambda: session.send_text("x")):
            with pytest.raises(WebSocketDisconnect) as raised:
                await use()
            assert (raised.value.code, raised.value.reason) == (code, reason)
        await session.close(1002, "too late")
        await session.drop()
    assert ends == [(code, reason)]


async def test_leaving_the_block_closes_the_conversation():
    async with conversation(listen):
        assert ends == []
    assert ends == [(1000, "")]


@pytest.mark.parametrize(
    ("message", "code", "reason"),
    [
        ({"type": "websocket.close", "code": 3001, "reason": "enough"}, 3001, "enough"),
        ({"type": "websocket.close"}, 1000, ""),
        ({"type": "websocket.close", "reason": None}, 1000, ""),
    ],
)
async def test_the_application_closes(message, code, reason):
    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "last words"})
        await send(message)

    async with conversation(app) as session:
        assert await session.receive_text() == "last words"
        assert await session.receive() == message
        for use in (session.receive, session.receive_text, lambda: session.send_text("x")):
            with pytest.raises(WebSocketDisconnect) as raised:
                await use()
            assert (raised.value.code, raised.value.reason) == (code, reason)
    async with conversation(app) as session:
        assert await session.receive_text() == "last words"
        with pytest.raises(WebSocketDisconnect) as raised:
            await session.receive_text()
        assert (raised.value.code, raised.value.reason) == (code, reason)


async def test_what_the_application_said_before_the_client_left_can_still_be_read():
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        await websocket.send_text("one")
        await websocket.send_text("two")
        await websocket.receive()

    async with conversation(app) as session:
        await wait_all_tasks_blocked()
        await session.close()
        assert await session.receive_text() == "one"
        assert await session.receive_text() == "two"
        with pytest.raises(WebSocketDisconnect, match=r"^1000$"):
            await session.receive_text()


async def test_an_application_that_fails_ends_the_conversation():
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        await websocket.send_text("last words")
        raise LookupError("full moon")

    async with conversation(app) as session:
        assert await session.receive_text() == "last words"
        with pytest.raises(LookupError, match=r"^full moon$"):
            await session.receive_text()
        for use in (session.receive, lambda: session.send_text("x")):
            with pytest.raises(WebSocketDisconnect, match=r"^1006$"):
                await use()


async def test_a_session_can_be_entered_again():
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(echo, lifespan=False) as client:
            session = client.websocket_connect("/")
            for text in ("one", "two"):
                async with session:
                    await session.send_text(text)
                    assert await session.receive_text() == text


MEMBERS = [name for name in dir(AsyncWebSocketTestSession) if not name.startswith("_")]
ARGUMENTS = {
    "send": {"message": {"type": "websocket.receive", "text": "x"}},
    "send_text": {"data": "x"},
    "send_bytes": {"data": b"x"},
    "send_json": {"data": 1},
}


@pytest.mark.parametrize("name", [*MEMBERS, "__aexit__"])
async def test_a_session_has_to_be_entered(name):
    async with AsyncTestClient(echo, lifespan=False) as client:
        session = client.websocket_connect("/")
        with pytest.raises(RuntimeError) as raised:
            if name == "__aexit__":
                await session.__aexit__(None, None, None)
            else:
                await getattr(session, name)(**ARGUMENTS.get(name, {}))
    assert str(raised.value) == (
        "This session is not entered. Write `async with client.websocket_connect(...) as session:` "
        "around what uses it."
    )


@pytest.mark.parametrize("name", ["accepted_subprotocol", "extra_headers"])
async def test_a_handshake_that_was_denied_has_chosen_nothing(name):
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        if accepts:
            await websocket.accept()
        await websocket.close()

    accepts = True
    async with AsyncTestClient(app, lifespan=False) as client:
        session = client.websocket_connect("/")
        async with session:
            pass
        accepts = False
        with pytest.raises(WebSocketDenialResponse):
            await session.__aenter__()
        with pytest.raises(RuntimeError, match=r"^The application has not accepted this conn"):
            getattr(session, name)


# An application that fails, and has closed the connection before.


async def fails(websocket):
    await websocket.accept()
    await websocket.receive_text()
    raise LookupError("full moon")


async def fails_before_accepting(websocket):
    raise LookupError("full moon")


async def fails_twice(websocket):
    await websocket.accept()
    raise ExceptionGroup("bad night", [LookupError("full moon"), ArithmeticError("no moon")])


async def fails_while_handling(websocket):
    await websocket.accept()
    await websocket.receive_text()
    try:
        {}["moon"]
    except KeyError:
        raise LookupError("full moon")  # noqa: B904 - as it happens


async def fails_in_a_circle(websocket):
    await websocket.accept()
    await websocket.receive_text()
    failure = LookupError("full moon")
    failure.__context__ = KeyError("moon")
    failure.__context__.__context__ = failure
    raise failure


def of(endpoint):
    return Duologue(routes=[WebSocketRoute("/", endpoint)])


async def closes_and_fails_later(scope, receive, send):
    """Closes with a code of its own, and has something to do before it raises."""
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.receive_text()
    await websocket.close(4000, "a bug")
    await wait_all_tasks_blocked()
    raise LookupError("full moon")


def contexts(error):
    found = [error]
    while (context := found[-1].__context__) is not None:
        found.append(context)
    return [type(each) for each in found]


USES = [
    *(["receive_text"], ["receive_bytes"], ["receive_json"], ["receive", "receive"]),
    *(["receive", name] for name in MEMBERS if name.startswith("send")),
]


@pytest.mark.parametrize("app", [of(fails), closes_and_fails_later], ids=["at once", "later"])
@pytest.mark.parametrize("names", USES, ids=" ".join)
async def test_a_failure_comes_out_of_the_block_instead_of_the_disconnect(names, app):
    with pytest.raises(LookupError, match=r"^full moon$") as raised:
        async with conversation(app) as session:
            await session.send_text("x")
            for name in names:
                await getattr(session, name)(**ARGUMENTS.get(name, {}))
    assert contexts(raised.value) == [LookupError, WebSocketDisconnect]


async def test_a_failure_comes_out_of_the_block_when_the_test_has_caught_the_disconnect():
    with pytest.raises(LookupError, match=r"^full moon$") as raised:
        async with conversation(of(fails)) as session:
            await session.send_text("x")
            with pytest.raises(WebSocketDisconnect, match=r"^1011$"):
                await session.receive_text()
    assert contexts(raised.value) == [LookupError]


async def test_a_failure_comes_out_of_the_block_when_the_client_has_closed():
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        async for _ in websocket.iter_text():
            pass
        raise LookupError("full moon")

    with pytest.raises(LookupError, match=r"^full moon$"):
        async with conversation(app) as session:
            await session.close()
            await session.receive_text()


async def test_a_group_comes_out_of_the_block_as_it_is():
    with pytest.raises(ExceptionGroup, match=r"^bad night") as raised:
        async with conversation(of(fails_twice)) as session:
            await session.receive_text()
    assert [type(each) for each in raised.value.exceptions] == [LookupError, ArithmeticError]
    assert contexts(raised.value) == [ExceptionGroup, WebSocketDisconnect]


@pytest.mark.parametrize("extensions", [None, {}])
async def test_a_failure_before_accepting_comes_out_of_the_handshake(extensions):
    with pytest.raises(LookupError, match=r"^full moon$"):
        async with conversation(of(fails_before_accepting), extensions=extensions):
            pytest.fail("this is not reached")


@pytest.mark.parametrize("endpoint", [fails_while_handling, fails_in_a_circle])
async def test_a_failure_keeps_its_context(endpoint):
    with pytest.raises(LookupError, match=r"^full moon$") as raised:
        async with conversation(of(endpoint)) as session:
            await session.send_text("x")
            await session.receive_text()
    assert contexts(raised.value) == [LookupError, KeyError, WebSocketDisconnect]


async def test_a_failure_comes_out_instead_of_a_disconnect_in_a_group():
    with pytest.raises(LookupError, match=r"^full moon$") as raised:
        async with conversation(of(fails)) as session, anyio.create_task_group() as tasks:
            tasks.start_soon(session.receive_text)
            await session.send_text("x")
    assert contexts(raised.value)[:2] == [LookupError, ExceptionGroup]


@pytest.mark.parametrize(
    "error",
    [
        AssertionError("of the test"),
        WebSocketDisconnect(4000, "of another connection"),
        WebSocketDenialResponse(403, None, b"", 1011),
        ExceptionGroup("both", [WebSocketDisconnect(1011), AssertionError("of the test")]),
    ],
    ids=repr,
)
async def test_another_exception_of_the_test_comes_before_a_failure(error):
    with pytest.raises(type(error)) as raised:
        async with conversation(of(fails)) as session:
            await session.send_text("x")
            with pytest.raises(WebSocketDisconnect):
                await session.receive_text()
            raise error
    assert raised.value is error


async def test_a_failure_that_is_not_to_be_raised_stays_a_disconnect():
    with pytest.raises(WebSocketDisconnect, match=r"^1011$") as raised:
        async with conversation(of(fails), raise_server_exceptions=False) as session:
            await session.send_text("x")
            await session.receive_text()
    assert contexts(raised.value) == [WebSocketDisconnect]
    assert raised.value.__cause__ is None


async def closes_and_goes_on(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    try:
        await websocket.accept()
        await websocket.close(3001, "enough")
        await anyio.sleep_forever()
    finally:
        ends.append("cancelled")


async def test_a_disconnect_waits_only_so_long_for_a_failure():
    with pytest.raises(WebSocketDisconnect, match=r"^3001 enough\n") as caught:
        async with conversation(closes_and_goes_on) as session:
            hurry()
            await session.receive()
            await session.receive()
    assert "later the application is still running. " in caught.value.__notes__[0]
    assert ends == ["cancelled"]


async def test_waiting_for_a_failure_can_be_cancelled():
    async def talk():
        async with conversation(closes_and_goes_on, timeout=math.inf) as session:
            await session.receive_text()

    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(talk)
            await wait_all_tasks_blocked()
            assert ends == []
            tasks.cancel_scope.cancel()
    assert ends == ["cancelled"]


# Refusals.


async def refuse(app, **options):
    with pytest.raises(WebSocketDenialResponse) as raised:
        async with conversation(app, **options):
            pytest.fail("this is not reached")
    return raised.value


async def test_closing_before_accepting_is_a_403():
    async def app(scope, receive, send):
        await WebSocket(scope, receive, send).close(3001, "not today")

    denial = await refuse(app)
    assert (denial.status_code, denial.content, list(denial.headers.raw)) == (403, b"", [])
    assert (denial.code, denial.reason) == (3001, "not today")
    assert isinstance(denial, WebSocketDisconnect)
    assert str(denial) == "HTTP 403 b'' (3001 not today)"


async def test_a_denial_response_of_the_applications_own():
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        response = JSONResponse({"error": "한국"}, status_code=401, headers={"X-Flavour": "salt"})
        await websocket.send_denial_response(response)

    denial = await refuse(app)
    assert denial.status_code == 401
    assert denial.headers["x-flavour"] == "salt"
    assert denial.headers["content-type"] == "application/json"
    assert denial.text == '{"error":"한국"}'
    assert denial.json() == {"error": "한국"}
    assert (denial.code, denial.reason) == (1006, "")


async def test_a_denial_response_in_parts():
    async def app(scope, receive, send):
        await send({"type": "websocket.http.response.start", "status": 404})
        await send({"type": "websocket.http.response.body", "body": b"No", "more_body": True})
        await send({"type": "websocket.http.response.body", "more_body": True})
        await send({"type": "websocket.http.response.body", "body": b"thing"})

    denial = await refuse(app)
    assert (denial.status_code, denial.content, list(denial.headers.raw)) == (404, b"Nothing", [])


async def test_an_application_can_go_on_after_a_denial():
    async def app(scope, receive, send):
        await WebSocket(scope, receive, send).send_denial_response(Response(status_code=404))
        await wait_all_tasks_blocked()
        ends.append("cleaned up")

    assert (await refuse(app)).status_code == 404
    assert ends == ["cleaned up"]


# Exceptions in the test, and cancellation.


async def clean_up(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    try:
        await websocket.accept()
        await anyio.sleep_forever()
    finally:
        with anyio.CancelScope(shield=True):
            await wait_all_tasks_blocked()
        ends.append("cleaned up")


async def test_an_exception_in_the_test_passes_bare_when_the_application_has_cleaned_up():
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(clean_up, lifespan=False) as client:
            with pytest.raises(ZeroDivisionError) as raised:
                async with client.websocket_connect("/"):
                    raise ZeroDivisionError
            assert ends == ["cleaned up"]
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


async def test_an_exception_in_the_test_comes_before_one_of_the_application():
    async def app(scope, receive, send):
        try:
            await never_says_anything(scope, receive, send)
        finally:
            raise LookupError("full moon")

    with pytest.raises(ZeroDivisionError):
        async with conversation(app):
            raise ZeroDivisionError


async def test_a_time_limit_cancels_the_application():
    with pytest.raises(TimeoutError, match=r"^The connection is closed"):
        async with conversation(clean_up):
            assert ends == []
            hurry()
    assert ends == ["cleaned up"]


async def test_cancelling_a_receive_leaves_the_session_usable():
    async with conversation(echo) as session:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(session.receive_text)
                await wait_all_tasks_blocked()
                scope.cancel()
        assert scope.cancelled_caught
        await session.send_text("hello")
        assert await session.receive_text() == "hello"


@pytest.mark.parametrize("app", [never_answers, never_says_anything, clean_up])
async def test_a_conversation_can_be_cancelled_from_outside(app):
    async def talk():
        async with conversation(app) as session:
            await session.receive()

    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(talk)
            await wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
    assert ends == ["cleaned up"] * (app is clean_up)


async def test_leaving_can_be_cancelled_from_outside():
    async def talk():
        async with conversation(does_not_end_after_the_client_has_left, timeout=math.inf):
            pass

    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(talk)
            await wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()


async def test_who_is_cancelled_waits_until_the_application_has_cleaned_up():
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(clean_up, lifespan=False) as client:
            with anyio.CancelScope() as scope:
                async with client.websocket_connect("/") as session:
                    scope.cancel()
                    await session.receive()
            assert scope.cancelled_caught
            assert ends == ["cleaned up"]


async def test_a_client_that_sends_for_ever_can_be_cancelled():
    with pytest.raises(ZeroDivisionError):
        async with conversation(never_says_anything) as session:
            with anyio.move_on_after(0.01):
                while True:
                    await session.send_text("hello")
            raise ZeroDivisionError


async def test_a_receive_under_way_ends_when_another_task_closes():
    async def receive(session):
        with pytest.raises(WebSocketDisconnect, match=r"^3001 bye$"):
            await session.receive()
        ends.append("received")

    with pytest.raises(ZeroDivisionError):
        async with conversation(does_not_end_after_the_client_has_left) as session:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(receive, session)
                await wait_all_tasks_blocked()
                await session.close(3001, "bye")
            raise ZeroDivisionError
    assert ends == ["received"]


# Several conversations.


async def test_several_conversations_at_once_that_end_in_any_order():
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(echo, lifespan=False) as client:
            sessions = [client.websocket_connect("/") for _ in range(3)]
            for session in sessions:
                await session.__aenter__()
            for number, session in enumerate(sessions):
                await session.send_json(number)
            for number, session in reversed(list(enumerate(sessions))):
                assert await session.receive_json() == number
            for number in (1, 0, 2):
                await sessions[number].__aexit__(None, None, None)


async def test_a_session_that_is_still_open_when_its_client_is_left():
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(clean_up, lifespan=False) as client:
            session = await client.websocket_connect("/").__aenter__()
        assert ends == ["cleaned up"]
        with pytest.raises(WebSocketDisconnect, match=r"^1006$"):
            await session.receive()
        await session.__aexit__(None, None, None)


async def test_conversations_in_tasks_of_their_own():
    rooms = []

    async def broadcast(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        rooms.append(websocket)
        async for text in websocket.iter_text():
            for other in rooms.copy():
                await other.send_text(text)
        rooms.remove(websocket)

    received = []

    async def join(client, name):
        async with client.websocket_connect("/") as session:
            received.append((name, await session.receive_text()))

    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(broadcast, lifespan=False) as client,
            anyio.create_task_group() as tasks,
        ):
            for name in ("ada", "bob"):
                tasks.start_soon(join, client, name)
            await wait_all_tasks_blocked()
            async with client.websocket_connect("/") as session:
                await session.send_text("hello")
                assert await session.receive_text() == "hello"
    assert sorted(received) == [("ada", "hello"), ("bob", "hello")]
    assert rooms == []
