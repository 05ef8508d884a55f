"""Blocks that last until the peer leaves: `async with websocket.until_closed()`."""

import asyncio
import gc

import anyio
import anyio.lowlevel
import pytest
from anyio import wait_all_tasks_blocked
from lossy_server import LossyServer, open_lossy
from patience import MOMENT
from recording_server import (
    CLOSE,
    ENDED,
    ITERATORS,
    NOT_ACCEPTED,
    RECEIVERS,
    SENDERS,
    check_gone,
    left,
    make_scope,
    said_bytes,
    said_text,
)

from duologue.exceptions import UnsupportedDataError, WebSocketDisconnect, WebSocketStateError
from duologue.testclient import AsyncTestClient
from duologue.websockets import WebSocket, channel_of

RECEIVING_ALREADY = (
    "Another task is already receiving from this WebSocket. Open until_closed() before that task "
    "begins to receive."
)


class Play:
    """Runs a body in a block, and tells how far it has come."""

    def __init__(self, websocket, **options):
        self.websocket = websocket
        self.options = options
        self.story = []
        self.scope = anyio.CancelScope()

    async def run(self, body=anyio.sleep_forever):
        with anyio.fail_after(MOMENT), self.scope:
            async with self.websocket.until_closed(**self.options):
                self.story.append("in")
                try:
                    await body()
                except anyio.get_cancelled_exc_class():
                    self.story.append("cancelled")
                    raise
                self.story.append("done")
            self.story.append("behind")


# The peer leaves.


async def test_the_body_is_cancelled_when_the_peer_leaves():
    websocket, server = await open_lossy()
    play = Play(websocket)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.run)
        await wait_all_tasks_blocked()
        assert play.story == ["in"]
        server.say(left(code=1001, reason="bye"))
        await wait_all_tasks_blocked()
        assert play.story == ["in", "cancelled", "behind"]
    await check_gone_but_for_the_end(websocket, 1001, "bye")


async def check_gone_but_for_the_end(websocket, code, reason):
    """Check that the peer is gone; the end itself has not been received yet."""
    assert not websocket.connected
    assert (websocket.close_code, websocket.close_reason) == (code, reason)
    with pytest.raises(WebSocketDisconnect):
        await websocket.receive_text()
    await check_gone(websocket, code, reason)


async def test_the_peer_may_have_left_before_the_block():
    websocket, _ = await open_lossy(left(code=1001))
    play = Play(websocket)
    await play.run()
    assert play.story == ["in", "cancelled", "behind"]
    await check_gone_but_for_the_end(websocket, 1001, "")


async def test_a_body_that_never_waits_is_not_disturbed():
    websocket, server = await open_lossy(left(code=1001))
    async with websocket.until_closed():
        pass
    assert websocket.connected
    await wait_all_tasks_blocked()
    assert server.received == 0
    with pytest.raises(WebSocketDisconnect, match=r"^1001$"):
        await websocket.receive_text()


async def test_a_body_that_ends_by_itself_leaves_the_conversation_as_it_is():
    websocket, server = await open_lossy()
    play = Play(websocket)
    await play.run(wait_all_tasks_blocked)
    assert play.story == ["in", "done", "behind"]
    assert websocket.connected
    await websocket.send_text("hello")
    server.say_texts("hi")
    assert await websocket.receive_text() == "hi"
    await websocket.close()
    assert server.sent == [said_text("hello") | {"type": "websocket.send"}, CLOSE]


@pytest.mark.parametrize("send", SENDERS)
async def test_a_send_that_finds_the_peer_gone_ends_the_block(send):
    websocket, server = await open_lossy()
    server.error = OSError("gone")
    play = Play(websocket)
    await play.run(lambda: send(websocket))
    assert play.story == ["in", "behind"]
    await wait_all_tasks_blocked()
    assert server.receiving == 0
    await check_gone_but_for_the_end(websocket, 1006, "")


async def test_the_other_tasks_of_a_body_end_with_a_send_that_finds_the_peer_gone():
    websocket, server = await open_lossy()
    server.error = OSError("gone")

    async def send():
        with pytest.raises(WebSocketDisconnect):
            await websocket.send_text("hello")

    play = Play(websocket)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.run)
        await wait_all_tasks_blocked()
        tasks.start_soon(send)
    assert play.story == ["in", "cancelled", "behind"]
    assert websocket.close_code == 1006


async def test_a_body_that_goes_on_after_a_send_has_failed_is_cancelled():
    websocket, server = await open_lossy()
    server.error = OSError("gone")

    async def body():
        with pytest.raises(WebSocketDisconnect):
            await websocket.send_text("hello")
        await anyio.sleep_forever()

    play = Play(websocket)
    await play.run(body)
    assert play.story == ["in", "cancelled", "behind"]


async def test_a_send_that_fails_after_the_peer_has_left_says_nothing_new():
    websocket, server = await open_lossy()
    bell = anyio.Event()

    async def send(message):
        with anyio.CancelScope(shield=True):
            await bell.wait()
        raise OSError("gone")

    channel_of(websocket).raw_send = send
    play = Play(websocket)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.run, lambda: websocket.send_text("hello"))
        await wait_all_tasks_blocked()
        server.say(left(code=1001))
        await wait_all_tasks_blocked()
        bell.set()
    assert play.story == ["in", "behind"]
    assert await websocket.receive() == left(code=1001)
    with pytest.raises(WebSocketDisconnect):
        await websocket.receive()
    await check_gone(websocket, 1001, "")


async def test_a_failed_close_ends_the_block_of_another_task():
    websocket, server = await open_lossy()
    server.error = OSError("gone")
    play = Play(websocket)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.run)
        await wait_all_tasks_blocked()
        await websocket.close()
    assert play.story == ["in", "cancelled", "behind"]
    assert await websocket.receive() == left(code=1006, reason="")
    with pytest.raises(WebSocketDisconnect):
        await websocket.receive()
    await check_gone(websocket, 1006, "")


async def test_the_body_hears_of_the_end_in_a_receive_too():
    websocket, server = await open_lossy()
    play = Play(websocket)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.run, websocket.receive_text)
        await wait_all_tasks_blocked()
        server.say(left(code=1001))
    assert play.story == ["in", "behind"]
    await check_gone(websocket, 1001, "")


async def test_a_task_group_in_the_body_ends_quietly_too():
    websocket, server = await open_lossy()
    ended = []

    async def listen():
        async for _ in websocket.iter_text():
            pass
        ended.append("listen")

    async def talk():
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("talk")

    async with anyio.create_task_group() as outer:

        async def body():
            async with websocket.until_closed(), anyio.create_task_group() as tasks:
                tasks.start_soon(listen)
                tasks.start_soon(talk)

        outer.start_soon(body)
        await wait_all_tasks_blocked()
        server.say(left())
    assert sorted(ended) == ["listen", "talk"]


async def test_disconnects_in_a_group_end_the_block_quietly():
    websocket, server = await open_lossy()
    server.error = OSError("gone")
    async with websocket.until_closed(), anyio.create_task_group() as tasks:
        tasks.start_soon(websocket.send_text, "one")
        tasks.start_soon(websocket.send_text, "two")
    assert websocket.close_code == 1006


# What the body raises.


@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize(
    "error",
    [
        LookupError("full moon"),
        ExceptionGroup("two", [LookupError("full moon"), WebSocketDisconnect()]),
        TimeoutError(),
        WebSocketStateError("a mistake"),
        KeyboardInterrupt(),
    ],
)
async def test_what_the_body_raises_comes_out_as_it_is(error, gone):
    websocket, server = await open_lossy()
    with pytest.raises(type(error)) as raised:
        async with websocket.until_closed():
            if gone:
                server.say(left())
                try:
                    await anyio.sleep_forever()
                finally:
                    raise error
            raise error
    if isinstance(error, ExceptionGroup):  # trio makes a new one
        assert raised.value.exceptions == error.exceptions
    else:
        assert raised.value is error
    assert websocket.connected is not gone


async def test_the_disconnect_of_another_websocket_is_another_matter():
    websocket, _ = await open_lossy()
    error = WebSocketDisconnect(1001)
    with pytest.raises(WebSocketDisconnect) as raised:
        async with websocket.until_closed():
            raise error
    assert raised.value is error


# Cancellation from outside.


@pytest.mark.parametrize("order", ["cancel", "cancel leave", "leave cancel", "leave tick cancel"])
async def test_cancellation_from_outside_passes_through(order):
    websocket, server = await open_lossy()
    play = Play(websocket)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.run)
        await wait_all_tasks_blocked()
        for step in order.split():
            if step == "leave":
                server.say(left())
            elif step == "tick":
                await anyio.lowlevel.checkpoint()
            else:
                play.scope.cancel()
        await wait_all_tasks_blocked()
    assert play.story[:2] == ["in", "cancelled"]
    if order != "leave tick cancel":
        assert play.story == ["in", "cancelled"]
        assert play.scope.cancelled_caught
    assert websocket.connected is (order == "cancel")


@pytest.mark.parametrize("ticks", range(6))
@pytest.mark.parametrize("receives", [False, True])
async def test_cancellation_from_outside_wins_whenever_it_comes(ticks, receives):
    websocket, server = await open_lossy()
    ends = []

    async def body(scope):
        with scope:
            async with websocket.until_closed():
                if receives:
                    async for _ in websocket.iter_text():
                        pass
                else:
                    await anyio.sleep_forever()
            ends.append("behind")
            await anyio.lowlevel.checkpoint()
            ends.append("alive")
        ends.append("out")

    async with anyio.create_task_group() as tasks:
        scope = anyio.CancelScope()
        tasks.start_soon(body, scope)
        await wait_all_tasks_blocked()
        server.say(left())
        for _ in range(ticks):
            await anyio.lowlevel.checkpoint()
        scope.cancel()
    assert ends in (["out"], ["behind", "out"], ["behind", "alive", "out"])
    assert scope.cancelled_caught is ("alive" not in ends)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("ticks", range(6))
async def test_the_cancellation_of_a_task_of_asyncio_is_not_swallowed(ticks):
    websocket, server = await open_lossy()
    ends = []

    async def body():
        async with websocket.until_closed():
            await anyio.sleep_forever()
        ends.append("behind")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        ends.append("alive")

    task = asyncio.create_task(body())
    await wait_all_tasks_blocked()
    server.say(left())
    for _ in range(ticks):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() is ("alive" not in ends)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_time_limit_of_asyncio_around_the_block():
    websocket, _ = await open_lossy()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), websocket.until_closed():
            await asyncio.sleep(60)
    assert websocket.connected


async def test_a_shielded_part_of_the_body_is_finished_first():
    websocket, server = await open_lossy()
    bell = anyio.Event()
    received = []

    async def body():
        with anyio.CancelScope(shield=True):
            await bell.wait()
            received.append("bell")
        await anyio.lowlevel.checkpoint()
        received.append("more")

    play = Play(websocket)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.run, body)
        await wait_all_tasks_blocked()
        server.say(left())
        await wait_all_tasks_blocked()
        assert not websocket.connected
        bell.set()
    assert received == ["bell"]
    assert play.story == ["in", "cancelled", "behind"]


# Messages wait, in order.


async def test_messages_wait_for_receives_in_the_block_and_behind_it():
    websocket, server = await open_lossy(said_text("one"), said_bytes(b"two"), said_text("3"))
    async with websocket.until_closed():
        await wait_all_tasks_blocked()
        assert server.received == 3
        assert await websocket.receive_text() == "one"
        with pytest.raises(UnsupportedDataError):
            await websocket.receive_text()
    server.say_texts("four", "five")
    assert await websocket.receive_json() == 3
    assert await websocket.receive() == said_text("four")
    assert await websocket.receive_text() == "five"


async def test_what_came_before_the_peer_left_can_be_received_behind_the_block():
    websocket, _ = await open_lossy(
        said_text("one"), said_text("2"), said_text("3"), left(code=1001)
    )
    play = Play(websocket)
    await play.run()
    assert play.story == ["in", "cancelled", "behind"]
    assert (websocket.connected, websocket.close_code) == (False, 1001)
    with pytest.raises(WebSocketDisconnect, match=r"^1001$"):
        await websocket.send_text("hello")
    assert await websocket.receive_text() == "one"
    assert await websocket.receive_json() == 2
    assert [text async for text in websocket.iter_text()] == ["3"]
    await check_gone(websocket, 1001, "")


@pytest.mark.parametrize("receive", RECEIVERS)
async def test_behind_the_block_a_receive_hears_that_the_peer_has_left(receive):
    websocket, _ = await open_lossy(left(code=1001))
    await Play(websocket).run()
    with pytest.raises(WebSocketDisconnect, match=r"^1001$"):
        await receive(websocket)
    await check_gone(websocket, 1001, "")


@pytest.mark.parametrize("iterate", ITERATORS)
async def test_behind_the_block_an_iteration_ends(iterate):
    websocket, _ = await open_lossy(left(code=1001))
    await Play(websocket).run()
    assert [message async for message in iterate(websocket)] == []
    await check_gone(websocket, 1001, "")


async def test_raw_messages_behind_the_block_end_with_the_disconnect():
    end = left(code=1001, reason="bye")
    websocket, _ = await open_lossy(said_text("one"), end)
    await Play(websocket).run()
    assert [await websocket.receive(), await websocket.receive()] == [said_text("one"), end]
    await check_gone(websocket, 1001, "bye")


async def test_what_waits_can_be_read_after_a_send_that_failed():
    websocket, server = await open_lossy(said_text("one"))
    async with websocket.until_closed():
        await wait_all_tasks_blocked()
        server.error = OSError("gone")
        await websocket.send_text("hello")
    assert await websocket.receive_text() == "one"
    assert await websocket.receive() == left(code=1006, reason="")
    await check_gone(websocket, 1006, "")


async def test_an_iteration_in_the_block_gets_all_that_came_before_the_peer_left():
    websocket, server = await open_lossy()
    received = []

    async def body():
        received.extend([text async for text in websocket.iter_text()])

    play = Play(websocket)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.run, body)
        await wait_all_tasks_blocked()
        server.say_texts("one", "two", "three")
        server.say(left())
    assert received == ["one", "two", "three"]
    assert play.story == ["in", "done", "behind"]


async def test_a_task_beside_the_block_is_not_disturbed():
    websocket, server = await open_lossy()
    stored = []

    async def store():
        async for text in websocket.iter_text():
            await wait_all_tasks_blocked()
            stored.append(text)

    async with anyio.create_task_group() as tasks:

        async def talk():
            async with websocket.until_closed():
                tasks.start_soon(store)
                await anyio.sleep_forever()

        tasks.start_soon(talk)
        await wait_all_tasks_blocked()
        server.say_texts("one", "two", "three")
        server.say(left(code=1001))
    assert stored == ["one", "two", "three"]
    await check_gone(websocket, 1001, "")


async def test_a_full_buffer_stops_reading():
    websocket, server = await open_lossy(*map(said_text, "abcde"), left(code=1001))
    received = []

    async def body():
        await wait_all_tasks_blocked()
        assert server.received == 2
        for room in range(3, 7):
            received.append(await websocket.receive_text())
            await wait_all_tasks_blocked()
            assert server.received == min(room, 6)
            assert websocket.connected is (room < 6)

    play = Play(websocket, buffer=2)
    await play.run(body)
    assert play.story == ["in", "cancelled", "behind"]
    assert received == ["a", "b", "c", "d"]
    assert await websocket.receive_text() == "e"
    await check_gone_but_for_the_end(websocket, 1001, "")


async def test_sixteen_messages_wait_by_default():
    websocket, server = await open_lossy(*[said_text("hello")] * 20)
    async with websocket.until_closed():
        await wait_all_tasks_blocked()
        assert server.received == 16


async def test_discarding_throws_away_what_nobody_waits_for():
    websocket, server = await open_lossy(*map(said_text, "abc"))
    received = []

    async def body():
        await wait_all_tasks_blocked()
        assert server.received == 3
        received.append(await websocket.receive_text())
        await wait_all_tasks_blocked()
        received.append(await websocket.receive_text())

    play = Play(websocket, discard=True)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.run, body)
        await wait_all_tasks_blocked()
        server.say_texts("d", "e", "f")
        await wait_all_tasks_blocked()
        server.say_texts("g")
        server.say(left(code=1001))
    assert received == ["d", "g"]
    assert server.received == 8
    await check_gone_but_for_the_end(websocket, 1001, "")


async def test_discarding_keeps_what_waited_before_and_what_comes_behind_the_block():
    websocket, server = await open_lossy(said_text("before"))
    async with websocket.until_closed():
        await wait_all_tasks_blocked()
    async with websocket.until_closed(discard=True):
        server.say_texts("meanwhile")
        await wait_all_tasks_blocked()
    server.say_texts("behind")
    assert [await websocket.receive_text() for _ in range(2)] == ["before", "behind"]


@pytest.mark.parametrize("buffer", [0, -1])
async def test_a_buffer_without_room_is_an_error(buffer):
    websocket, _ = await open_lossy()
    with pytest.raises(ValueError) as raised:
        websocket.until_closed(buffer)
    assert str(raised.value) == (
        f"A buffer holds at least one message, not {buffer}. "
        "To keep none, write until_closed(discard=True)."
    )


@pytest.mark.parametrize("argument", ["buffer", "buffer_bytes", "full_seconds"])
@pytest.mark.parametrize("value", ["16", [], None])
async def test_a_buffer_is_measured_in_numbers(argument, value):
    websocket, _ = await open_lossy()
    if value is None and argument == "full_seconds":
        async with websocket.until_closed(full_seconds=None):
            return
    with pytest.raises(TypeError) as raised:
        websocket.until_closed(**{argument: value})
    assert str(raised.value) == f"{argument} is a number, not {value!r}."


# When a block can be opened.


async def test_before_accepting_it_is_an_error():
    server = LossyServer()
    websocket = WebSocket(make_scope(), server.receive, server.send)
    block = websocket.until_closed()
    with pytest.raises(WebSocketStateError) as raised:
        await block.__aenter__()
    assert str(raised.value) == NOT_ACCEPTED
    block = websocket.until_closed()
    await websocket.accept()
    async with block:
        pass


async def test_after_closing_it_is_an_error():
    websocket, _ = await open_lossy()
    await websocket.close()
    with pytest.raises(WebSocketStateError) as raised:
        async with websocket.until_closed():
            raise AssertionError
    assert str(raised.value) == ENDED


async def test_when_the_peer_is_known_to_be_gone_it_says_so():
    websocket, _ = await open_lossy(left(code=1001))
    await Play(websocket).run()
    with pytest.raises(WebSocketDisconnect, match=r"^1001$"):
        async with websocket.until_closed():
            raise AssertionError


@pytest.mark.parametrize("again", [False, True])
async def test_it_is_too_late_when_another_task_is_receiving(again):
    websocket, server = await open_lossy()
    if again:
        async with websocket.until_closed():
            pass
        await wait_all_tasks_blocked()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(websocket.receive_text)
        await wait_all_tasks_blocked()
        with pytest.raises(WebSocketStateError) as raised:
            async with websocket.until_closed():
                raise AssertionError
        assert str(raised.value) == RECEIVING_ALREADY
        server.say_texts("hello")
    async with websocket.until_closed():
        pass


async def test_a_receive_that_began_in_a_block_is_not_in_the_way_of_the_next():
    websocket, server = await open_lossy()
    received = []

    async def listen():
        received.append(await websocket.receive_text())

    async with anyio.create_task_group() as tasks:
        async with websocket.until_closed():
            tasks.start_soon(listen)
            await wait_all_tasks_blocked()
        await wait_all_tasks_blocked()
        async with websocket.until_closed():
            server.say_texts("hello")
            await wait_all_tasks_blocked()
    assert received == ["hello"]


async def test_a_receive_that_began_in_a_block_waits_on_behind_it():
    websocket, server = await open_lossy()
    async with anyio.create_task_group() as tasks:
        async with websocket.until_closed():
            tasks.start_soon(websocket.receive_text)
        await wait_all_tasks_blocked()
        assert server.receiving == 1
        server.say_texts("hello")
    assert server.received == 1


async def test_blocks_can_stand_in_each_other():
    websocket, server = await open_lossy(*map(said_text, "abc"))
    story = []

    async def body():
        async with websocket.until_closed(buffer=1):
            async with websocket.until_closed(buffer=3):
                await wait_all_tasks_blocked()
                story.append(server.received)
            story.append("between")
            await wait_all_tasks_blocked()
            story.append(server.received)
            server.say(left())
            for letter in "abc":
                assert await websocket.receive_text() == letter
            async with websocket.until_closed(discard=True):
                await anyio.sleep_forever()
            await anyio.lowlevel.checkpoint()
            story.append("alive")
        story.append("behind")

    with anyio.fail_after(MOMENT):
        await body()
    assert story == [3, "between", 3, "behind"]


async def test_blocks_of_several_tasks_all_end():
    websocket, server = await open_lossy()
    plays = [Play(websocket), Play(websocket, discard=True), Play(websocket, buffer=1)]
    async with anyio.create_task_group() as tasks:
        for play in plays:
            tasks.start_soon(play.run)
        await wait_all_tasks_blocked()
        server.say_texts("one", "two")
        server.say(left())
    assert [play.story for play in plays] == [["in", "cancelled", "behind"]] * 3
    assert [text async for text in websocket.iter_text()] == ["one", "two"]


async def test_two_tasks_still_cannot_receive_at_once():
    websocket, server = await open_lossy()
    async with websocket.until_closed(), anyio.create_task_group() as tasks:
        tasks.start_soon(websocket.receive_text)
        await wait_all_tasks_blocked()
        with pytest.raises(WebSocketStateError, match="Let one task receive"):
            await websocket.receive_text()
        server.say_texts("hello")


# This side ends it.


async def test_a_close_by_another_task_ends_the_block():
    websocket, server = await open_lossy()
    play = Play(websocket)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.run)
        await wait_all_tasks_blocked()
        await websocket.close(3001, "enough")
    assert play.story == ["in", "cancelled", "behind"]
    assert (websocket.close_code, websocket.close_reason) == (3001, "enough")
    await wait_all_tasks_blocked()
    assert server.receiving == 0


async def test_a_receive_in_the_block_hears_of_a_close_by_another_task():
    websocket, _ = await open_lossy()
    received = []

    async def body():
        received.append(await websocket.receive())

    play = Play(websocket)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.run, body)
        await wait_all_tasks_blocked()
        await websocket.close(3001, "enough")
    assert received == [left(code=3001, reason="enough")]


async def test_a_send_that_comes_too_late_for_a_close_by_another_task_is_no_mistake():
    websocket, _ = await open_lossy()
    ready = anyio.Event()

    async def body():
        await ready.wait()
        await websocket.send_text("too late")

    play = Play(websocket)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.run, body)
        await wait_all_tasks_blocked()

        channel_of(websocket).raw_send = returns_at_once
        ready.set()
        await websocket.close()
    assert play.story == ["in", "behind"]


async def returns_at_once(message):
    pass


async def test_a_body_that_closes_itself_goes_on():
    websocket, server = await open_lossy()

    async def body():
        await websocket.close(3001)
        await wait_all_tasks_blocked()
        assert server.receiving == 0

    play = Play(websocket)
    await play.run(body)
    assert play.story == ["in", "done", "behind"]


async def test_a_send_after_its_own_close_is_a_mistake_of_the_body():
    websocket, _ = await open_lossy()
    with pytest.raises(WebSocketStateError) as raised:
        async with websocket.until_closed():
            await websocket.close()
            await websocket.send_text("hello")
    assert str(raised.value) == ENDED


async def test_the_servers_word_on_a_close_does_not_cancel_who_closes():
    websocket, server = await open_lossy()
    story = []

    async def send(message):
        server.say(left(code=1006))  # before the close frame is out
        await wait_all_tasks_blocked()
        story.append("sent")

    channel_of(websocket).raw_send = send
    async with websocket.until_closed():
        await wait_all_tasks_blocked()
        await websocket.close(3001)
        story.append("closed")
    assert story == ["sent", "closed"]
    assert websocket.close_code == 3001


async def test_nothing_is_received_once_a_close_is_under_way():
    websocket, server = await open_lossy()

    async def send(message):
        assert not server.receiving  # granian would not send it
        server.say_texts("too late", "far too late")
        await wait_all_tasks_blocked()
        assert server.received == 0

    channel_of(websocket).raw_send = send
    async with websocket.until_closed():
        await wait_all_tasks_blocked()
        await websocket.close()
    await wait_all_tasks_blocked()
    assert server.received == 0
    with pytest.raises(WebSocketStateError):
        await websocket.receive_text()


async def test_an_error_of_the_servers_receive_after_a_close_is_nobodys():
    websocket, server = await open_lossy()

    async def send(message):
        server.say(RuntimeError("Cannot call receive after the end."))
        await wait_all_tasks_blocked()

    channel_of(websocket).raw_send = send
    async with websocket.until_closed():
        await wait_all_tasks_blocked()
        await websocket.close()


async def test_a_graceful_shutdown_ends_the_blocks_and_leaves_time_to_send():
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        open_websockets.append(websocket)
        await websocket.accept()
        async with websocket.until_closed():
            await anyio.sleep_forever()
        if websocket.connected:
            await websocket.send_text("We are back in a minute.")
            await websocket.close(1012)

    open_websockets = []
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        assert channel_of(open_websockets[0]).leave_blocks()
        assert await session.receive_text() == "We are back in a minute."
        with pytest.raises(WebSocketDisconnect, match=r"^1012$"):
            await session.receive_text()


async def test_a_graceful_shutdown_learns_that_there_is_no_block():
    websocket, _ = await open_lossy()
    assert not channel_of(websocket).leave_blocks()
    async with websocket.until_closed():
        assert channel_of(websocket).leave_blocks()
    assert not channel_of(websocket).leave_blocks()


# The server's receive fails.


async def test_an_error_of_the_servers_receive_comes_out_of_the_block():
    websocket, server = await open_lossy()
    error = LookupError("full moon")
    play, other = Play(websocket), Play(websocket)
    async with anyio.create_task_group() as tasks:

        async def run(play):
            with pytest.raises(LookupError) as raised:
                await play.run()
            assert raised.value is error

        tasks.start_soon(run, play)
        tasks.start_soon(run, other)
        await wait_all_tasks_blocked()
        server.say(error)
    assert play.story == other.story == ["in", "cancelled"]
    server.say_texts("hello")
    assert await websocket.receive_text() == "hello"


async def test_who_is_receiving_gets_the_error_of_the_servers_receive():
    websocket, server = await open_lossy()
    received = []

    async def body():
        with pytest.raises(LookupError, match="full moon"):
            await websocket.receive_text()
        await wait_all_tasks_blocked()
        assert server.receiving == 1  # again
        received.append(await websocket.receive_text())

    play = Play(websocket)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.run, body)
        await wait_all_tasks_blocked()
        server.say(LookupError("full moon"))
        await wait_all_tasks_blocked()
        server.say_texts("hello")
    assert received == ["hello"]
    assert play.story == ["in", "done", "behind"]


async def test_no_message_is_lost_in_what_a_body_still_does_after_such_an_error():
    websocket, server = await open_lossy()
    received = []

    async def body():
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                with anyio.move_on_after(0):
                    await websocket.receive_text()
                server.say_texts("hello")
                received.append(await websocket.receive_text())

    async with anyio.create_task_group() as tasks:

        async def run():
            with pytest.raises(LookupError, match="full moon"):
                await Play(websocket).run(body)

        tasks.start_soon(run)
        await wait_all_tasks_blocked()
        server.say(LookupError("full moon"))
    assert received == ["hello"]


async def test_the_error_of_a_receive_that_was_under_way_waits_behind_the_block():
    websocket, server = await open_lossy()
    async with websocket.until_closed():
        await wait_all_tasks_blocked()
    server.say(LookupError("full moon"))
    await wait_all_tasks_blocked()
    with pytest.raises(LookupError, match="full moon"):
        await websocket.receive_text()


async def test_what_the_body_raises_comes_before_an_error_of_the_servers_receive():
    websocket, server = await open_lossy()
    with pytest.raises(ValueError, match="mine"):
        async with websocket.until_closed():
            server.say(LookupError("full moon"))
            try:
                await anyio.sleep_forever()
            finally:
                raise ValueError("mine")


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_server_that_cancels_its_own_receive_has_given_the_client_up():
    websocket, server = await open_lossy()
    play = Play(websocket)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.run)
        await wait_all_tasks_blocked()
        server.say(asyncio.CancelledError())
    assert play.story == ["in", "cancelled", "behind"]
    await check_gone_but_for_the_end(websocket, 1006, "")


# A WebSocket that stands on another one.


async def stack():
    lower, server = await open_lossy()
    upper = WebSocket(lower.scope, lower.receive, lower.send)
    server.say({"type": "websocket.connect"})
    channel_of(upper).phase = channel_of(lower).phase
    server.messages.clear()
    return upper, lower, server


async def test_a_block_of_a_websocket_that_stands_on_another_one():
    upper, lower, server = await stack()
    play = Play(upper)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.run)
        await wait_all_tasks_blocked()
        server.say_texts("hello")
        server.say(left(code=1001, reason="bye"))
    assert play.story == ["in", "cancelled", "behind"]
    assert await upper.receive_text() == "hello"
    await check_gone_but_for_the_end(upper, 1001, "bye")
    await check_gone(lower, 1001, "bye")


async def test_a_block_ends_where_the_websocket_below_knows_that_the_peer_has_left():
    upper, lower, server = await stack()
    server.say(left(code=1001, reason="bye"))
    with pytest.raises(WebSocketDisconnect):
        await lower.receive_text()
    play = Play(upper)
    await play.run()
    assert play.story == ["in", "cancelled", "behind"]
    await check_gone_but_for_the_end(upper, 1001, "bye")


# Nothing stays behind.


@pytest.mark.parametrize("end", ["close", "leave", "fail", "drop", "drop the loop"])
async def test_nothing_stays_behind(end):
    websocket, server = await open_lossy()
    async with websocket.until_closed():
        await wait_all_tasks_blocked()
    assert server.receiving == 1
    if end == "close":
        await websocket.close()
    elif end == "leave":
        server.say(left())
    elif end == "fail":
        server.error = OSError()
        with pytest.raises(WebSocketDisconnect):
            await websocket.send_text("hello")
    elif end == "drop":
        del websocket
    else:
        websocket.myself = websocket
        del websocket
        gc.collect()
    await wait_all_tasks_blocked()
    assert server.receiving == 0


async def test_a_message_that_comes_when_the_websocket_is_gone_is_nobodys():
    websocket, server = await open_lossy()
    async with websocket.until_closed():
        await wait_all_tasks_blocked()
    del websocket
    server.say_texts("hello")
    await wait_all_tasks_blocked()
    assert server.receiving == 0


async def test_an_error_that_comes_when_the_websocket_is_gone_is_nobodys():
    websocket, server = await open_lossy()
    async with websocket.until_closed():
        await wait_all_tasks_blocked()
    del websocket
    server.say(LookupError("full moon"))
    await wait_all_tasks_blocked()
    assert server.receiving == 0


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_no_task_of_asyncio_is_left_when_an_application_returns():
    before = asyncio.all_tasks()

    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        async with websocket.until_closed():
            await wait_all_tasks_blocked()
            assert len(asyncio.all_tasks() - before) == 1

    server = LossyServer()
    await app(make_scope(), server.receive, server.send)
    await wait_all_tasks_blocked()
    assert asyncio.all_tasks() == before


# As it is used.


async def test_a_peer_that_is_silent_for_too_long():
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        try:
            async with websocket.until_closed():
                while True:
                    with anyio.fail_after(patience):
                        text = await websocket.receive_text()
                    await websocket.send_text(text)
        except TimeoutError:
            await websocket.close(1008, "You are very silent.")

    patience = 0.01
    async with AsyncTestClient(app) as client:
        async with client.websocket_connect("/") as session:
            with pytest.raises(WebSocketDisconnect, match=r"^1008 You are very silent\.$"):
                await session.receive_text()
        patience = 5
        async with client.websocket_connect("/") as session:
            await session.send_text("hello")
            assert await session.receive_text() == "hello"


async def test_a_heartbeat_of_messages():
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        async with websocket.until_closed():
            for _ in range(3):
                await websocket.send_text("ping")
                with anyio.move_on_after(patience) as silence:
                    while await websocket.receive_text() != "pong":
                        pass
                if silence.cancelled_caught:
                    break
        await websocket.close(
            1000 if websocket.connected and not silence.cancelled_caught else 1008
        )

    async with AsyncTestClient(app) as client:
        patience = 5
        async with client.websocket_connect("/") as session:
            for _ in range(3):
                assert await session.receive_text() == "ping"
                await session.send_text("pong")
            with pytest.raises(WebSocketDisconnect, match=r"^1000$"):
                await session.receive_text()
        patience = 0.01
        async with client.websocket_connect("/") as session:
            assert await session.receive_text() == "ping"
            with pytest.raises(WebSocketDisconnect, match=r"^1008$"):
                await session.receive_text()


async def test_a_handler_that_mostly_sends_hears_that_the_client_has_left():
    ends = []

    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        async with websocket.until_closed():
            await websocket.send_text("hello")
            await anyio.sleep_forever()
        ends.append((websocket.close_code, websocket.close_reason))

    async with AsyncTestClient(app) as client:
        async with client.websocket_connect("/") as session:
            assert await session.receive_text() == "hello"
            await session.close(3001, "enough")
        async with client.websocket_connect("/") as session:
            assert await session.receive_text() == "hello"
            await session.drop()
    assert ends == [(3001, "enough"), (1006, "")]
