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
    RECEIVERS,
    SENDERS,
    RecordingServer,
    check_gone,
    left,
    make_scope,
    new_websocket,
    open_websocket,
    said_bytes,
    said_text,
)

from duologue.responses import Response
from duologue.websockets import WebSocket, WebSocketDisconnect, WebSocketState, WebSocketStateError

# Tasks and cancellation (decision 8).


@pytest.mark.parametrize("second", [*RECEIVERS, lambda websocket: websocket.receive()])
@pytest.mark.parametrize("first", [*RECEIVERS, lambda websocket: websocket.receive()])
async def test_two_tasks_cannot_receive_at_once(first, second):
    websocket, server = await open_websocket()

    async def receive():
        with pytest.raises(WebSocketDisconnect):
            await first(websocket)
            await first(websocket)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(receive)
        await wait_all_tasks_blocked()
        with pytest.raises(WebSocketStateError) as raised:
            await second(websocket)
        assert str(raised.value) == ALREADY_RECEIVING
        server.say(left(code=1001))
    await check_gone(websocket, 1001, "")


@pytest.mark.parametrize("iterate", ITERATORS)
async def test_two_tasks_cannot_iterate_at_once(iterate):
    websocket, server = await open_websocket()

    async def consume():
        assert [message async for message in iterate(websocket)] == []

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(consume)
        await wait_all_tasks_blocked()
        with pytest.raises(WebSocketStateError) as raised:
            await anext(iterate(websocket))
        assert str(raised.value) == ALREADY_RECEIVING
        server.say(left())


async def test_closing_while_the_connect_message_is_awaited_is_an_error():
    websocket, server = new_websocket()
    server.messages.clear()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(websocket.receive)
        await wait_all_tasks_blocked()
        with pytest.raises(WebSocketStateError) as raised:
            await websocket.close()
        assert str(raised.value) == ALREADY_RECEIVING
        server.say({"type": "websocket.connect"})
    assert server.sent == []


@pytest.mark.parametrize("receive", RECEIVERS)
async def test_a_receive_under_way_hears_of_the_close_by_another_task(receive):
    websocket, server = await open_websocket()
    heard = []

    async def listen():
        with pytest.raises(WebSocketDisconnect) as raised:
            await receive(websocket)
        heard.append((raised.value.code, raised.value.reason))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        await wait_all_tasks_blocked()
        await websocket.close(3001, "enough")
        server.say(left(code=1006))  # what servers make of it
    assert heard == [(3001, "enough")]
    assert (websocket.close_code, websocket.close_reason) == (3001, "enough")
    assert websocket.application_state is WebSocketState.DISCONNECTED


@pytest.mark.parametrize("iterate", ITERATORS)
async def test_an_iteration_under_way_ends_with_the_close_by_another_task(iterate):
    websocket, server = await open_websocket()

    async def consume():
        assert [message async for message in iterate(websocket)] == []

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(consume)
        await wait_all_tasks_blocked()
        await websocket.close()
        server.say(left(code=1006))


async def test_a_receive_under_way_hears_of_the_denial_by_another_task():
    websocket, server = new_websocket(**DENIAL)
    await websocket.receive()

    async def listen():
        assert (await websocket.receive())["type"] == "websocket.disconnect"

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        await wait_all_tasks_blocked()
        await websocket.send_denial_response(Response())
        server.say(left(code=1006))
    assert (websocket.close_code, websocket.close_reason) == (None, None)


@pytest.mark.parametrize("error", [OSError("gone"), RuntimeError("already closed")])
@pytest.mark.parametrize("send_helper", SENDERS)
async def test_a_send_under_way_fails_after_the_close_by_another_task(send_helper, error):
    blocked = anyio.Event()

    async def send(message):
        if message["type"] == "websocket.send":
            await blocked.wait()
            raise error

    websocket = WebSocket(make_scope(), RecordingServer().receive, send)
    await websocket.accept()

    async def push():
        with pytest.raises(WebSocketDisconnect, match=r"^3001 enough$"):
            await send_helper(websocket)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(push)
        await wait_all_tasks_blocked()
        await websocket.close(3001, "enough")
        blocked.set()
    assert (websocket.close_code, websocket.close_reason) == (3001, "enough")
    assert websocket.client_state is WebSocketState.CONNECTED


@pytest.mark.parametrize(
    ("receive", "message", "result"),
    [
        (WebSocket.receive_text, said_text("hello"), "hello"),
        (WebSocket.receive_bytes, said_bytes(b"hello"), b"hello"),
        (WebSocket.receive_json, said_text("[]"), []),
        (WebSocket.receive, said_text("hello"), said_text("hello")),
        (lambda websocket: anext(websocket.iter_text()), said_text("hello"), "hello"),
    ],
)
async def test_a_receive_that_was_cancelled_can_be_repeated(receive, message, result):
    websocket, server = await open_websocket()
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(receive, websocket)
            await wait_all_tasks_blocked()
            scope.cancel()
    assert scope.cancelled_caught
    server.say(message)
    if receive in {WebSocket.receive_text, WebSocket.receive_bytes, WebSocket.receive_json}:
        assert await receive(websocket) == result
    else:
        assert await websocket.receive() == message


async def test_an_error_of_the_servers_receive_passes_through_and_leaves_the_object_usable():
    answers = [{"type": "websocket.connect"}, None, None, None, said_text("hello")]

    async def receive():
        answer = answers.pop(0)
        if answer is None:
            raise LookupError("full moon")
        return answer

    websocket = WebSocket(make_scope(), receive, RecordingServer().send)
    await websocket.accept()
    for use in (websocket.receive, websocket.receive_text, lambda: anext(websocket.iter_text())):
        with pytest.raises(LookupError, match="full moon"):
            await use()
    assert await websocket.receive_text() == "hello"


# A WebSocket that stands on the receive and send of another one.


async def stack_websockets(*messages):
    lower, server = new_websocket(*messages)
    upper = WebSocket(lower.scope, lower.receive, lower.send)
    await upper.accept()
    return upper, lower, server


async def test_a_websocket_can_stand_on_another_one():
    upper, lower, server = await stack_websockets(said_text("one"), left(code=1001, reason="bye"))
    assert [message async for message in upper.iter_text()] == ["one"]
    await check_gone(upper, 1001, "bye")
    await check_gone(lower, 1001, "bye")
    assert server.sent == [ACCEPT]


@pytest.mark.parametrize("send", [*SENDERS, WebSocket.close])
async def test_how_the_peer_left_is_known_to_all_of_them(send):
    upper, lower, _ = await stack_websockets(left(code=1001, reason="bye"))
    with pytest.raises(WebSocketDisconnect):
        await lower.receive_text()
    if send is WebSocket.close:
        await upper.close()
    else:
        with pytest.raises(WebSocketDisconnect, match=r"^1001 bye$"):
            await send(upper)
    await check_gone(upper, 1001, "bye")


async def test_a_mistake_that_another_one_finds_is_no_lost_connection():
    upper, lower, server = await stack_websockets()
    await lower.close()
    with pytest.raises(WebSocketStateError) as raised:
        await upper.send_text("hello")
    assert str(raised.value) == ENDED
    assert upper.close_code is None
    assert server.sent == [ACCEPT, CLOSE]
