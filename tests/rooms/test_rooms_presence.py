"""Presence: who is in a room, and what the others are told when that changes."""

import dataclasses
import json

import anyio
import pytest
from guests import PACES, Guest, together
from patience import MOMENT

from duologue._concurrency.idle import wait_until_idle
from duologue.rooms import History, Presence, RoomMember, Rooms, with_offset

each_pace = pytest.mark.parametrize("pace", PACES)
TOLD = Presence(
    joined=lambda member: {"joined": member.info}, left=lambda member: {"left": member.info}
)


def heard(guest):
    return [json.loads(text) for text in guest.heard]


async def infos(rooms, name="lobby"):
    return [member.info for member in await rooms.members(name)]


@each_pace
async def test_everybody_in_the_room_is_listed_with_what_it_said_of_itself(pace):
    rooms, ada, bob, eve = Rooms(presence=Presence()), Guest(pace), Guest(pace), Guest(pace)
    async with (
        together(rooms, ada, info={"name": "Ada"}),
        together(rooms, bob),
        together(rooms, eve, room="attic", info=["Eve", 1]),
    ):
        members = await rooms.members("lobby")
        assert members == await ada.room.members() == await bob.room.members()
        assert members == [RoomMember(ada.room.id, {"name": "Ada"}), RoomMember(bob.room.id, None)]
        assert await infos(rooms, "attic") == [["Eve", 1]]
    assert await rooms.members("lobby") == await rooms.members("attic") == []
    assert not ada.heard + bob.heard + eve.heard


@each_pace
async def test_the_others_hear_who_joins_and_who_leaves(pace):
    rooms, ada, bob, eve = Rooms(presence=TOLD), Guest(pace), Guest(pace), Guest(pace)
    async with together(rooms, ada, info="Ada"):
        async with together(rooms, bob, info="Bob"), together(rooms, eve, room="attic"):
            assert await infos(rooms) == ["Ada", "Bob"]
        await wait_until_idle()
        assert heard(ada) == [{"joined": "Bob"}, {"left": "Bob"}]
        assert heard(bob) == heard(eve) == []
        assert rooms.statistics().rooms["lobby"][:3] == (1, 3, 2)


async def leaves(guest, scope):
    guest.leave(1006)


async def is_done(guest, scope):
    guest.done.set()


async def is_cancelled(guest, scope):
    scope.cancel()


async def closes(guest, scope):
    await guest.websocket.close()


async def fails(guest, scope):
    guest.error = ZeroDivisionError("a mistake in a middleware")
    await guest.room.send_text("hello")


async def is_lost(guest, scope):
    guest.error = OSError("gone")
    await guest.room.send_text("hello")


async def is_let_go(guest, scope):
    assert guest.websocket._channel.leave_blocks()  # as `close_all` and the drain do


async def is_slow(guest, scope):
    guest.stop_reading()
    for text in ("under way", "waits", "too many"):
        await guest.room.send_text(text)
        await wait_until_idle()


ENDS = [leaves, is_done, is_cancelled, closes, fails, is_lost, is_let_go, is_slow]


@each_pace
@pytest.mark.parametrize("end", ENDS)
async def test_a_member_that_leaves_in_any_way_is_told_of_once(pace, end):
    rooms, ada, bob, scope = Rooms(presence=TOLD), Guest(pace), Guest(pace), anyio.CancelScope()

    async def come(*, task_status):
        with scope:
            await bob.stay(rooms, "lobby", {"info": "Bob", "queue": 1}, task_status=task_status)

    async with together(rooms, ada, info="Ada") as tasks:
        with anyio.fail_after(MOMENT):
            await tasks.start(come)
        await wait_until_idle()
        await end(bob, scope)
        await wait_until_idle()
        told = [text for text in ada.heard if text.startswith("{")]
        assert told == ['{"joined":"Bob"}', '{"left":"Bob"}']
        assert await infos(rooms) == ["Ada"]
        bob.read_on()


async def test_who_leaves_together_is_told_of_nobody():
    rooms, guests, eve = Rooms(presence=TOLD), [Guest() for _ in range(20)], Guest()
    async with together(rooms, *guests, info="one of them"):
        for guest in guests:
            guest.heard.clear()
        async with together(rooms, eve, info="Eve"):
            for guest in guests:
                guest.leave()
            await wait_until_idle()
            assert heard(eve) == [{"left": "one of them"}] * 20
        assert [heard(guest) for guest in guests] == [[{"joined": "Eve"}]] * 20


async def test_who_joins_and_leaves_before_the_others_are_told_is_told_of_in_order():
    rooms, ada, bob = Rooms(presence=TOLD), Guest(), Guest()
    await bob.websocket.accept()
    async with together(rooms, ada):
        async with rooms.join("lobby", bob.websocket, info="Bob"):
            pass
        await wait_until_idle()
        assert heard(ada) == [{"joined": "Bob"}, {"left": "Bob"}]


async def test_a_list_that_a_member_sends_first_is_put_right_by_what_follows():
    rooms = Rooms(
        presence=Presence(
            joined=lambda member: [1, member.id, member.info],
            left=lambda member: [0, member.id, member.info],
        )
    )
    guests, people = [Guest() for _ in range(30)], {}
    await guests[0].websocket.accept()

    async def come(guest):
        await guest.websocket.accept()
        async with rooms.join("lobby", guest.websocket, info=guests.index(guest)):
            await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as tasks:
        for guest in guests[1:10]:
            tasks.start_soon(come, guest)
        async with rooms.join("lobby", guests[0].websocket, info=0) as room:
            for guest in guests[10:20]:
                tasks.start_soon(come, guest)
            await anyio.lowlevel.checkpoint()
            await guests[0].websocket.send_json(
                [[each.id, each.info] for each in await room.members()]
            )
            for guest in guests[20:]:
                tasks.start_soon(guest.stay, rooms, "lobby", {"info": guests.index(guest)})
            await wait_until_idle()
            for message in heard(guests[0]):
                if message and isinstance(message[0], list):
                    people = dict(message)
                elif message[0]:
                    people[message[1]] = message[2]
                else:
                    people.pop(message[1], None)
            assert people == {each.id: each.info for each in await room.members()}
            assert sorted(people.values()) == [0, *range(20, 30)]
            for guest in guests:
                guest.leave()


async def test_a_websocket_that_joins_twice_is_two_members():
    rooms, ada = Rooms(presence=Presence()), Guest()
    async with together(rooms, ada, info=1), rooms.join("lobby", ada.websocket, info=2) as again:
        assert [each.info for each in await again.members()] == [1, 2]
        assert again.id != ada.room.id


async def test_of_one_member_only_the_latest_is_told_to_those_who_keep_the_latest():
    rooms, ada = Rooms(presence=TOLD, policy="latest"), Guest()
    async with together(rooms, ada):
        ada.stop_reading()
        await rooms.send_text("lobby", '"under way"')
        await wait_until_idle()
        async with together(rooms, Guest(), info="Bob"):
            pass
        await wait_until_idle()
        ada.read_on()
        await wait_until_idle()
        assert heard(ada) == ["under way", {"left": "Bob"}]


async def test_a_function_that_fails_fails_in_the_endpoints_of_the_members():
    rooms, ada, bob = Rooms(presence=Presence(joined=lambda member: 1 / 0)), Guest(), Guest()
    async with together(rooms, ada):
        async with together(rooms, bob):
            await ada.until_left()
            await bob.until_left()
        assert isinstance(ada.failure, ZeroDivisionError)
        assert await rooms.members("lobby") == []


async def test_what_a_member_says_of_itself_is_json_and_stays_as_it_was():
    rooms, ada, said = Rooms(presence=Presence()), Guest(), {"at": (1, 2), "name": "안녕 \ud800"}
    async with together(rooms, ada, info=said):
        said["at"] = 3
        (member,) = await rooms.members("lobby")
        assert member.info == {"at": [1, 2], "name": "안녕 \ud800"}
        with pytest.raises(dataclasses.FrozenInstanceError):
            member.id = "another"


@each_pace
async def test_a_history_keeps_what_is_sent_and_not_who_came_and_went(pace):
    rooms = Rooms(history=History(), presence=TOLD, wrap=with_offset)
    ada, bob, again = Guest(pace), Guest(pace), Guest(pace)
    async with together(rooms, ada, info="Ada"):
        async with together(rooms, bob, info="Bob"):
            await rooms.send_json("lobby", "hello")
            await wait_until_idle()
        await wait_until_idle()
        joined, hello, left = heard(ada)
        assert (joined, hello["data"], left) == ({"joined": "Bob"}, "hello", {"left": "Bob"})
        async with together(rooms, again, info="Bob", after=ada.room.offset):
            assert heard(again) == [hello]
            assert await infos(rooms) == ["Ada", "Bob"]


def test_what_presence_is_refused():
    with pytest.raises(TypeError, match="`joined` and `left` are functions, not 'left'"):
        Presence(left="left")
    with pytest.raises(TypeError, match=r"Presence is a Presence\(...\), not True"):
        Rooms(presence=True)
    with pytest.raises(TypeError, match="set"):
        Rooms(presence=Presence()).join("lobby", Guest().websocket, info={1, 2})


async def test_without_presence_nobody_says_anything_of_itself():
    with pytest.raises(RuntimeError, match=r"make Rooms\(presence=Presence\(\)\)"):
        Rooms().join("lobby", Guest().websocket, info="Ada")
    with pytest.raises(RuntimeError, match=r"make Rooms\(presence=Presence\(\)\)"):
        await Rooms().members("lobby")
    with pytest.raises(TypeError, match="The name of a room is a str, not 1"):
        await Rooms(presence=Presence()).members(1)
