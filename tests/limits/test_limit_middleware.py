import anyio
import pytest
from patience import MOMENT

from duologue.limits import LimitMiddleware, Limits, Refused
from duologue.middleware.boundary import Boundary
from duologue.testclient import AsyncTestClient, WebSocketDenialResponse
from duologue.websockets import WebSocket, WebSocketDisconnect


async def echo(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    async for message in websocket.iter_text():
        await websocket.send_text(message)
    endings.append((websocket.close_code, websocket.close_reason))


endings = []


@pytest.fixture(autouse=True)
def forget():
    endings.clear()


async def closed(session):
    message = await session.receive()
    assert message["type"] == "websocket.close"
    return message["code"], message["reason"]


@pytest.mark.parametrize("large", ["123456", "ééé", "\U0001f600\U0001f600"])
async def test_large_message_ends_the_conversation(large):
    limits = Limits(message_size=5)
    async with (
        AsyncTestClient(LimitMiddleware(echo, limits)) as client,
        client.websocket_connect("/") as session,
    ):
        await session.send_text("12345")
        assert await session.receive_text() == "12345"
        await session.send_text("éé1")
        assert await session.receive_text() == "éé1"
        await session.send_text(large)
        assert await closed(session) == (1009, "A message has at most 5 bytes.")
    assert limits.refused == Refused(message_size=1)
    assert endings == [(1009, "A message has at most 5 bytes.")]


async def test_large_binary_message():
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        async for data in websocket.iter_bytes():
            await websocket.send_bytes(data)

    async with (
        AsyncTestClient(LimitMiddleware(app, Limits(message_size=2))) as client,
        client.websocket_connect("/") as session,
    ):
        for data in (b"", b"ab"):
            await session.send_bytes(data)
            assert await session.receive_bytes() == data
        await session.send_bytes(b"abc")
        assert (await closed(session))[0] == 1009


async def test_messages_that_come_too_fast_end_the_conversation():
    limits = Limits(message_rate=0.001, message_burst=2)
    async with (
        AsyncTestClient(LimitMiddleware(echo, limits)) as client,
        client.websocket_connect("/") as session,
    ):
        for text in ("one", "two"):
            await session.send_text(text)
            assert await session.receive_text() == text
        await session.send_text("three")
        assert await closed(session) == (1008, "At most 0.001 messages a second.")
    assert limits.refused == Refused(message_rate=1)


async def test_messages_within_the_rate_go_through():
    async with (
        AsyncTestClient(LimitMiddleware(echo, Limits(message_rate=1000))) as client,
        client.websocket_connect("/") as session,
    ):
        for number in range(100):
            await session.send_text(str(number))
            assert await session.receive_text() == str(number)


async def test_silence_ends_the_conversation():
    limits = Limits(idle_seconds=0.01)
    async with (
        AsyncTestClient(LimitMiddleware(echo, limits)) as client,
        client.websocket_connect("/") as session,
    ):
        assert await closed(session) == (1001, "Nothing was received for 0.01 seconds.")
    assert limits.refused == Refused(idle_seconds=1)
    assert endings == [(1001, "Nothing was received for 0.01 seconds.")]


async def test_a_client_that_may_not_send_yet_is_not_silent():
    """Neither until the server passes its handshake on, nor until that is answered."""
    sent, received = [], []

    async def slow_server():
        await anyio.sleep(0.02)
        return {"type": "websocket.connect"}

    async def slow_to_accept(scope, receive, send):
        received.append(await receive())
        with anyio.move_on_after(0.02):
            await receive()
        await send({"type": "websocket.accept"})

    async def receive():
        return await (anyio.sleep_forever() if received else slow_server())

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [], "client": ("192.0.2.1", 1)}
    limits = Limits(idle_seconds=0.01)
    with anyio.fail_after(MOMENT):
        await LimitMiddleware(slow_to_accept, limits)(scope, receive, send)
    assert received == [{"type": "websocket.connect"}]
    assert sent == [{"type": "websocket.accept"}]
    assert limits.refused == Refused()


async def test_silence_is_counted_over_receives_with_a_limit_of_their_own():
    waits = []

    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        with pytest.raises(WebSocketDisconnect) as caught:
            while True:
                with anyio.move_on_after(0.01):
                    await websocket.receive_text()
                waits.append("waited")
        assert caught.value.code == 1008

    limits = Limits(idle_seconds=0.25, idle_code=1008)
    async with (
        AsyncTestClient(LimitMiddleware(app, limits)) as client,
        client.websocket_connect("/") as session,
    ):
        assert (await closed(session))[0] == 1008
    assert 1 <= len(waits) <= 25


async def test_client_that_speaks_is_not_silent():
    async with (
        AsyncTestClient(LimitMiddleware(echo, Limits(idle_seconds=60))) as client,
        client.websocket_connect("/") as session,
    ):
        await session.send_text("here")
        assert await session.receive_text() == "here"


async def test_after_a_limit_nothing_can_be_sent():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        disconnect = {"type": "websocket.disconnect", "code": 1009, "reason": reason}
        assert await receive() == disconnect
        assert await receive() == disconnect
        with pytest.raises(WebSocketDisconnect) as caught:
            await send({"type": "websocket.send", "text": "too late"})
        assert (caught.value.code, caught.value.reason) == (1009, reason)
        endings.append("seen")

    reason = "A message has at most 1 bytes."
    async with (
        AsyncTestClient(LimitMiddleware(app, Limits(message_size=1))) as client,
        client.websocket_connect("/") as session,
    ):
        await session.send_text("12")
        assert (await closed(session))[0] == 1009
    assert endings == ["seen"]


@pytest.mark.parametrize("limit", ["connections", "connections_per_client"])
async def test_connection_too_many_is_refused(limit):
    limits = Limits(**{limit: 1})
    async with AsyncTestClient(LimitMiddleware(echo, limits)) as client:
        async with client.websocket_connect("/"):
            with pytest.raises(WebSocketDenialResponse) as caught:
                async with client.websocket_connect("/"):
                    pass
            assert caught.value.status_code == 503
            assert caught.value.content == b"Too many connections."
        async with client.websocket_connect("/"):
            pass
    assert limits.refused == Refused(**{limit: 1})


async def test_addresses_of_one_network_are_one_client():
    app = LimitMiddleware(echo, Limits(connections_per_client=1))
    client, neighbour, stranger = (
        AsyncTestClient(app, client=(address, 50000))
        for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")
    )
    async with client, neighbour, stranger, client.websocket_connect("/"):
        with pytest.raises(WebSocketDenialResponse):
            async with neighbour.websocket_connect("/"):
                pass
        async with stranger.websocket_connect("/"):
            pass


async def test_peer_that_leaves_is_nothing_special():
    async with (
        AsyncTestClient(LimitMiddleware(echo, Limits(message_size=5, idle_seconds=60))) as client,
        client.websocket_connect("/") as session,
    ):
        await session.close(3000, "bye")
    assert endings == [(3000, "bye")]


async def test_other_scopes_pass_through():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    await LimitMiddleware(app, Limits(connections=1))({"type": "http"}, None, None)
    assert seen == ["http"]


def test_limits_that_are_none_are_an_error():
    with pytest.raises(TypeError) as raised:
        LimitMiddleware(echo, {"connections": 5})
    assert str(raised.value) == "The limits are a Limits(...), not {'connections': 5}."


def connecting(*messages):
    waiting = [{"type": "websocket.connect"}, *messages]

    async def receive():
        if not waiting:
            await anyio.sleep_forever()
        return waiting.pop(0)

    return receive


@pytest.mark.parametrize("stuck_on", [{"websocket.send"}, {"websocket.send", "websocket.close"}])
async def test_message_that_is_not_taken_ends_the_conversation(stuck_on, monkeypatch):
    monkeypatch.setattr("duologue.limits._middleware._CLOSE_SECONDS", 0.01)
    sent, raised = [], []

    async def send(message):
        sent.append(message["type"])
        if message["type"] in stuck_on:
            await anyio.sleep_forever()

    async def news(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        for _ in range(2):
            with pytest.raises(WebSocketDisconnect) as error:
                await websocket.send_text("news")
            raised.append((error.value.code, error.value.reason))
        assert await receive() == {
            "type": "websocket.disconnect",
            "code": 1013,
            "reason": "The client did not read a message for 0.01 seconds.",
        }

    limits = Limits(send_seconds=0.01)
    scope = {"type": "websocket", "path": "/", "headers": [], "client": ("192.0.2.1", 1)}
    with anyio.fail_after(MOMENT):
        await LimitMiddleware(news, limits)(scope, connecting(), send)
    assert raised == [(1013, "The client did not read a message for 0.01 seconds.")] * 2
    assert sent == ["websocket.accept", "websocket.send", "websocket.close"]
    assert limits.refused == Refused(send_seconds=1)
    assert not limits._open


@pytest.mark.parametrize("prefix", [None, "x"])
async def test_without_a_limit_a_send_may_take_as_long_as_it_does(prefix):
    async with (
        AsyncTestClient(LimitMiddleware(echo, Limits(send_seconds=None))) as client,
        client.websocket_connect("/") as session,
    ):
        await session.send_text(f"{prefix}")
        assert await session.receive_text() == f"{prefix}"


@pytest.mark.parametrize("around", [lambda app: app, Boundary], ids=["alone", "in an application"])
@pytest.mark.parametrize("outer", [0.01, 60])
async def test_who_is_not_listened_to_because_too_much_waits_is_silent(outer, around):
    """The seventeenth message is not received, so whether the client leaves is not either."""

    async def news(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        async with websocket.until_closed():
            await anyio.sleep_forever()
        endings.append((websocket.close_code, websocket.close_reason))

    inner = 0.01 if outer == 60 else 60
    limits = [Limits(connections=1, idle_seconds=seconds) for seconds in (outer, inner)]
    app = LimitMiddleware(LimitMiddleware(around(news), limits[1]), limits[0])
    said = [{"type": "websocket.receive", "text": "hello"}] * 17
    sent = []

    async def send(message):
        await anyio.lowlevel.checkpoint()
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [], "client": None}
    with anyio.fail_after(MOMENT):
        await app(scope, connecting(*said), send)
    await anyio.wait_all_tasks_blocked()
    assert endings == [(1001, "Nothing was received for 0.01 seconds.")]
    assert sent[-1]["code"] == 1001
    assert sum(each.refused.idle_seconds for each in limits) == 1
    assert [each._open for each in limits] == [{}, {}]
