import anyio
import pytest

from duologue.applications import Duologue
from duologue.connections import Connections
from duologue.limits import Limits
from duologue.middleware import Middleware
from duologue.middleware.limits import LimitMiddleware
from duologue.routing import Mount, WebSocketRoute
from duologue.testclient import AsyncTestClient
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
        await websocket.send_text("Goodbye!")


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
async def test_close_all_closes_at_once_where_no_endpoint_says_goodbye(middleware):
    app = make_app(listen, middleware=middleware)
    async with (
        AsyncTestClient(app) as client,
        client.websocket_connect("/") as ada,
        client.websocket_connect("/") as bob,
    ):
        with anyio.fail_after(4):
            await app.close_all(4000, "home time", grace=60)
        assert await closed(ada) == (4000, "home time")
        assert await closed(bob) == (4000, "home time")


@pytest.mark.parametrize("middleware", BETWEEN)
async def test_close_all_lets_endpoints_say_goodbye(middleware):
    app = make_app(news, middleware=middleware)
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        with anyio.fail_after(4):
            await app.close_all(reason="restart", grace=60)
        assert await session.receive_text() == "Goodbye!"
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
    heard = []

    async def endpoint(websocket):
        if accepted:
            await websocket.accept()
        arrived.set()
        await released.wait()
        try:
            await websocket.receive()
        except WebSocketDisconnect as left:
            heard.append((left.code, left.reason))
        await (websocket.send_text("More!") if accepted else websocket.accept())

    incoming = [{"type": "websocket.connect"}]
    sent = []

    async def receive():
        return incoming.pop()

    async def send(message):
        sent.append(message["type"])

    app = make_app(endpoint, middleware=middleware)
    scope = {"type": "websocket", "path": "/", "headers": []}
    with anyio.fail_after(4):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(app, scope, receive, send)  # it raises nothing
            await arrived.wait()
            await app.close_all(4000, "home time", grace=0)
            released.set()
    assert heard == [(4000, "home time")]
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
    with pytest.raises(WebSocketStateError, match="already ended"):
        async with AsyncTestClient(app) as client, client.websocket_connect("/"):
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
        assert await ada.receive_text() == "Goodbye!"
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
        assert await session.receive_text() == "Goodbye!"
        assert await closed(session) == (4000, "")


async def test_code_that_must_not_be_sent_closes_nothing():
    app = make_app(listen)
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        with pytest.raises(ValueError, match="1006 is no close code"):
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
