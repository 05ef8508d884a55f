"""Who is in a room hears what is said there, and whoever has left leaves nothing behind."""

import importlib

import anyio
import anyio.lowlevel
import httpx
import pytest
from guests import AT_ONCE, LATE, PACES, Guest, together
from patience import MOMENT

from duologue._concurrency.idle import wait_until_idle
from duologue.rooms import Rooms
from duologue.websockets import WebSocketDisconnect, WebSocketStateError

each_pace = pytest.mark.parametrize("pace", PACES)


@each_pace
async def test_everybody_hears_what_one_says(pace):
    rooms, ada, bob = Rooms(), Guest(pace), Guest(pace)
    async with together(rooms, ada, bob):
        await ada.room.send_text("hello")
        await ada.room.send_bytes(b"\x00")
        await ada.room.send_json({"a": [1]})
        await ada.room.send_json({"a": [1]}, mode="binary")
        await rooms.send_text("lobby", "안녕")
        await wait_until_idle()
        assert ada.heard == bob.heard == ["hello", b"\x00", '{"a":[1]}', b'{"a":[1]}', "안녕"]


@each_pace
async def test_rooms_are_apart_and_a_websocket_can_be_in_several(pace):
    rooms, ada, bob = Rooms(), Guest(pace), Guest(pace)
    async with together(rooms, ada, room="a"), together(rooms, bob, room="b"):
        async with rooms.join("b", ada.websocket) as other:
            assert (ada.room.name, other.name) == ("a", "b")
            await rooms.send_text("a", "to a")
            await other.send_text("to b")
            await wait_until_idle()
        await rooms.send_text("b", "to b alone")
        await wait_until_idle()
        assert ada.heard == ["to a", "to b"]
        assert bob.heard == ["to b", "to b alone"]


@each_pace
async def test_some_can_be_excluded(pace):
    rooms, ada, bob, eve = Rooms(), Guest(pace), Guest(pace), Guest(pace)
    async with together(rooms, ada, bob, eve):
        await ada.room.send_text("one", exclude=ada.websocket)
        await rooms.send_bytes("lobby", b"two", exclude=[ada.websocket, bob.websocket])
        await rooms.send_json("lobby", 3, exclude=[])
        await wait_until_idle()
        assert (ada.heard, bob.heard, eve.heard) == (["3"], ["one", "3"], ["one", b"two", "3"])


@each_pace
async def test_who_sends_on_and_on_gives_all_others_a_turn(pace):
    rooms, ada, turns = Rooms(queue=10), Guest(pace), []

    async def note_turns():
        while True:
            turns.append(len(ada.heard))
            await anyio.lowlevel.checkpoint()

    async with together(rooms, ada):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(note_turns)
            for number in range(1_000):
                await rooms.send_text("lobby", str(number))
            tasks.cancel_scope.cancel()
        await wait_until_idle()
        assert ada.heard == [str(number) for number in range(1_000)]
    assert len(set(turns)) > 10


async def test_who_is_nowhere_can_be_excluded_and_spoken_to():
    rooms, ada = Rooms(), Guest()
    await rooms.send_text("lobby", "is there anybody?", exclude=ada.websocket)
    assert rooms.statistics().rooms == {}


@each_pace
@pytest.mark.parametrize("code", [1000, 1006])
async def test_a_member_that_only_listens_leaves_with_its_client(pace, code):
    rooms, ada, bob = Rooms(), Guest(pace), Guest(pace)
    async with together(rooms, ada, bob):
        ada.leave(code)
        await ada.until_left()
        assert (ada.websocket.close_code, ada.failure) == (code, None)
        await rooms.send_text("lobby", "hello")
        await wait_until_idle()
        assert (ada.heard, bob.heard) == ([], ["hello"])
        assert rooms.statistics().rooms["lobby"].members == 1
    assert rooms.statistics().rooms == {}


@each_pace
async def test_what_was_said_before_the_end_of_the_block_is_heard_before_what_comes_behind_it(pace):
    rooms, ada = Rooms(), Guest(pace)
    await ada.websocket.accept()
    async with rooms.join("lobby", ada.websocket) as room:
        await wait_until_idle()
        ada.stop_reading()
        await room.send_text("one")
        await room.send_text("two")
        ada.read_on()
    await ada.websocket.send_text("three")
    assert ada.heard == ["one", "two", "three"]


@each_pace
async def test_an_exception_of_the_body_comes_out_and_the_member_has_left(pace):
    rooms, ada = Rooms(), Guest(pace)
    await ada.websocket.accept()
    with pytest.raises(LookupError, match="mine"):
        async with rooms.join("lobby", ada.websocket) as room:
            await wait_until_idle()
            ada.stop_reading()
            await room.send_text("never taken")
            await room.send_text("nor this")
            await wait_until_idle()
            raise LookupError("mine")
    assert rooms.statistics().rooms == {}
    ada.read_on()
    await wait_until_idle()
    assert ada.heard == []


@each_pace
async def test_who_is_cancelled_has_left_at_once(pace):
    rooms, ada = Rooms(), Guest(pace)
    async with anyio.create_task_group() as tasks:
        await tasks.start(ada.stay, rooms, "lobby", {})
        ada.stop_reading()
        await ada.room.send_text("never taken")
        await wait_until_idle()
        tasks.cancel_scope.cancel()
    assert rooms.statistics().rooms == {}
    assert rooms.statistics().total.members == 0


async def test_who_closes_all_connections_empties_the_rooms():
    rooms, ada, bob = Rooms(), Guest(), Guest()
    async with together(rooms, ada, bob):
        for guest in (ada, bob):
            assert guest.websocket._channel.leave_blocks()  # as `close_all` does
        await ada.until_left()
        await bob.until_left()
        assert rooms.statistics().rooms == {}
        assert ada.websocket.connected


@each_pace
@pytest.mark.parametrize("error", [OSError("gone"), WebSocketDisconnect(1006)])
async def test_a_member_that_is_lost_while_it_is_sent_to_leaves_alone(pace, error):
    rooms, ada, bob, eve = Rooms(), Guest(pace), Guest(pace), Guest(pace)
    async with together(rooms, ada, bob, eve):
        bob.error = error
        await ada.room.send_text("hello")
        await bob.until_left()
        assert (bob.failure, bob.websocket.close_code) == (None, 1006)
        assert rooms.statistics().rooms["lobby"][:3] == (2, 1, 2)
        await ada.room.send_text("and again")
        await wait_until_idle()
        assert ada.heard == eve.heard == ["hello", "and again"]


@each_pace
async def test_an_error_of_a_server_is_raised_in_its_own_endpoint(pace):
    rooms, ada, bob = Rooms(), Guest(pace), Guest(pace)
    async with together(rooms, ada, bob):
        bob.error = ZeroDivisionError("a mistake in a middleware")
        await ada.room.send_text("hello")
        await bob.until_left()
        assert bob.failure is bob.error
        await wait_until_idle()
        assert ada.heard == ["hello"]


@each_pace
async def test_one_that_closes_its_websocket_itself_is_sent_nothing_more(pace):
    rooms, ada, bob = Rooms(), Guest(pace), Guest(pace)
    async with together(rooms, ada, bob):
        bob.stop_reading()
        await ada.room.send_text("never taken")
        await ada.room.send_text("nor this")
        await wait_until_idle()
        await bob.websocket.close(4000)
        await ada.room.send_text("too late")
        await bob.until_left()
        bob.read_on()
        await wait_until_idle()
        assert ada.heard == ["never taken", "nor this", "too late"]
        assert bob.heard == [(4000, "")]


@each_pace
async def test_a_send_that_fails_after_a_close_says_nothing_new(pace):
    rooms, ada = Rooms(), Guest(pace)
    await ada.websocket.accept()
    async with rooms.join("lobby", ada.websocket) as room:
        await wait_until_idle()
        ada.stop_reading()
        await room.send_text("never taken")
        await wait_until_idle()
        await ada.websocket.close(4000)
        ada.error = RuntimeError("Unexpected ASGI message 'websocket.send'")
        ada.read_on()
    assert ada.websocket.close_code == 4000


@each_pace
async def test_one_that_closes_in_its_own_block_stays_there_and_hears_nothing_more(pace):
    rooms, ada, bob = Rooms(), Guest(pace), Guest(pace)
    await ada.websocket.accept()
    async with together(rooms, bob), rooms.join("lobby", ada.websocket) as room:
        await wait_until_idle()
        ada.stop_reading()
        await room.send_text("under way")
        await room.send_text("waits")
        await wait_until_idle()
        await ada.websocket.close(4000)
        ada.read_on()
        await wait_until_idle()
        await room.send_text("to the others")
        await wait_until_idle()
        assert bob.heard == ["under way", "waits", "to the others"]
        assert ada.heard == [(4000, ""), "under way"]


async def test_a_member_may_come_again_and_be_there_twice():
    rooms, ada = Rooms(), Guest()
    async with together(rooms, ada):
        for _ in range(2):
            async with rooms.join("lobby", ada.websocket):
                await wait_until_idle()
                await rooms.send_text("lobby", "twice")
                await rooms.send_text("lobby", "never", exclude=ada.websocket)
        await wait_until_idle()  # a block waits for what is sent in its own membership alone
        assert ada.heard == ["twice"] * 4


async def test_joining_before_accepting_and_after_leaving_is_refused():
    rooms, ada = Rooms(), Guest()
    with pytest.raises(WebSocketStateError, match="Need to call"):
        async with rooms.join("lobby", ada.websocket):
            pass
    await ada.websocket.accept()
    ada.leave()
    with pytest.raises(WebSocketDisconnect):
        await ada.websocket.receive_text()
    with pytest.raises(WebSocketDisconnect):
        async with rooms.join("lobby", ada.websocket):
            pass
    assert rooms.statistics().rooms == {}


async def test_a_body_that_reads_gets_what_its_client_says():
    rooms, ada = Rooms(), Guest()
    await ada.websocket.accept()
    async with rooms.join("lobby", ada.websocket) as room:
        with anyio.fail_after(MOMENT):
            ada.leave()
            async for _ in ada.websocket.iter_text():
                pass
        await room.send_text("nobody hears it")
    assert ada.heard == []


async def test_a_message_is_made_for_each_so_that_middleware_may_change_it():
    rooms, ada, bob = Rooms(), Guest(), Guest(LATE)

    def shouting(guest):
        send = guest.send

        async def shout(message):
            message["text"] = message["text"].upper() + "!"
            await send(message)

        guest.websocket._channel.raw_send = shout

    async with together(rooms, ada, bob, Guest(AT_ONCE)):
        shouting(ada)
        shouting(bob)
        await rooms.send_text("lobby", "hi")
        await wait_until_idle()
        assert ada.heard == bob.heard == ["HI!"]


async def test_a_middleware_may_speak_to_a_room_while_it_is_spoken_to():
    rooms, ada, bob = Rooms(), Guest(), Guest()
    async with together(rooms, ada, room="a"), together(rooms, bob, room="b"):
        send = ada.send

        async def repeat(message):
            await rooms.send_text("b", message["text"])
            await send(message)

        ada.websocket._channel.raw_send = repeat
        await rooms.send_text("a", "hello")
        await rooms.send_text("a", "again")
        await wait_until_idle()
        assert ada.heard == bob.heard == ["hello", "again"]


async def test_an_http_endpoint_speaks_to_a_room(monkeypatch):
    program = importlib.import_module("docs_src.rooms.http")
    monkeypatch.setattr(program, "rooms", rooms := Rooms())
    ada = Guest()
    async with together(rooms, ada, room="order 7"):
        transport = httpx.ASGITransport(program.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            response = await client.post("/orders/7?state=sent")
        assert response.status_code == 204
        await wait_until_idle()
        assert ada.heard == ['{"state":"sent"}']


async def test_a_server_may_give_anything_that_can_be_awaited():
    class Sending:
        def __init__(self, coroutine):
            self.coroutine = coroutine

        def __await__(self):
            return self.coroutine.__await__()

    rooms, ada, bob = Rooms(), Guest(), Guest(LATE)
    async with together(rooms, ada, bob):
        for guest in (ada, bob):
            send = guest.send
            guest.websocket._channel.raw_send = lambda message, send=send: Sending(send(message))
        await rooms.send_text("lobby", "hello")
        await rooms.send_text("lobby", "again")
        await wait_until_idle()
        assert ada.heard == bob.heard == ["hello", "again"]
