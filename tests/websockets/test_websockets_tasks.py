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
from duologue.websockets import (
    WebSocket,
    WebSocketDisconnect,
    WebSocketState,
    WebSocketStateError,
    channel_of,
)

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
    received = []

    async def listen():
        with pytest.raises(WebSocketDisconnect) as raised:
            await receive(websocket)
        received.append((raised.value.code, raised.value.reason))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        await wait_all_tasks_blocked()
        await websocket.close(3001, "enough")
        server.say(left(code=1006))  # what servers make of it
    assert received == [(3001, "enough")]
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


# An end that is cut off.


class SlowServer(RecordingServer):
    """Takes what ends the conversation when it is let, and not where that is cancelled before."""

    def __init__(self):
        super().__init__()
        self.asked, self.released = anyio.Event(), anyio.Event()

    async def send(self, message):
        if message["type"] in {"websocket.close", "websocket.http.response.start"}:
            self.asked.set()
            await self.released.wait()
        await super().send(message)


async def open_slow(**keys):
    server = SlowServer()
    websocket = WebSocket(make_scope(**keys), server.receive, server.send)
    await websocket.accept()
    return websocket, server


async def cut_off(function, server):
    """Call a function that sends an end, and cancel it while the server is at it."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(function)
        await server.asked.wait()
        tasks.cancel_scope.cancel()
    server.released.set()


async def test_a_close_that_was_cut_off_can_be_repeated():
    websocket, server = await open_slow()
    await cut_off(lambda: websocket.close(4000, "first"), server)
    assert server.sent == [ACCEPT]
    assert not websocket.connected
    with pytest.raises(WebSocketStateError, match="already closed or denied"):
        await websocket.send_text("too late")
    with pytest.raises(WebSocketStateError, match="already closed or denied"):
        await websocket.receive_text()
    assert [text async for text in websocket.iter_text()] == []
    await websocket.close(4001, "second")
    await websocket.close(4002, "third")
    assert server.sent == [ACCEPT, {"type": "websocket.close", "code": 4000, "reason": "first"}]
    assert (websocket.close_code, websocket.close_reason) == (4000, "first")


async def test_a_denial_that_was_cut_off_can_be_finished():
    server = SlowServer()
    websocket = WebSocket(make_scope(**DENIAL), server.receive, server.send)
    await cut_off(lambda: websocket.send_denial_response(Response("No", 401)), server)
    assert server.sent == []
    await websocket.close()
    start, body = server.sent
    assert (start["status"], body["body"]) == (401, b"No")
    assert websocket.close_code is None


async def test_a_close_inside_of_a_cancelled_block_goes_out_behind_it():
    websocket, server = await open_websocket()
    async with websocket.until_closed():
        with anyio.CancelScope() as scope:
            scope.cancel()
            try:
                await anyio.sleep_forever()
            finally:
                await websocket.close(4000)
    assert server.sent == []
    await websocket.close()
    assert server.sent == [{"type": "websocket.close", "code": 4000, "reason": ""}]


async def test_of_two_tasks_that_close_the_second_waits_for_the_first():
    websocket, server = await open_slow()
    done = []

    async def close(code):
        await websocket.close(code)
        done.append(code)

    async with anyio.create_task_group() as tasks:
        for code in (4000, 4001, 4002):
            tasks.start_soon(close, code)
            await wait_all_tasks_blocked()
        assert done == []
        server.released.set()
    assert sorted(done) == [4000, 4001, 4002]
    assert server.sent == [ACCEPT, {"type": "websocket.close", "code": 4000, "reason": ""}]


async def test_of_two_tasks_that_close_the_second_takes_over_where_the_first_is_cancelled():
    websocket, server = await open_slow()
    first = anyio.CancelScope()

    async def close():
        with first:
            await websocket.close(4000)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(close)
        await server.asked.wait()
        tasks.start_soon(websocket.close, 4001)
        await wait_all_tasks_blocked()
        first.cancel()
        server.released.set()
    assert server.sent == [ACCEPT, {"type": "websocket.close", "code": 4000, "reason": ""}]


@pytest.mark.parametrize("speak", [*SENDERS, *RECEIVERS, lambda websocket: websocket.receive()])
async def test_who_speaks_while_another_task_closes_is_told_so_afterwards(speak):
    websocket, server = await open_slow()

    async def speak_meanwhile():
        await server.asked.wait()
        with pytest.raises(WebSocketStateError, match="already closed or denied"):
            await speak(websocket)
        told.set()

    told = anyio.Event()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(speak_meanwhile)
        tasks.start_soon(websocket.close, 4000)
        await wait_all_tasks_blocked()
        assert not told.is_set()
        server.released.set()
    assert told.is_set()
    assert server.sent == [ACCEPT, {"type": "websocket.close", "code": 4000, "reason": ""}]


@pytest.mark.parametrize("error", [*LOSSES, ValueError("the close has been sent")], ids=repr)
async def test_what_the_server_had_taken_before_it_was_cut_off_it_may_refuse(error):
    websocket, server = await open_slow()
    await cut_off(lambda: websocket.close(4000), server)
    server.error = error
    await websocket.close()
    assert (websocket.close_code, websocket.close_reason) == (4000, "")
    server.error = None
    await websocket.close()
    assert server.sent == [ACCEPT]


async def test_a_peer_that_leaves_after_a_close_was_cut_off_needs_none():
    websocket, server = await open_slow()

    async def listen():
        with pytest.raises(WebSocketDisconnect, match=r"^1001 bye$"):
            await websocket.receive_text()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        await wait_all_tasks_blocked()
        await cut_off(lambda: websocket.close(4000), server)
        server.say(left(code=1001, reason="bye"))
    await websocket.close()
    assert server.sent == [ACCEPT]
    await check_gone(websocket, 1001, "bye")


async def test_a_send_that_fails_after_a_close_was_cut_off_tells_of_the_loss():
    websocket, server = await open_slow()
    pushing = anyio.Event()

    async def push():
        with pytest.raises(WebSocketDisconnect, match=r"^1006$"):
            await websocket.send_text("more")

    slow = server.send

    async def send(message):
        if message["type"] == "websocket.send":
            await pushing.wait()
            raise OSError("gone")
        await slow(message)

    channel_of(websocket).raw_send = send
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(push)
        await wait_all_tasks_blocked()
        await cut_off(lambda: websocket.close(4000), server)
        pushing.set()
    await check_gone(websocket, 1006, "")
    assert server.sent == [ACCEPT]


async def test_an_accept_that_was_cut_off_can_be_repeated_or_turned_into_a_close():
    for again in ("accept", "close"):
        websocket, server = new_websocket(**DENIAL)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await websocket.accept()
        assert websocket.application_state is WebSocketState.CONNECTING
        with pytest.raises(WebSocketStateError, match="Need to call"):
            await websocket.send_text("hello")
        with pytest.raises(
            WebSocketStateError, match=r"but got 'websocket\.http\.response\.start'$"
        ):
            await websocket.send_denial_response(Response())
        await getattr(websocket, again)()
        assert server.sent == [{"accept": ACCEPT, "close": CLOSE}[again]]
        assert websocket.connected is (again == "accept")


async def test_only_one_task_accepts():
    accepting = anyio.Event()

    async def send(message):
        await accepting.wait()

    websocket = WebSocket(make_scope(), RecordingServer().receive, send)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(websocket.accept)
        await wait_all_tasks_blocked()
        assert not websocket.connected
        with pytest.raises(WebSocketStateError, match="already accepted"):
            await websocket.accept()
        accepting.set()
    assert websocket.connected


async def test_a_close_while_another_task_accepts_is_the_end():
    websocket, server = new_websocket()
    accepting = anyio.Event()

    async def send(message):
        if message["type"] == "websocket.accept":
            await accepting.wait()
        await server.send(message)

    channel_of(websocket).raw_send = send
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(websocket.accept)
        await wait_all_tasks_blocked()
        await websocket.close()
        accepting.set()
    assert server.sent == [CLOSE, ACCEPT]
    assert not websocket.connected
    assert websocket.close_code == 1000


async def test_a_close_sent_as_a_message_can_be_repeated_where_it_was_cut_off():
    websocket, server = await open_slow()
    message = {"type": "websocket.close", "code": 4000, "reason": "first"}
    await cut_off(lambda: websocket.send(message), server)
    await websocket.send({"type": "websocket.close"})
    assert server.sent == [ACCEPT, message]
    with pytest.raises(WebSocketStateError, match="already closed or denied"):
        await websocket.send({"type": "websocket.close"})


@pytest.mark.parametrize("error", [NotImplementedError(), OSError("gone")], ids=repr)
async def test_an_accept_that_fails_after_a_close_by_another_task(error):
    websocket, server = new_websocket()
    accepting = anyio.Event()

    async def send(message):
        if message["type"] == "websocket.accept":
            await accepting.wait()
            raise error
        await server.send(message)

    async def accept():
        with pytest.raises(WebSocketDisconnect, match=r"^4000$"):
            await websocket.accept()

    channel_of(websocket).raw_send = send
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(accept)
        await wait_all_tasks_blocked()
        await websocket.close(4000)
        accepting.set()
    assert server.sent == [{"type": "websocket.close", "code": 4000, "reason": ""}]
    assert websocket.close_code == 4000


async def test_an_accept_that_was_cut_off_after_the_server_had_it():
    websocket, server = new_websocket()
    accepting = anyio.Event()

    async def send(message):
        if server.sent and message["type"] == "websocket.accept":
            raise RuntimeError("It has been accepted already.")
        await server.send(message)
        await accepting.wait()

    channel_of(websocket).raw_send = send
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(websocket.accept)
        await wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    accepting.set()
    await websocket.accept()
    assert websocket.connected
    await websocket.close()
    assert server.sent == [ACCEPT, CLOSE]


async def test_a_close_waits_for_the_client_to_connect_once():
    server = RecordingServer()
    connect = server.messages.popleft()
    websocket = WebSocket(make_scope(), server.receive, server.send)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(websocket.close, 4000)
        await wait_all_tasks_blocked()
        tasks.start_soon(websocket.close, 4001)
        await wait_all_tasks_blocked()
        server.say(connect)
    assert server.sent == [{"type": "websocket.close", "code": 4000, "reason": ""}]


async def test_a_close_that_was_cut_off_before_the_client_connected_waits_for_that_again():
    server = RecordingServer()
    connect = server.messages.popleft()
    websocket = WebSocket(make_scope(), server.receive, server.send)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(websocket.close, 4000)
        await wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    server.say(connect)
    await websocket.close()
    assert not server.messages
    assert server.sent == [{"type": "websocket.close", "code": 4000, "reason": ""}]


async def test_a_peer_that_leaves_while_a_close_is_under_way_changes_nothing():
    websocket, server = await open_websocket()
    closing = anyio.Event()

    async def send(message):
        await closing.wait()

    channel_of(websocket).raw_send = send
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(websocket.receive)
        await wait_all_tasks_blocked()
        tasks.start_soon(websocket.close, 4000)
        await wait_all_tasks_blocked()
        server.say(left(code=1001))
        await wait_all_tasks_blocked()
        closing.set()
    assert websocket.close_code == 4000
    assert websocket.client_state is WebSocketState.CONNECTED


async def test_an_accept_that_fails_can_be_turned_into_a_close():
    websocket, server = new_websocket()
    server.error = LookupError("full moon")
    with pytest.raises(LookupError):
        await websocket.accept()
    assert not websocket.connected
    server.error = None
    await websocket.close()
    assert server.sent == [CLOSE]
