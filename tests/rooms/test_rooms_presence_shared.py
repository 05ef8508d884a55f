"""Presence across processes: one list, and everybody is told once, whatever gets lost."""

from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager

import anyio
import pytest
from guests import LATE, PACES, Guest, together, until
from lossy_backend import LossyBackend
from presence_rooms import LONG, SHORT, die, infos, presence, storm, told

from duologue import WebSocketDisconnect
from duologue._concurrency.idle import wait_until_idle
from duologue.rooms import BackendError, Presence, Rooms
from duologue.rooms._envelope import JOINED, LEFT, Envelope
from duologue.rooms._memory import MemoryBackend
from duologue.rooms._presence import RoomMember
from duologue.rooms._view import View

each_pace = pytest.mark.parametrize("pace", PACES)


@asynccontextmanager
async def processes(count, backend=None, ttl=LONG):
    """Rooms as in as many processes, and their backend."""
    backend = backend or LossyBackend()
    async with AsyncExitStack() as stack:
        everywhere = [Rooms(backend, presence=presence(ttl)) for _ in range(count)]
        for rooms in everywhere:
            await stack.enter_async_context(rooms.lifespan())
        yield everywhere, backend


@each_pace
async def test_everybody_in_all_processes_is_listed_everywhere(pace):
    ada, bob, eve = Guest(pace), Guest(pace), Guest(pace)
    async with processes(3) as ((here, there, nowhere), _), together(here, ada, info="Ada"):
        async with together(there, bob, info="Bob"), together(there, eve, room="attic", info="Eve"):
            for rooms in (here, there, nowhere, ada.room, bob.room):
                members = await (
                    rooms.members("lobby") if rooms in (here, there, nowhere) else rooms.members()
                )
                assert sorted((each.info, each.id) for each in members) == [
                    ("Ada", ada.room.id),
                    ("Bob", bob.room.id),
                ]
            assert await infos(here, "attic") == ["Eve"]
        await wait_until_idle()
        assert [await infos(rooms) for rooms in (here, there, nowhere)] == [["Ada"]] * 3
        assert await here.members("attic") == []
    assert told(ada) == [("joined", "Bob"), ("left", "Bob")]
    assert told(bob) == told(eve) == []


async def test_who_is_there_first_is_not_told_as_one_who_joins():
    ada, bob = Guest(), Guest(LATE)
    async with processes(2) as ((here, there), _):
        async with together(here, ada, info="Ada"), together(there, bob, info="Bob"):
            assert await infos(there) == ["Ada", "Bob"]
        assert told(bob) == []


async def test_what_changes_while_the_first_in_a_process_comes_in_is_in_its_list():
    ada, bob, eve, tom = (Guest() for _ in range(4))
    async with (
        processes(2) as ((here, there), backend),
        together(here, ada, info="Ada"),
        together(here, eve, info="Eve"),
        anyio.create_task_group() as tasks,
    ):
        backend.hold_behind = anyio.Event()
        tasks.start_soon(tom.stay, there, "lobby", {"info": "Tom"})
        await wait_until_idle()
        eve.leave()
        async with together(here, bob, info="Bob"):
            listed = []

            async def ask():
                listed.append(await infos(there))

            tasks.start_soon(ask)
            await wait_until_idle()
            assert listed == []
            backend.read_at_once()
            await wait_until_idle()
            assert listed in ([["Ada", "Bob", "Tom"]], [["Ada", "Bob"]])  # he may be next
            assert await infos(here) == await infos(there) == ["Ada", "Bob", "Tom"]
        await wait_until_idle()
        assert told(tom) == [("left", "Bob")]
        tom.leave()


@pytest.mark.parametrize("reason", ["away", "The lifespan of these rooms has ended"])
async def test_where_it_cannot_be_known_who_is_in_a_room_nobody_can_join(reason):
    ada, bob = Guest(), Guest()
    async with processes(1) as ((here,), backend), together(here, ada, info="Ada"):
        rooms = Rooms(backend, presence=presence())
        async with anyio.create_task_group() as tasks, rooms.lifespan():
            backend.hold_before = anyio.Event()
            tasks.start_soon(bob.stay, rooms, "lobby", {"info": "Bob"})
            await wait_until_idle()
            if reason == "away":
                backend.fails = BackendError(reason)
                backend.read_at_once()
                await bob.until_left()
                backend.fails = None
        backend.read_at_once()
        assert isinstance(bob.failure, BackendError)
        assert reason in str(bob.failure)
        assert rooms.statistics().total.members == 0
        again = Guest()
        async with rooms.lifespan(), together(rooms, again, info="Bob"):
            assert await infos(rooms) == await infos(here) == ["Ada", "Bob"]
        assert told(ada) == [("joined", "Bob"), ("left", "Bob")]


async def test_the_members_of_a_process_that_dies_vanish_and_each_is_told_once():
    ada, bob, eve, tom = (Guest() for _ in range(4))
    async with (
        processes(4, ttl=SHORT) as ((here, there, dead, nowhere), _),
        together(dead, eve, tom, info="dead"),
        together(dead, Guest(), room="attic", info="dead"),
        together(here, ada, info="Ada"),
        together(there, bob, info="Bob"),
    ):
        assert await infos(here) == await infos(nowhere) == ["Ada", "Bob", "dead", "dead"]
        await die(dead)
        await until(lambda: ("left", "dead") in told(ada) and ("left", "dead") in told(bob))
        for rooms in (here, there, nowhere):
            assert await infos(rooms) == ["Ada", "Bob"]
        assert await infos(nowhere, "attic") == []
        await anyio.sleep(SHORT)  # nobody tells it again
        assert told(ada) == [("joined", "Bob"), *[("left", "dead")] * 2]
        assert told(bob) == [("left", "dead")] * 2


async def test_a_process_that_was_silent_for_too_long_comes_back():
    ada, bob = Guest(), Guest()
    async with (
        processes(2, ttl=SHORT) as ((here, there), _),
        together(here, ada, info="Ada"),
        together(there, bob, info="Bob"),
    ):
        await die(there)
        await until(lambda: ("left", "Bob") in told(ada))
        there._attendance.start()
        await until(lambda: told(ada)[-1] == ("joined", "Bob"))
        assert await infos(here) == await infos(there) == ["Ada", "Bob"]
        assert told(ada) == [("joined", "Bob"), ("left", "Bob"), ("joined", "Bob")]


async def test_a_backend_that_is_restarted_empty_gets_everybody_again_and_nobody_is_told():
    ada, bob, eve = Guest(), Guest(), Guest()
    async with (
        processes(3, ttl=SHORT) as ((here, there, nowhere), backend),
        together(here, ada, info="Ada"),
        together(there, bob, info="Bob"),
    ):
        for _ in range(2):
            backend.restart_empty()
            await wait_until_idle()
            assert await infos(nowhere) == ["Ada", "Bob"]
        await anyio.sleep(SHORT)
        async with together(there, eve, info="Eve"):
            await wait_until_idle()
        await wait_until_idle()
        assert told(ada) == [("joined", "Bob"), ("joined", "Eve"), ("left", "Eve")]
        assert told(bob) == [("joined", "Eve"), ("left", "Eve")]


async def test_what_a_lost_connection_has_not_brought_is_told_later():
    ada, bob, eve = Guest(), Guest(), Guest()
    async with processes(2) as ((here, there), backend), together(here, ada, info="Ada"):
        listening = here._listener
        async with together(there, bob, info="Bob"):
            backend.lose(listening)
            bob.leave()
            await bob.until_left()
            async with together(there, eve, info="Eve"):
                assert told(ada) == [("joined", "Bob")]
                backend.connect_again()
                await wait_until_idle()
                assert Counter(told(ada)) == Counter(
                    [("joined", "Bob"), ("left", "Bob"), ("joined", "Eve")]
                )
                assert await infos(here) == ["Ada", "Eve"]


async def test_a_list_that_cannot_be_read_again_is_read_later():
    class Unreadable(LossyBackend):
        unreadable = False

        async def present(self, rooms):
            if rooms and self.unreadable:
                raise BackendError("away")
            return await super().present(rooms)

    ada, bob = Guest(), Guest()
    async with (
        processes(2, Unreadable()) as ((here, there), backend),
        together(here, ada, info="Ada"),
        together(there, bob, info="Bob"),
    ):
        backend.lose(here._listener)
        bob.leave()
        await bob.until_left()
        await wait_until_idle()
        backend.unreadable = True
        backend.connect_again()
        await wait_until_idle()
        assert await infos(here) == ["Ada", "Bob"]
        backend.unreadable = False
        backend.connect_again()
        await wait_until_idle()
        assert told(ada) == [("joined", "Bob"), ("left", "Bob")]


async def test_while_the_backend_is_away_lists_stay_as_they_are_and_changes_come_later():
    ada, bob, eve, tom = (Guest() for _ in range(4))
    async with (
        processes(3, ttl=SHORT) as ((here, there, nowhere), backend),
        together(there, tom, info="Tom"),
        together(here, ada, info="Ada"),
        together(there, bob, info="Bob"),
    ):
        backend.fails = BackendError("away")
        bob.leave()
        await bob.until_left()
        async with together(there, eve, info="Eve"):
            await anyio.sleep(2 * SHORT)
            assert await infos(here) == ["Ada", "Bob", "Tom"]
            assert await infos(there) == ["Ada", "Eve", "Tom"]
            with pytest.raises(BackendError, match="away"):
                await nowhere.members("lobby")
            backend.fails = None
            await until(lambda: len(told(ada)) == 3)
            assert await infos(here) == await infos(there) == ["Ada", "Eve", "Tom"]
            assert Counter(told(ada)) == Counter(
                [("joined", "Bob"), ("left", "Bob"), ("joined", "Eve")]
            )


async def test_an_announcement_without_an_answer_is_made_good():
    ada, bob, eve = Guest(), Guest(), Guest()

    class Silent(LossyBackend):
        silent = False

        async def announce(self, *arguments, **options):
            announced = await super().announce(*arguments, **options)
            if self.silent:
                raise BackendError("the connection was lost before the answer came")
            return announced

    async with (
        processes(2, Silent(), ttl=SHORT) as ((here, there), backend),
        together(here, ada, info="Ada"),
        together(there, bob, info="Bob"),
    ):
        backend.silent = True
        async with together(there, eve, info="Eve"):
            pass
        backend.silent = False
        asked = backend.asked
        await until(lambda: backend.asked > asked + 6)
        assert told(ada) == [("joined", "Bob"), ("joined", "Eve"), ("left", "Eve")]
        assert await infos(here) == await infos(there) == ["Ada", "Bob"]


async def test_who_leaves_when_the_lifespan_ends_is_told_at_once():
    ada, bob = Guest(), Guest()
    backend = LossyBackend()
    here, there = Rooms(backend, presence=presence()), Rooms(backend, presence=presence())
    async with here.lifespan(), together(here, ada, info="Ada"):
        async with there.lifespan():
            async with together(there, bob, info="Bob"):
                await wait_until_idle()
            await bob.until_left()
        await wait_until_idle()
        assert told(ada) == [("joined", "Bob"), ("left", "Bob")]


@pytest.mark.parametrize("error", [None, BackendError("away")])
async def test_what_is_not_announced_when_the_lifespan_ends_is_announced_then(error):
    ada, bob = Guest(), Guest()
    async with processes(1) as ((here,), backend), together(here, ada, info="Ada"):
        rooms = Rooms(backend, presence=presence())
        async with rooms.lifespan(), together(rooms, bob, info="Bob"):
            await die(rooms)
            bob.leave()
            await bob.until_left()
            backend.fails = error
        backend.fails = None
        await wait_until_idle()
        assert told(ada) == [("joined", "Bob"), ("left", "Bob")][: 1 if error else 2]


async def test_who_stays_until_the_lifespan_begins_again_is_listed_again():
    backend, ada, bob = LossyBackend(), Guest(), Guest()
    async with processes(1, backend) as ((here,), _), together(here, ada, info="Ada"):
        rooms = Rooms(backend, presence=presence())
        async with anyio.create_task_group() as tasks:
            async with rooms.lifespan():
                await tasks.start(bob.stay, rooms, "lobby", {"info": "Bob"})
            with pytest.raises(RuntimeError, match="not connected"):
                await rooms.members("lobby")
            async with rooms.lifespan():
                await wait_until_idle()
                assert await infos(rooms) == await infos(here) == ["Ada", "Bob"]
                bob.leave()
                await bob.until_left()
        await wait_until_idle()
        assert told(ada) == [("joined", "Bob"), ("left", "Bob")]


async def test_who_is_cancelled_while_it_joins_was_never_there():
    class Slow(LossyBackend):
        async def subscribe(self, rooms):
            await self.hold_before.wait()

    ada, bob = Guest(), Guest()
    async with processes(2, Slow()) as ((here, there), backend), together(here, ada, info="Ada"):
        for leave_by_itself in (True, False):
            backend.hold_before = anyio.Event()
            async with anyio.create_task_group() as tasks:
                bob = Guest()
                tasks.start_soon(bob.stay, there, "lobby", {"info": "Bob"})
                await wait_until_idle()
                if leave_by_itself:
                    bob.leave()
                    await bob.until_left()
                    assert isinstance(bob.failure, WebSocketDisconnect)
                else:
                    tasks.cancel_scope.cancel()
            backend.read_at_once()
            await wait_until_idle()
        assert told(ada) == []
        assert await infos(there) == ["Ada"]


async def test_a_process_that_nobody_is_in_says_nothing():
    backend = LossyBackend()
    async with processes(1, backend, ttl=0.06) as ((rooms,), _):
        await anyio.sleep(0.05)
        assert backend.asked == 0
        async with together(rooms, Guest()):
            await until(lambda: backend.asked > 10)
        await wait_until_idle()
        asked = backend.asked
        await anyio.sleep(0.05)
        assert backend.asked == asked


@pytest.mark.parametrize("kind", [JOINED, LEFT])
@pytest.mark.parametrize("said", [b"", b"1", b"[1]", b'["a", "b"]', b"\xff", b'["a", 1, null]'])
async def test_what_others_announce_in_a_strange_way_is_logged(kind, said, caplog):
    ada = Guest()
    async with processes(1) as ((rooms,), _), together(rooms, ada):
        rooms._listener.message("lobby", Envelope(kind, said).pack(), None)
        await wait_until_idle()
    assert ada.heard == []
    assert "Ignored a message for the room 'lobby' that these rooms did not publish" in caplog.text


def test_a_backend_that_keeps_no_presence_is_refused():
    class Forgetful(MemoryBackend):
        keeps_presence = False

    with pytest.raises(ValueError, match=r"This backend keeps no presence: <.*Forgetful"):
        Rooms(Forgetful(), presence=Presence())
    with pytest.raises(ValueError, match="The ttl of presence is above zero, not 0"):
        Presence(ttl=0)


ADA, BOB, EVE = (RoomMember(name, None) for name in "abe")


def test_what_comes_while_a_view_is_read_is_newer_than_what_is_read():
    view = View("here", complete=True)
    for process, member in (("here", EVE), ("there", ADA), ("away", ADA)):
        view.add(process, member)
    view.begin_reading()
    assert view.add("there", BOB)
    assert view.remove("there", "a") is ADA
    assert view.replace(["here", "there"], {"there": {"a": ADA, "e": EVE}}) == ([EVE], [])
    view.end_reading()
    assert view.all() == [EVE, ADA, EVE, BOB]
    assert not view.add("there", BOB)
    assert view.remove("there", "a") is None
    assert view.drop("away") == [ADA]
    assert view.drop("away") == []


async def test_a_storm_leaves_exactly_the_list_of_those_who_are_there():
    async with processes(3) as (everywhere, _):
        await storm(everywhere)
