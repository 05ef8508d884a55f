import threading
from contextlib import ExitStack

import anyio
import pytest
from freezegun import freeze_time
from hanging_apps import (
    CASES,
    IDS,
    LIFESPAN_CASES,
    LIFESPAN_IDS,
    SOON,
    hurry,
    never_says_anything,
    sessions,
)

from duologue import Duologue, WebSocketRoute
from duologue.responses import PlainTextResponse
from duologue.testclient import TestClient, WebSocketDenialResponse, WebSocketTestSession
from duologue.testclient import _async_client as asynctestclient
from duologue.testclient import _client as testclient
from duologue.testclient import _session as testsession
from duologue.websockets import WebSocket, WebSocketDisconnect


@pytest.fixture
def backend(anyio_backend):
    return anyio_backend


async def echo(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    while websocket.connected:
        message = await websocket.receive()
        if message["type"] == "websocket.receive":
            await websocket.send({**message, "type": "websocket.send"})


def test_an_application_of_asgi_2_is_told_at_once():
    with pytest.raises(TypeError, match="guarantee_single_callable"):
        TestClient(lambda scope: echo)


@pytest.mark.parametrize("entered", [True, False])
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_nothing_makes_the_client_wait_for_ever(case, entered, backend):
    client = TestClient(case.app, timeout=case.timeout, lifespan=False, backend=backend)
    with pytest.raises(case.error) as raised, ExitStack() as stack:
        if entered:
            stack.enter_context(client)
        sessions.append(client.websocket_connect("/"))
        with sessions[-1] as session:
            for step in case.steps:
                if step == "hurry":
                    hurry()
                else:
                    getattr(session, step)()
    assert type(raised.value) is case.error
    assert str(raised.value) == case.message


@pytest.mark.parametrize("case", LIFESPAN_CASES, ids=LIFESPAN_IDS)
def test_a_lifespan_that_goes_wrong_is_an_error(case, backend):
    client = TestClient(case.app, timeout=case.timeout, backend=backend)
    with pytest.raises(case.error) as raised, client:
        if case.steps == ["hurry"]:
            client._entered.client.timeout = SOON
    assert type(raised.value) is case.error
    assert str(raised.value) == case.message


@pytest.mark.parametrize("entered", [True, False])
def test_both_sides_speak(entered, backend):
    client = TestClient(echo, lifespan=False, backend=backend)
    with ExitStack() as stack:
        if entered:
            stack.enter_context(client)
        session = stack.enter_context(client.websocket_connect("/"))
        session.send_text("héllo")
        assert session.receive_text() == "héllo"
        session.send_bytes(b"\xff")
        assert session.receive_bytes() == b"\xff"
        session.send_json({"a": 1})
        assert session.receive_json() == {"a": 1}
        session.send_json([1], mode="binary")
        assert session.receive_json(mode="binary") == [1]
        session.send({"type": "websocket.receive", "text": "raw"})
        assert session.receive() == {"type": "websocket.send", "text": "raw"}


def test_what_the_application_chose_in_the_handshake(backend):
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept(subprotocol="chat", headers={"x-flavour": websocket.headers["x"]})
        await websocket.close()

    client = TestClient(app, backend=backend)
    with client.websocket_connect("/", ["chat"], {"x": "salt"}) as session:
        assert session.accepted_subprotocol == "chat"
        assert session.extra_headers == [(b"x-flavour", b"salt")]


@pytest.mark.parametrize(
    ("leave", "code", "reason"),
    [
        (lambda session: session.close(), 1000, ""),
        (lambda session: session.close(3001, "bye"), 3001, "bye"),
        (lambda session: session.close(None), 1005, ""),
        (lambda session: session.drop(), 1006, ""),
        (lambda session: None, 1000, ""),
    ],
)
def test_how_the_client_leaves(leave, code, reason, backend):
    ends = []

    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        assert [text async for text in websocket.iter_text()] == []
        ends.append((websocket.close_code, websocket.close_reason))

    with TestClient(app, backend=backend).websocket_connect("/") as session:
        leave(session)
    assert ends == [(code, reason)]


def test_a_denial_response(backend):
    async def app(scope, receive, send):
        response = PlainTextResponse("No entry", status_code=401)
        await WebSocket(scope, receive, send).send_denial_response(response)

    client = TestClient(app, backend=backend)
    with pytest.raises(WebSocketDenialResponse) as raised, client.websocket_connect("/"):
        pytest.fail("this is not reached")
    assert (raised.value.status_code, raised.value.text) == (401, "No entry")


def test_the_client_hears_what_a_real_server_makes_of_a_failure(backend):
    async def app(scope, receive, send):
        raise LookupError("full moon")

    client = TestClient(app, raise_server_exceptions=False, backend=backend)
    with pytest.raises(WebSocketDenialResponse) as raised, client.websocket_connect("/"):
        pytest.fail("this is not reached")
    assert raised.value.status_code == 500


# The client's own life.


async def record(scope, receive, send):
    """Keep in the state of the lifespan which thread it all runs in."""
    if scope["type"] == "lifespan":
        await receive()
        threads.append(threading.get_ident())
        scope["state"]["engine"] = "running"
        await send({"type": "lifespan.startup.complete"})
        await receive()
        threads.append(threading.get_ident())
        await send({"type": "lifespan.shutdown.complete"})
    else:
        websocket = WebSocket(scope, receive, send)
        threads.append(threading.get_ident())
        await websocket.accept()
        await websocket.send_json(scope["state"])
        await websocket.close()


threads = []


@pytest.fixture(autouse=True)
def _no_threads():
    threads.clear()
    before = threading.active_count()
    yield
    assert threading.active_count() <= before  # one of trio's workers may have ended meanwhile


def test_the_lifespan_runs_in_the_same_thread_as_the_conversations(backend):
    with TestClient(record, backend=backend) as client:
        for _ in range(2):
            with client.websocket_connect("/") as session:
                assert session.receive_json() == {"engine": "running"}
    assert len(threads) == 4
    assert len(set(threads)) == 1
    assert threading.get_ident() not in threads


def test_without_entering_the_client_there_is_no_lifespan(backend):
    client = TestClient(record, backend=backend)
    with client.websocket_connect("/") as session:
        assert session.receive_json() == {}
    assert len(threads) == 1


def test_the_lifespan_can_be_left_out(backend):
    with TestClient(record, lifespan=False, backend=backend):
        assert threads == []
    assert threads == []


def test_a_client_can_be_entered_again(backend):
    client = TestClient(record, backend=backend)
    for _ in range(2):
        with client, client.websocket_connect("/") as session:
            assert session.receive_json() == {"engine": "running"}
    with client.websocket_connect("/") as session:
        assert session.receive_json() == {}


def test_a_client_cannot_be_entered_twice_at_once(backend):
    with TestClient(record, backend=backend) as client:
        with pytest.raises(RuntimeError, match=r"^This client is entered already: make another"):
            client.__enter__()
        with client.websocket_connect("/") as session:
            assert session.receive_json() == {"engine": "running"}


def test_a_client_whose_start_failed_can_be_entered_again(backend):
    failures = [LookupError("full moon")]

    async def app(scope, receive, send):
        await receive()
        if failures:
            raise failures.pop()
        await send({"type": "lifespan.startup.complete"})

    client = TestClient(app, backend=backend)
    with pytest.raises(LookupError, match=r"^full moon$"):
        client.__enter__()
    with client:
        assert failures == []


def test_wrong_arguments_are_an_error_at_once():
    with pytest.raises(TypeError, match="colour"):
        TestClient(echo, colour="red")


@pytest.mark.parametrize("options", [{"client": "127.0.0.1"}, {"extensions": ["ab"]}])
def test_text_is_no_pair_for_a_client(options):
    with pytest.raises(TypeError, match=r": write "):
        TestClient(echo, **options)


def test_text_is_no_list_for_a_handshake():
    with pytest.raises(TypeError, match=r"^The subprotocols are a list: write \['chat\.v1'\]\.$"):
        TestClient(echo).websocket_connect("/", "chat.v1")


def test_options_of_the_event_loop():
    client = TestClient(echo, lifespan=False, backend_options={"debug": True})
    with client.websocket_connect("/") as session:
        session.send_text("hello")
        assert session.receive_text() == "hello"


def test_the_module_offers_all_that_tests_import():
    assert testclient.AsyncTestClient is asynctestclient.AsyncTestClient
    assert testclient.AsyncWebSocketTestSession is testsession.AsyncWebSocketTestSession
    assert testclient.WebSocketDenialResponse is testsession.WebSocketDenialResponse
    assert all(hasattr(testclient, name) for name in testclient.__all__)
    assert TestClient.__test__ is False


# Several conversations, exceptions in the test.


def test_several_conversations_at_once_that_end_in_any_order(backend):
    with TestClient(echo, lifespan=False, backend=backend) as client:
        sessions = [client.websocket_connect("/").__enter__() for _ in range(3)]
        for number, session in enumerate(sessions):
            session.send_json(number)
        for number in (2, 1, 0):
            assert sessions[number].receive_json() == number
        for number in (1, 0, 2):
            sessions[number].__exit__(None, None, None)


def test_conversations_of_a_client_that_is_not_entered_run_side_by_side(backend):
    client = TestClient(echo, backend=backend)
    with client.websocket_connect("/") as one, client.websocket_connect("/") as two:
        two.send_text("two")
        one.send_text("one")
        assert (one.receive_text(), two.receive_text()) == ("one", "two")


def test_a_session_that_is_still_open_when_its_client_is_left(backend):
    with TestClient(never_says_anything, lifespan=False, backend=backend) as client:
        session = client.websocket_connect("/").__enter__()
    for use in (session.receive, lambda: session.send_text("x"), session.close):
        with pytest.raises(RuntimeError) as raised:
            use()
        assert str(raised.value) == (
            "The client of this session is closed, and so is the connection."
        )
    session.__exit__(None, None, None)


@pytest.mark.parametrize("entered", [True, False])
def test_an_exception_in_the_test_passes_bare_when_the_application_has_cleaned_up(entered, backend):
    cleaned_up = []

    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        try:
            await websocket.accept()
            await anyio.sleep_forever()
        finally:
            cleaned_up.append(True)

    client = TestClient(app, lifespan=False, backend=backend)
    with ExitStack() as stack:
        if entered:
            stack.enter_context(client)
        with pytest.raises(ZeroDivisionError) as raised, client.websocket_connect("/"):
            raise ZeroDivisionError
        assert cleaned_up == [True]
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


@pytest.mark.parametrize("entered", [True, False])
def test_what_pytest_raises_in_an_application_reaches_the_test(entered, backend):
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        with pytest.raises(WebSocketDisconnect):
            await websocket.receive_text()

    client = TestClient(app, lifespan=False, backend=backend)
    with ExitStack() as stack:
        if entered:
            stack.enter_context(client)
        with (
            pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"),
            client.websocket_connect("/") as session,
        ):
            session.send_text("hello")
            session.receive()
        with (
            pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"),
            client.websocket_connect("/") as session,
        ):
            session.send_text("hello")


@pytest.mark.parametrize("fails_on", ["start", "stop"])
def test_what_pytest_raises_in_a_lifespan_reaches_the_test(fails_on, backend):
    async def app(scope, receive, send):
        await receive()
        if fails_on == "stop":
            await send({"type": "lifespan.startup.complete"})
            await receive()
        pytest.fail("not like this")

    entered = []
    with (
        pytest.raises(pytest.fail.Exception, match=r"^not like this$"),
        TestClient(app, backend=backend),
    ):
        entered.append(True)
    assert entered == [True] * (fails_on == "stop")


MEMBERS = [name for name in dir(WebSocketTestSession) if not name.startswith("_")]
ARGUMENTS = {
    "send": {"message": {"type": "websocket.receive", "text": "x"}},
    "send_text": {"data": "x"},
    "send_bytes": {"data": b"x"},
    "send_json": {"data": 1},
}


@pytest.mark.parametrize("entered", [True, False])
@pytest.mark.parametrize("name", [*MEMBERS, "__exit__"])
def test_a_session_has_to_be_entered(name, entered, backend):
    client = TestClient(echo, lifespan=False, backend=backend)
    with ExitStack() as stack:
        if entered:
            stack.enter_context(client)
        session = client.websocket_connect("/")
        with pytest.raises(RuntimeError) as raised:
            if name == "__exit__":
                session.__exit__(None, None, None)
            else:
                getattr(session, name)(**ARGUMENTS.get(name, {}))
    assert str(raised.value) == (
        "This session is not entered. Write `with client.websocket_connect(...) as session:` "
        "around what uses it."
    )


@pytest.mark.parametrize("name", ["accepted_subprotocol", "extra_headers"])
def test_a_handshake_that_was_denied_has_chosen_nothing(name, backend):
    async def app(scope, receive, send):
        await WebSocket(scope, receive, send).close()

    session = TestClient(app, backend=backend).websocket_connect("/")
    with pytest.raises(WebSocketDenialResponse), session:
        pytest.fail("this is not reached")
    with pytest.raises(RuntimeError, match=r"^The application has not accepted this connection"):
        getattr(session, name)


# An application that fails, and has closed the connection before.


async def fails(websocket):
    await websocket.accept()
    await websocket.receive_text()
    raise LookupError("full moon")


async def fails_before_accepting(websocket):
    raise LookupError("full moon")


async def fails_while_handling(websocket):
    await websocket.accept()
    await websocket.receive_text()
    try:
        {}["moon"]
    except KeyError:
        raise LookupError("full moon")  # noqa: B904 - as it happens


FAILING = Duologue(
    routes=[
        WebSocketRoute("/", fails),
        WebSocketRoute("/before", fails_before_accepting),
        WebSocketRoute("/handling", fails_while_handling),
    ]
)
USES = [
    *(["receive_text"], ["receive_bytes"], ["receive_json"], ["receive", "receive"]),
    *(["receive", name] for name in MEMBERS if name.startswith("send")),
]


def contexts(error):
    found = [error]
    while (context := found[-1].__context__) is not None:
        found.append(context)
    return [type(each) for each in found]


@pytest.mark.parametrize("entered", [True, False])
@pytest.mark.parametrize("names", USES, ids=" ".join)
def test_a_failure_comes_out_of_the_block_instead_of_the_disconnect(names, entered, backend):
    client = TestClient(FAILING, backend=backend)
    with pytest.raises(LookupError, match=r"^full moon$") as raised, ExitStack() as stack:
        if entered:
            stack.enter_context(client)
        session = stack.enter_context(client.websocket_connect("/"))
        session.send_text("x")
        for name in names:
            getattr(session, name)(**ARGUMENTS.get(name, {}))
    assert contexts(raised.value) == [LookupError, WebSocketDisconnect]


def test_a_failure_comes_out_of_the_block_when_the_test_has_caught_the_disconnect(backend):
    client = TestClient(FAILING, backend=backend)
    with (
        pytest.raises(LookupError, match=r"^full moon$") as raised,
        client.websocket_connect("/") as session,
    ):
        session.send_text("x")
        with pytest.raises(WebSocketDisconnect, match=r"^1011$"):
            session.receive_text()
    assert contexts(raised.value) == [LookupError]


def test_a_failure_before_accepting_comes_out_of_the_handshake(backend):
    client = TestClient(FAILING, backend=backend)
    with (
        pytest.raises(LookupError, match=r"^full moon$"),
        client.websocket_connect("/before"),
    ):
        pytest.fail("this is not reached")


def test_a_failure_keeps_its_context(backend):
    client = TestClient(FAILING, backend=backend)
    with (
        pytest.raises(LookupError, match=r"^full moon$") as raised,
        client.websocket_connect("/handling") as session,
    ):
        session.send_text("x")
        session.receive_text()
    assert contexts(raised.value) == [LookupError, KeyError, WebSocketDisconnect]


def test_another_exception_of_the_test_comes_before_a_failure(backend):
    client = TestClient(FAILING, backend=backend)
    with (
        pytest.raises(AssertionError, match=r"^of the test$") as raised,
        client.websocket_connect("/") as session,
    ):
        session.send_text("x")
        session.receive()
        raise AssertionError("of the test")
    assert contexts(raised.value) == [AssertionError]


def test_a_failure_that_is_not_to_be_raised_stays_a_disconnect(backend):
    client = TestClient(FAILING, raise_server_exceptions=False, backend=backend)
    with (
        pytest.raises(WebSocketDisconnect, match=r"^1011$") as raised,
        client.websocket_connect("/") as session,
    ):
        session.send_text("x")
        session.receive_text()
    assert contexts(raised.value) == [WebSocketDisconnect]


# Event loops.


async def room(scope, receive, send):
    """Says to everybody what somebody says."""
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    members.append(websocket)
    try:
        async for text in websocket.iter_text():
            for member in members.copy():
                await member.send_text(text)
    finally:
        members.remove(websocket)


members = []


def test_conversations_that_are_held_at_once_can_share_something(backend):
    client = TestClient(room, backend=backend)
    with client.websocket_connect("/") as ada, client.websocket_connect("/") as bob:
        ada.send_text("hello")
        assert (ada.receive_text(), bob.receive_text()) == ("hello", "hello")
    assert members == []


@pytest.mark.parametrize("entered", [True, False])
def test_conversations_in_two_event_loops_are_told_at_once(entered, backend):
    one, other = (TestClient(room, lifespan=False, backend=backend) for _ in range(2))
    with ExitStack() as stack:
        if entered:
            stack.enter_context(one)
            stack.enter_context(other)
        stack.enter_context(one.websocket_connect("/ada"))
        with (
            pytest.raises(
                RuntimeError, match=r"^The connection to '/ada' belongs to one "
            ) as raised,
            other.websocket_connect("/bob") as bob,
        ):
            bob.send_text("hello")
            bob.receive_text()
            bob.receive_text()
    assert str(raised.value).count(f"({backend} in the thread '{backend}-portal-") == 2
    assert str(raised.value).endswith("`with TestClient(app) as client:` around them.")


def test_a_session_may_go_on_in_the_thread_of_one_that_has_ended(backend):
    client = TestClient(echo, lifespan=False, backend=backend)
    first = client.websocket_connect("/").__enter__()
    with client.websocket_connect("/") as second:
        first.__exit__(None, None, None)
        second.send_text("hello")
        assert second.receive_text() == "hello"
    with client.websocket_connect("/") as third:
        third.send_text("hello")
        assert third.receive_text() == "hello"


def test_trio_in_trio_is_an_error_at_once():
    async def test():
        with TestClient(echo, lifespan=False, backend="trio"):
            pytest.fail("this is not reached")

    with pytest.raises(RuntimeError, match=r"^A TestClient cannot run trio where trio runs alr"):
        anyio.run(test, backend="trio")


@pytest.mark.parametrize(
    ("outer", "backend"), [("asyncio", "asyncio"), ("asyncio", "trio"), ("trio", "asyncio")]
)
def test_another_event_loop_may_run_already(outer, backend):
    async def test():
        with TestClient(echo, lifespan=False, backend=backend).websocket_connect("/") as session:
            session.send_text("hello")
            return session.receive_text()

    assert anyio.run(test, backend=outer) == "hello"


@pytest.mark.parametrize("entered", [True, False])
def test_an_application_that_catches_its_cancellation_is_ended_and_told(entered, backend):
    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})
        while True:
            try:
                await anyio.sleep_forever()
            except anyio.get_cancelled_exc_class():
                pass

    client = TestClient(app, lifespan=False, timeout=SOON, backend=backend)
    with pytest.raises(TimeoutError, match="still running") as raised, ExitStack() as stack:
        if entered:
            stack.enter_context(client)
        stack.enter_context(client.websocket_connect("/"))
    assert "It was ended by force." in raised.value.__notes__[0]


def test_frozen_time_does_not_stop_the_limits(backend):
    client = TestClient(never_says_anything, lifespan=False, timeout=0.1, backend=backend)
    with (
        freeze_time("2026-02-03"),
        pytest.raises(TimeoutError),
        client,
        client.websocket_connect("/") as session,
    ):
        session.receive()


@pytest.mark.parametrize("entered", [True, False])
def test_what_a_client_presents_can_be_changed(entered, backend):
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        headers = websocket.headers
        await websocket.send_json([headers["x-own"], headers["cookie"], websocket.url.query])
        await websocket.close()

    client = TestClient(app, lifespan=False, cookies={"a": "1"}, backend=backend)
    with ExitStack() as stack:
        if entered:
            stack.enter_context(client)
        client.headers["X-Own"] = "1"
        client.cookies["b"] = "2"
        connect = client.websocket_connect("/", params={"c": 3}, cookies={"a": "4"})
        with connect as session:
            assert session.receive_json() == ["1", "a=4; b=2", "c=3"]
        client.headers = {"x-own": "2"}
        with client.websocket_connect("/", headers={"cookie": "d=5"}, auth=("a", "b")) as session:
            assert session.receive_json() == ["2", "d=5", ""]
