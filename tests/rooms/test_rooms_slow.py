"""A member that reads slowly: nobody waits for it, and what becomes of it has a name."""

import anyio
import pytest
from guests import AT_ONCE, LATE, PACES, Guest, together
from patience import MOMENT

from duologue._concurrency.idle import wait_until_idle
from duologue.rooms import Missed, Rooms
from duologue.rooms import _member as members

each_pace = pytest.mark.parametrize("pace", PACES)
TOO_MANY = (1013, "Too many messages are queued for you.")


async def say(rooms, *texts, **options):
    for text in texts:
        with anyio.fail_after(MOMENT):
            await rooms.send_text("lobby", text, **options)
        await wait_until_idle()


@each_pace
async def test_by_default_one_that_reads_too_slowly_is_closed_with_1013(pace):
    rooms, ada, bob = Rooms(queue=2), Guest(pace), Guest(pace)
    async with together(rooms, ada, bob):
        bob.stop_reading()
        await say(rooms, "under way", "waits", "waits too")
        assert bob.websocket.connected
        await rooms.send_text("lobby", "too many")
        await bob.until_left()
        assert (bob.failure, bob.heard) == (None, [TOO_MANY])
        assert (bob.websocket.close_code, bob.websocket.close_reason) == TOO_MANY
        await say(rooms, "the others go on")
        assert ada.heard[-2:] == ["too many", "the others go on"]
        assert rooms.statistics().rooms["lobby"] == (1, 5, 5, 0, 1, 0, 0)


@each_pace
async def test_one_that_takes_not_even_the_close_is_given_up(pace, monkeypatch):
    monkeypatch.setattr(members, "CLOSE_SECONDS", 0.01)
    rooms, bob = Rooms(queue=1), Guest(pace)
    async with together(rooms, bob):
        bob.stop_reading()
        await say(rooms, "under way", "waits")
        send = bob.send

        async def never(message):
            await anyio.sleep_forever()

        bob.websocket._channel.raw_send = never
        await say(rooms, "too many")
        await bob.until_left()
        assert bob.heard == []
        bob.websocket._channel.raw_send = send


@each_pace
async def test_the_close_of_one_that_has_left_indeed_is_no_error(pace):
    rooms, bob = Rooms(queue=1), Guest(pace)
    async with together(rooms, bob):
        bob.stop_reading()
        await say(rooms, "under way", "waits")
        bob.error = OSError("gone")
        await say(rooms, "too many")
        await bob.until_left()
        assert (bob.failure, bob.heard) == (None, [])


async def test_a_server_that_lets_nobody_interrupt_it_keeps_nobody_for_long(monkeypatch):
    monkeypatch.setattr(members, "CLOSE_SECONDS", 0.01)
    rooms, bob = Rooms(queue=1), Guest(LATE)
    async with together(rooms, bob):
        taken = anyio.Event()

        async def stubborn(message):
            with anyio.CancelScope(shield=True):
                await taken.wait()

        bob.websocket._channel.raw_send = stubborn
        await say(rooms, "under way", "waits")
        async with anyio.create_task_group() as tasks:
            await rooms.send_text("lobby", "too many")
            await wait_until_idle()
            assert rooms.statistics().rooms == {}
            taken.set()
            await bob.until_left()
            tasks.cancel_scope.cancel()


@each_pace
@pytest.mark.parametrize(
    ("policy", "heard"),
    [
        ("drop_newest", ["0", "1", "2", "missed 3", "after"]),
        ("drop_oldest", ["0", "missed 3", "4", "5", "after"]),
    ],
)
async def test_messages_are_dropped_and_the_member_told_in_their_place(pace, policy, heard):
    rooms = Rooms(queue=2, policy=policy, missed=lambda missed: f"missed {missed.count}")
    ada, bob = Guest(pace), Guest(pace)
    async with together(rooms, ada, bob):
        bob.stop_reading()
        await say(rooms, *"012345")
        assert (ada.room.missed, bob.room.missed) == (0, 3)
        bob.read_on()
        await wait_until_idle()
        await say(rooms, "after")
        assert [text.strip('"') for text in bob.heard] == heard
        assert ada.heard == [*"012345", "after"]
        assert rooms.statistics().total.dropped == 3


@each_pace
async def test_a_policy_is_chosen_for_one_member_and_nobody_has_to_be_told(pace):
    rooms, ada, bob = Rooms(queue=1, policy="drop_newest"), Guest(pace), Guest(pace)
    async with together(rooms, ada, policy="drop_oldest", queue=2), together(rooms, bob):
        for guest in (ada, bob):
            guest.stop_reading()
        await say(rooms, *"0123")
        for guest in (ada, bob):
            guest.read_on()
        await wait_until_idle()
        assert ada.heard == ["0", "2", "3"]
        assert bob.heard == ["0", "1"]


@each_pace
async def test_only_the_latest_of_each_key_waits(pace):
    rooms, ada = Rooms(queue=3, policy="latest"), Guest(pace)
    async with together(rooms, ada):
        ada.stop_reading()
        await say(rooms, "now")
        for price in range(5):
            await rooms.send_json("lobby", price, key="A")
            await ada.room.send_json(10 * price, key="B")
        await say(rooms, "no key")
        ada.read_on()
        await wait_until_idle()
        assert ada.heard == ["now", "4", "40", "no key"]
        assert (ada.room.missed, rooms.statistics().total.dropped) == (0, 8)


async def test_what_a_member_is_told_is_json_of_the_rooms():
    told = []
    rooms = Rooms(
        queue=1,
        policy="drop_newest",
        missed=lambda missed: told.append(missed) or {"missed": missed.count},
        json_dumps=lambda value: repr(value).encode(),
    )
    ada = Guest()
    async with together(rooms, ada):
        ada.stop_reading()
        await say(rooms, *"012")
        ada.read_on()
        await wait_until_idle()
        assert ada.heard == ["0", "1", "{'missed': 1}"]
        assert told == [Missed("lobby", 1)]


async def test_a_function_that_fails_to_tell_fails_in_the_endpoint_of_the_member():
    rooms, ada = Rooms(queue=1, policy="drop_newest", missed=lambda missed: 1 / 0), Guest()
    async with together(rooms, ada):
        ada.stop_reading()
        await say(rooms, *"012")
        ada.read_on()
        await ada.until_left()
        assert isinstance(ada.failure, ZeroDivisionError)


async def test_what_a_backend_may_have_lost_is_told_in_its_place():
    rooms = Rooms(missed=lambda missed: {"missed": missed.count})
    ada, bob = Guest(AT_ONCE), Guest(LATE)
    async with together(rooms, ada, bob):
        await say(rooms, "before")
        rooms._listener.gap()
        await say(rooms, "after")
        assert ada.heard == bob.heard == ["before", '{"missed":null}', "after"]
        assert ada.room.missed is None
        assert rooms.statistics().rooms["lobby"].gaps == 1


async def test_ten_members_that_are_slow_at_once_keep_nobody_waiting():
    rooms, quick, slow = Rooms(), Guest(), [Guest() for _ in range(10)]
    async with together(rooms, *slow, quick):
        for guest in slow:
            guest.stop_reading()
        await say(rooms, *"0123")
        assert quick.heard == [*"0123"]
        for guest in slow:
            guest.read_on()
        await wait_until_idle()
        assert all(guest.heard == [*"0123"] for guest in slow)
