import anyio
import pytest
from anyio.lowlevel import checkpoint
from patience import MOMENT, limit

from duologue.applications import Duologue
from duologue.limits import LimitMiddleware, Limits
from duologue.middleware import Middleware
from duologue.routing import Mount, WebSocketRoute
from duologue.shutdown import Connections
from duologue.testclient import AsyncTestClient, TestClient
from duologue.websockets import WebSocket, WebSocketDisconnect, WebSocketStateError


async def listen(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


async def news(websocket):
    await websocket.accept()
    async with websocket.until_closed():
        await anyio.sleep_forever()
    if websocket.connected:
        await websocket.send_text("The last message.")


def make_app(endpoint, **options):
    return Duologue(routes=[WebSocketRoute("/", endpoint)], **options)


# The endpoint has another WebSocket than the application where middleware stands between.
BETWEEN = [[], [Middleware(LimitMiddleware, Limits())]]


async def closed(session):
    message = await session.receive()
    assert message["type"] == "websocket.close"
    return message["code"], message["reason"]


@pytest.mark.parametrize("middleware", BETWEEN)
async def test_connections_are_those_that_are_accepted_and_not_closed(middleware):
    held = []

    async def endpoint(websocket):
        assert len(app.connections) == 0
        await websocket.accept()
        held.append(websocket)
        assert list(app.connections) == [websocket]
        assert websocket in app.connections
        await websocket.receive_text()
        await websocket.close()
        assert websocket not in app.connections

    app = make_app(endpoint, middleware=middleware)
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        assert len(app.connections) == 1
        await session.send_text("bye")
        assert await closed(session) == (1000, "")
        assert len(app.connections) == 0
    assert held[0] not in app.connections
    assert not app.connections._present


async def test_iterating_while_connections_come_and_go():
    app = make_app(listen)
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        seen = 0
        for _ in app.connections:
            async with client.websocket_connect("/"):
                seen += 1
        assert seen == 1
        await session.close()


@pytest.mark.parametrize("middleware", BETWEEN)
async def test_close_all_closes_at_once_where_no_endpoint_waits_for_it(middleware):
    app = make_app(listen, middleware=middleware)
    async with (
        AsyncTestClient(app) as client,
        client.websocket_connect("/") as ada,
        client.websocket_connect("/") as bob,
    ):
        with anyio.fail_after(MOMENT):
            await app.close_all(4000, "home time", grace=600)
        assert await closed(ada) == (4000, "home time")
        assert await closed(bob) == (4000, "home time")


@pytest.mark.parametrize("middleware", BETWEEN)
async def test_close_all_lets_endpoints_send_something(middleware):
    app = make_app(news, middleware=middleware)
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        with anyio.fail_after(MOMENT):
            await app.close_all(reason="restart", grace=600)
        assert await session.receive_text() == "The last message."
        assert await closed(session) == (1012, "restart")


async def test_endpoint_may_close_with_a_code_of_its_own():
    async def endpoint(websocket):
        await websocket.accept()
        async with websocket.until_closed():
            await anyio.sleep_forever()
        await websocket.close(4001)

    app = make_app(endpoint)
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        await app.close_all()
        assert await closed(session) == (4001, "")


async def test_endpoint_that_takes_too_long_is_closed():
    released = anyio.Event()

    async def endpoint(websocket):
        await websocket.accept()
        async with websocket.until_closed():
            await anyio.sleep_forever()
        await released.wait()

    app = make_app(endpoint)
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        await app.close_all(1001, grace=0)
        assert await closed(session) == (1001, "")
        released.set()


@pytest.mark.parametrize("middleware", BETWEEN)
@pytest.mark.parametrize("accepted", [True, False])
async def test_endpoint_that_goes_on_speaking_has_made_no_mistake(middleware, accepted, caplog):
    arrived, released = anyio.Event(), anyio.Event()
    received = []

    async def endpoint(websocket):
        if accepted:
            await websocket.accept()
        arrived.set()
        await released.wait()
        try:
            await websocket.receive()
        except WebSocketDisconnect as left:
            received.append((left.code, left.reason))
        await (websocket.send_text("More!") if accepted else websocket.accept())

    incoming = [{"type": "websocket.connect"}]
    sent = []

    async def receive():
        return incoming.pop()

    async def send(message):
        sent.append(message["type"])

    app = make_app(endpoint, middleware=middleware)
    scope = {"type": "websocket", "path": "/", "headers": []}
    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(app, scope, receive, send)  # it raises nothing
            await arrived.wait()
            tasks.start_soon(app.close_all, 4000, "home time", 600)
            await anyio.wait_all_tasks_blocked()
            released.set()
    assert received == [(4000, "home time") if accepted else (1006, "")]
    assert sent == [*(["websocket.accept"] if accepted else []), "websocket.close"]
    assert caplog.messages == []


async def test_endpoint_that_has_closed_itself_is_still_told_its_mistakes():
    async def endpoint(websocket):
        await websocket.accept()
        await websocket.close()
        await released.wait()
        await websocket.send_text("More!")

    released = anyio.Event()
    app = make_app(endpoint)
    with pytest.raises(WebSocketStateError, match="already closed or denied"):
        async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
            assert await closed(session) == (1000, "")
            await app.close_all(grace=0)
            released.set()


async def test_handshake_under_way_is_refused():
    arrived, released = anyio.Event(), anyio.Event()

    async def endpoint(websocket):
        await websocket.receive()
        arrived.set()
        await released.wait()

    app = make_app(endpoint)
    async with AsyncTestClient(app) as client, anyio.create_task_group() as tasks:

        async def connect():
            with pytest.raises(Exception, match="403"):
                async with client.websocket_connect("/"):
                    pass

        tasks.start_soon(connect)
        await arrived.wait()
        await app.close_all(grace=0)
        released.set()


async def test_client_that_has_not_even_connected_is_left_alone():
    entered, released = anyio.Event(), anyio.Event()

    async def receive():
        entered.set()
        await released.wait()
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message["type"])

    sent = []
    app = make_app(WebSocket.accept)
    scope = {"type": "websocket", "path": "/", "headers": []}
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(app, scope, receive, send)
        await entered.wait()
        await app.close_all(grace=0)
        assert sent == []
        released.set()
    assert sent == ["websocket.accept", "websocket.close"]


async def test_application_within_an_application_sends_its_own_clients_home():
    inner = make_app(news)
    outer = Duologue(routes=[Mount("/inner", app=inner), WebSocketRoute("/", listen)])
    async with (
        AsyncTestClient(outer) as client,
        client.websocket_connect("/inner/") as ada,
        client.websocket_connect("/") as bob,
    ):
        assert (len(inner.connections), len(outer.connections)) == (1, 2)
        await inner.close_all(4000)
        assert await ada.receive_text() == "The last message."
        assert await closed(ada) == (4000, "")
        await bob.send_text("still here")
        assert await bob.receive_text() == "still here"


async def test_client_that_has_left_meanwhile_is_no_error():
    app = make_app(news)
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        await session.drop()
        await app.close_all()


async def test_two_calls_at_once():
    app = make_app(news)
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(app.close_all, 4000)
            tasks.start_soon(app.close_all, 4000)
        assert await session.receive_text() == "The last message."
        assert await closed(session) == (4000, "")


async def test_code_that_must_not_be_sent_closes_nothing():
    app = make_app(listen)
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        with pytest.raises(ValueError, match="1006 is not a close code"):
            await app.close_all(1006)
        await session.send_text("still here")
        assert await session.receive_text() == "still here"


async def test_nobody_to_close():
    await Connections().close_all()


async def test_server_that_cannot_close_keeps_no_other_client(caplog):
    async def send(message):
        if message["type"] == "websocket.close":
            raise Exception("invalid close code 1012")  # noqa: TRY002 - as daphne does

    async def receive():
        return {"type": "websocket.connect"}

    async def endpoint(websocket):
        await websocket.accept()
        await anyio.sleep_forever()

    app = Duologue(routes=[WebSocketRoute("/", endpoint), WebSocketRoute("/listen", listen)])
    scope = {"type": "websocket", "path": "/", "headers": []}
    async with (
        AsyncTestClient(app) as client,
        client.websocket_connect("/listen") as session,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(app, scope, receive, send)
        await anyio.wait_all_tasks_blocked()
        await app.close_all(grace=0)
        assert await closed(session) == (1012, "")
        tasks.cancel_scope.cancel()
    assert "The server could not close a connection" in caplog.text


# An endpoint that does not leave.


async def sleep(websocket):
    await websocket.accept()
    await anyio.sleep_forever()


async def leave_and_sleep(websocket):
    await websocket.accept()
    async with websocket.until_closed():
        await anyio.sleep_forever()
    await anyio.sleep_forever()


async def sleep_in_a_group(websocket):
    await websocket.accept()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.sleep_forever)
        tasks.start_soon(anyio.sleep_forever)


@pytest.mark.parametrize("middleware", BETWEEN)
@pytest.mark.parametrize("endpoint", [sleep, leave_and_sleep, sleep_in_a_group])
async def test_endpoint_that_does_not_return_is_cancelled(endpoint, middleware, caplog):
    app = make_app(endpoint, middleware=middleware)
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
            await app.close_all(4000, "home time", grace=0)
            assert await closed(session) == (4000, "home time")
    assert caplog.messages == []


async def test_endpoint_of_an_application_within_is_cancelled_by_either_one():
    for closing in ("inner", "outer", "both"):
        inner = make_app(sleep)
        outer = Duologue(routes=[Mount("/inner", app=inner)])
        apps = {"inner": [inner], "outer": [outer], "both": [inner, outer]}[closing]
        with anyio.fail_after(MOMENT):
            async with (
                AsyncTestClient(outer) as client,
                client.websocket_connect("/inner/") as session,
            ):
                async with anyio.create_task_group() as tasks:
                    for each in apps:
                        tasks.start_soon(each.close_all, 4000, "", 0)
                assert await closed(session) == (4000, "")


async def serve(app, send):
    """Serve one connection whose client says nothing."""
    incoming = [{"type": "websocket.connect"}]

    async def receive():
        if incoming:
            return incoming.pop()
        return await anyio.sleep_forever()

    await app({"type": "websocket", "path": "/", "headers": []}, receive, send)


async def swallow(message):
    """Send to a client that reads everything."""


async def test_endpoint_that_does_not_let_itself_be_cancelled_delays_nothing(caplog):
    async def stubborn(websocket):
        await websocket.accept()
        while not released.is_set():
            try:
                await released.wait()
            except anyio.get_cancelled_exc_class():
                with anyio.CancelScope(shield=True):
                    await released.wait()

    released = anyio.Event()
    app = make_app(stubborn)
    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve, app, swallow)
            await anyio.wait_all_tasks_blocked()
            begin = anyio.current_time()
            await app.close_all(grace=0)
            assert anyio.current_time() - begin < limit(2)
            released.set()
            await anyio.wait_all_tasks_blocked()
            await checkpoint()  # which is not cancelled: nothing is left of it
    assert caplog.messages == []


class Deaf:
    """A client that reads nothing: whatever is sent to it after a while waits for ever."""

    def __init__(self):
        self.sent = []
        self.waiting = anyio.Event()

    async def send(self, message):
        self.sent.append(message["type"])
        if len(self.sent) > 3:
            self.waiting.set()
            await anyio.sleep_forever()


async def pour(websocket):
    await websocket.accept()
    while True:
        await websocket.send_text("more")


async def pour_until_closed(websocket):
    await websocket.accept()
    async with websocket.until_closed():
        while True:
            await websocket.send_text("more")


@pytest.mark.parametrize("endpoint", [pour, pour_until_closed])
async def test_clients_that_do_not_read_delay_nothing(endpoint):
    app = make_app(endpoint)
    deaf = [Deaf() for _ in range(3)]
    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            for each in deaf:
                tasks.start_soon(serve, app, each.send)
            for each in deaf:
                await each.waiting.wait()
            begin = anyio.current_time()
            await app.close_all(grace=0.1)
            assert anyio.current_time() - begin < limit(1.5)
    assert len(app.connections._present) == 0


async def test_end_of_a_failure_that_nobody_reads_is_cancelled_too():
    async def endpoint(websocket):
        await websocket.accept()
        for _ in range(2):
            await websocket.send_text("more")
        raise LookupError("full moon")

    app = make_app(endpoint)
    deaf = Deaf()
    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve, app, deaf.send)
            await deaf.waiting.wait()
            await app._connections.shut_down(1012, "", 0.0)
            assert len(app.connections._present) == 0


async def test_endpoint_whose_client_has_left_is_left_alone_but_not_when_draining():
    app = make_app(leave_and_sleep)
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
            await session.close()
            await anyio.wait_all_tasks_blocked()
            await app.close_all(grace=0)
            assert len(app.connections._present) == 1
            await app._connections.shut_down(1012, "", 0.0)
            assert len(app.connections._present) == 0


@pytest.mark.parametrize("middleware", BETWEEN)
async def test_cancelled_call_keeps_no_close_reason(middleware):
    async def endpoint(websocket):
        await websocket.accept()
        async with websocket.until_closed():
            await anyio.sleep_forever()
        await released.wait()

    released = anyio.Event()
    app = make_app(endpoint, middleware=middleware)
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(app.close_all, 1012)
                await anyio.wait_all_tasks_blocked()
                scope.cancel()
        released.set()
        assert await closed(session) == (1000, "")


async def test_cancelled_call_keeps_the_close_reason_of_another_one():
    async def endpoint(websocket):
        await websocket.accept()
        async with websocket.until_closed():
            await anyio.sleep_forever()
        await released.wait()

    released = anyio.Event()
    app = make_app(endpoint)
    async with (
        AsyncTestClient(app) as client,
        client.websocket_connect("/") as session,
        anyio.create_task_group() as tasks,
    ):
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as cancelled:
                cancelled.start_soon(app.close_all, 4000)
                await anyio.wait_all_tasks_blocked()
                tasks.start_soon(app.close_all, 4001)
                await anyio.wait_all_tasks_blocked()
                scope.cancel()
        released.set()
        assert await closed(session) == (4001, "")


async def test_client_that_comes_and_goes_meanwhile():
    app = Duologue(routes=[WebSocketRoute("/", leave_and_sleep), WebSocketRoute("/listen", listen)])
    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(app) as client,
            client.websocket_connect("/"),
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(app.close_all, 1012, "", 0.1)
            await anyio.wait_all_tasks_blocked()
            async with client.websocket_connect("/listen") as session:
                await session.send_text("hello")
                assert await session.receive_text() == "hello"


def test_connections_of_another_thread_are_left_alone(anyio_backend_name):
    app = make_app(news)
    with (
        TestClient(app, backend=anyio_backend_name) as client,
        client.websocket_connect("/") as session,
    ):
        anyio.run(app.close_all, backend=anyio_backend_name)
        assert len(app.connections) == 1
        session.close()


async def test_endpoint_that_waits_for_its_client_is_cancelled_when_draining(caplog):
    entered = anyio.Event()

    async def receive():
        entered.set()
        return await anyio.sleep_forever()

    app = make_app(WebSocket.accept)
    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            scope = {"type": "websocket", "path": "/", "headers": []}
            tasks.start_soon(app, scope, receive, swallow)
            await entered.wait()
            await app._connections.shut_down(1012, "", 0.0)
            assert len(app.connections._present) == 0
    assert caplog.messages == []
