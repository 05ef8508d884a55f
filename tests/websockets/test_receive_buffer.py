"""Whenever a receive is cancelled, on a server that loses messages: none is lost, none comes twice.

What a block does for its user is tested in `test_websockets_scope`.
"""

import asyncio

import anyio
import anyio.lowlevel
import pytest
from anyio import wait_all_tasks_blocked
from hypothesis import given, settings
from hypothesis import strategies as st
from lossy_server import open_lossy
from patience import MOMENT
from recording_server import left, said_text

from duologue.websockets import WebSocketDisconnect, channel_of
from duologue.websockets._receive_buffer import ReceiveBuffer

TICKS = range(6)
WORDS = ["one", "two", "three"]


async def tick(count):
    for _ in range(count):
        await anyio.lowlevel.checkpoint()


async def read_the_rest(websocket, server, received):
    """Let the peer leave, and receive what has not been received yet."""
    server.say(left(code=1001))
    with anyio.fail_after(MOMENT):
        async for text in websocket.iter_text():
            received.append(text)
    assert websocket.close_code == 1001


async def receive_into(received, websocket):
    while True:
        received.append(await websocket.receive_text())


def test_the_server_of_these_tests_loses_messages():
    async def lose():
        websocket, server = await open_lossy()
        with anyio.move_on_after(0):
            await websocket.receive_text()
        server.say_texts("lost", "found")
        return await websocket.receive_text()

    assert anyio.run(lose) == "found"


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("say_after", TICKS)
@pytest.mark.parametrize("cancel_after", TICKS)
async def test_a_receive_is_cancelled_at_any_moment(cancel_after, say_after, late):
    websocket, server = await open_lossy()
    server.late = late
    received = []

    async def say():
        for word in WORDS:
            await tick(say_after)
            server.say_texts(word)

    async with websocket.until_closed(), anyio.create_task_group() as tasks:
        tasks.start_soon(say)
        for _ in range(4):
            async with anyio.create_task_group() as receivers:
                receivers.start_soon(receive_into, received, websocket)
                await tick(cancel_after)
                receivers.cancel_scope.cancel()
    assert received == WORDS[: len(received)]
    await read_the_rest(websocket, server, received)
    assert received == WORDS


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("say_after", TICKS)
@pytest.mark.parametrize("cancel_after", TICKS)
async def test_a_task_of_asyncio_that_receives_is_cancelled_at_any_moment(cancel_after, say_after):
    websocket, server = await open_lossy()
    received = []
    async with websocket.until_closed():
        for _ in range(4):
            task = asyncio.create_task(receive_into(received, websocket))
            for number in range(max(cancel_after, say_after) + 1):
                if number == say_after:
                    server.say_texts(*WORDS)
                if number == cancel_after:
                    task.cancel()
                await asyncio.sleep(0)
            await asyncio.wait([task])
    await read_the_rest(websocket, server, received)
    assert received == WORDS * 4


@pytest.mark.parametrize("end", ["body", "leave", "cancel"])
@pytest.mark.parametrize("say_after", TICKS)
@pytest.mark.parametrize("end_after", TICKS)
async def test_a_block_ends_at_any_moment(end_after, say_after, end):
    websocket, server = await open_lossy()
    received = []

    async def body(scope, *, task_status):
        with scope:
            async with websocket.until_closed():
                task_status.started()
                while end != "body" or len(received) < end_after:
                    received.append(await websocket.receive_text())

    async def say():
        for word in WORDS * 2:
            await tick(say_after)
            server.say_texts(word)

    async with anyio.create_task_group() as tasks:
        scope = anyio.CancelScope()
        await tasks.start(body, scope)
        tasks.start_soon(say)
        await tick(end_after)
        if end == "cancel":
            scope.cancel()
        elif end == "leave":
            channel_of(websocket).leave_blocks()
    await read_the_rest(websocket, server, received)
    assert received == WORDS * 2


async def test_a_receive_behind_the_block_takes_over_what_is_under_way():
    websocket, server = await open_lossy()
    received = []
    async with websocket.until_closed():
        await wait_all_tasks_blocked()
    for _ in range(3):
        with anyio.move_on_after(0):
            received.append(await websocket.receive_text())
    server.say_texts(*WORDS)
    await read_the_rest(websocket, server, received)
    assert received == WORDS


# Every order of what may happen, against a model that knows what was said and what was received.

steps = st.one_of(
    st.tuples(st.just("say"), st.integers(1, 3)),
    st.tuples(st.just("receive"), st.integers(1, 3)),
    st.tuples(st.just("cancel")),
    st.tuples(st.just("open"), st.sampled_from([1, 2, 16])),
    st.tuples(st.just("end a block")),
    st.tuples(st.just("cancel a block")),
    st.tuples(st.just("drain")),
    st.tuples(st.just("tick"), st.integers(1, 4)),
    st.tuples(st.just("settle")),
)


class Stage:
    """Does the steps: one receiver at a time, and blocks in tasks of their own."""

    def __init__(self, tasks, websocket, server):
        self.tasks = tasks
        self.websocket = websocket
        self.server = server
        self.said = []
        self.received = []
        self.receiver = None
        self.blocks = []

    async def receive(self, count, scope):
        with scope:
            for _ in range(count):
                try:
                    self.received.append(await self.websocket.receive_text())
                except WebSocketDisconnect:
                    break
        self.receiver = None

    async def stay(self, buffer, scope, over):
        with scope:
            async with self.websocket.until_closed(buffer):
                await over.wait()

    async def do(self, step, *arguments):
        if step == "say":
            words = [str(len(self.said) + number) for number in range(*arguments)]
            self.said += words
            self.server.say_texts(*words)
        elif step == "receive" and self.receiver is None:
            # Outside of a block the server loses what is cancelled: that is not the question here.
            if self.blocks:
                self.receiver = anyio.CancelScope()
                self.tasks.start_soon(self.receive, *arguments, self.receiver)
        elif step == "cancel" and self.receiver is not None:
            self.receiver.cancel()
        elif step == "open":
            scope, over = anyio.CancelScope(), anyio.Event()
            self.blocks.append((scope, over))
            self.tasks.start_soon(self.stay, *arguments, scope, over)
            await tick(5)
        elif step == "end a block" and len(self.blocks) > 1:
            self.blocks.pop()[1].set()
        elif step == "cancel a block" and len(self.blocks) > 1:
            self.blocks.pop(0)[0].cancel()
        elif step == "tick":
            await tick(*arguments)
        elif step == "settle":
            await tick(20)

    async def finish(self):
        if self.receiver is not None:
            self.receiver.cancel()
        while self.receiver is not None:
            await tick(1)
        for _, over in self.blocks:
            over.set()
        await read_the_rest(self.websocket, self.server, self.received)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@settings(max_examples=150)
@given(script=st.lists(steps, max_size=20), late=st.booleans())
def test_every_message_is_received_once_and_in_order(backend, script, late):
    async def run():
        websocket, server = await open_lossy()
        server.late = late
        async with anyio.create_task_group() as tasks:
            stage = Stage(tasks, websocket, server)
            await stage.do("open", 16)
            for step in script:
                await stage.do(*step)
                assert stage.received == stage.said[: len(stage.received)]
            await stage.finish()
        assert stage.received == stage.said
        await tick(5)
        assert server.receiving == 0

    anyio.run(run, backend=backend)


async def test_a_task_that_has_not_begun_may_have_nothing_to_do():
    websocket, server = await open_lossy(said_text("one"))
    async with websocket.until_closed():
        pass
    await wait_all_tasks_blocked()
    assert server.received == 0
    assert await websocket.receive_text() == "one"


# A peer that says more than anybody reads.


async def test_a_buffer_that_stands_full_ends_the_conversation():
    websocket, server = await open_lossy(*[said_text("hello")] * 17)
    with anyio.fail_after(MOMENT):
        async with websocket.until_closed(full_seconds=0.01):
            await anyio.sleep_forever()
    reason = "No queued message was read for 0.01 seconds."
    assert (websocket.close_code, websocket.close_reason) == (1008, reason)
    assert server.sent == [{"type": "websocket.close", "code": 1008, "reason": reason}]
    assert [text async for text in websocket.iter_text()] == ["hello"] * 16
    with pytest.raises(WebSocketDisconnect):
        await websocket.send_text("too late")


async def test_a_peer_that_cannot_be_told_is_given_up_all_the_same():
    websocket, server = await open_lossy(said_text("hello"))
    server.error = OSError("reset")
    with anyio.fail_after(MOMENT):
        async with websocket.until_closed(buffer=1, full_seconds=0.01):
            await anyio.sleep_forever()
    await wait_all_tasks_blocked()
    assert websocket.close_code == 1008
    assert server.sent == []


async def test_a_peer_that_takes_no_close_frame_does_not_hold_the_block(monkeypatch):
    monkeypatch.setattr("duologue.websockets._receive_buffer._CLOSE_SECONDS", 0.01)
    websocket, server = await open_lossy(said_text("hello"))

    async def wait(message):
        await anyio.sleep_forever()

    channel_of(websocket).raw_send = wait
    with anyio.fail_after(MOMENT):
        async with websocket.until_closed(buffer=1, full_seconds=0.01):
            await anyio.sleep_forever()
    assert websocket.close_code == 1008
    assert server.sent == []


async def test_a_buffer_may_stand_full_as_long_as_it_takes():
    websocket, server = await open_lossy(said_text("hello"))
    impatient = websocket.until_closed(buffer=1, full_seconds=0.001)
    async with websocket.until_closed(buffer=1, full_seconds=None), impatient:
        await anyio.sleep(0.02)
        assert websocket.connected
        assert await websocket.receive_text() == "hello"
    assert server.sent == []


async def test_with_each_message_that_is_taken_out_the_time_begins_anew(monkeypatch):
    begun = []

    def begin(buffer):
        begun.append(buffer)
        return await_change(buffer)

    await_change = ReceiveBuffer._await_change
    monkeypatch.setattr(ReceiveBuffer, "_await_change", begin)
    websocket, _ = await open_lossy(*map(said_text, "abc"))
    async with websocket.until_closed(buffer=1):
        for number, text in enumerate("abc", 1):
            await wait_all_tasks_blocked()
            assert len(begun) == number
            assert await websocket.receive_text() == text
        await wait_all_tasks_blocked()
    assert len(begun) == 3


async def test_who_closes_when_the_time_is_over_sends_one_close(monkeypatch):
    over = anyio.Event()

    async def wait_for_the_end(_):
        await over.wait()
        return False

    monkeypatch.setattr(ReceiveBuffer, "_await_change", wait_for_the_end)
    websocket, server = await open_lossy(said_text("hello"))
    async with websocket.until_closed(buffer=1):
        await wait_all_tasks_blocked()
        over.set()
        await websocket.close(4000, "bye")
    await wait_all_tasks_blocked()
    assert [message["code"] for message in server.sent] == [4000]


@pytest.mark.parametrize("long", ["x" * 10, "é" * 5, b"x" * 10])
async def test_a_buffer_is_full_when_it_has_its_bytes(long):
    message = {"type": "websocket.receive", "text" if isinstance(long, str) else "bytes": long}
    websocket, server = await open_lossy(*[message] * 5)
    async with websocket.until_closed(buffer_bytes=15):
        await wait_all_tasks_blocked()
        assert server.received == 2
        await websocket.receive()
        await wait_all_tasks_blocked()
        assert server.received == 3


async def test_a_block_that_discards_takes_over_from_a_full_one():
    websocket, server = await open_lossy(*map(said_text, "abcd"))
    async with websocket.until_closed(buffer=2):
        await wait_all_tasks_blocked()
        assert server.received == 2
        websocket_is_open = websocket.connected
    async with websocket.until_closed(discard=True):
        await wait_all_tasks_blocked()
        assert server.received == 4
    assert websocket_is_open
    assert [await websocket.receive_text() for _ in range(2)] == ["a", "b"]


@pytest.mark.parametrize("keys", [{"buffer_bytes": 0}, {"full_seconds": 0}])
async def test_a_buffer_without_bytes_or_time_is_an_error(keys):
    websocket, _ = await open_lossy()
    with pytest.raises(ValueError):
        websocket.until_closed(**keys)
