"""Tests for backends of rooms: everything that `Rooms` rely on.

You need pytest, and a plugin that runs `async` tests, such as the one of AnyIO.

    class TestMyBackend(BackendTests, HistoryTests, PresenceTests):
        def make(self):
            return MyBackend("tcp://localhost:1234")

    pytestmark = pytest.mark.anyio
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import anyio

from duologue.rooms._backends import Backend, Change
from duologue.rooms._history import History, OffsetError

HISTORY = History(messages=3, seconds=60)


class Recorder:
    """A listener that keeps what it receives.

    Attributes:
        messages: The room, the payload and the offset of each message.
        gaps: How often messages may have been lost.
    """

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes, str | None]] = []
        self.gaps = 0
        self._came = anyio.Event()

    def message(self, room: str, payload: bytes, offset: str | None) -> None:
        """Keep a message."""
        self.messages.append((room, payload, offset))
        self._came.set()

    def gap(self) -> None:
        """Count a gap."""
        self.gaps += 1

    def payloads(self, room: str) -> list[bytes]:
        """Return the payloads that a room has received."""
        return [payload for name, payload, _ in self.messages if name == room]

    async def until(self, room: str, payload: bytes) -> None:
        """Wait until a message has been received."""
        while payload not in self.payloads(room):
            self._came = anyio.Event()
            await self._came.wait()


class _Tests(ABC):
    """The base of all tests.

    Attributes:
        seconds: How long a test may take; then it fails.
    """

    seconds: float = 10

    @abstractmethod
    def make(self) -> Backend:
        """Make a backend. All that are made during one test carry messages to each other."""
        ...

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[tuple[Backend, Recorder, Backend, Recorder]]:
        """Two backends, as of two processes, each with its listener."""
        here, there = self.make(), self.make()
        hears, hears_there = Recorder(), Recorder()
        with anyio.fail_after(self.seconds):
            async with here.connect(hears), there.connect(hears_there):
                yield here, hears, there, hears_there


def _name() -> str:
    """The name of a room that nobody has used."""
    return f"방 {uuid4().hex}"


class BackendTests(_Tests):
    """Tests for every backend: derive a class, and define `make`."""

    async def test_a_message_reaches_all_that_listen(self) -> None:
        """Each listener receives the exact bytes, the publisher's own included."""
        async with self._connected() as (here, hears, there, hears_there):
            room, payload = _name(), bytes(range(256))
            for each in (here, there):
                await each.subscribe([room])
            assert await here.publish(room, payload, None) is None
            for listener in (hears, hears_there):
                await listener.until(room, payload)
                assert listener.messages == [(room, payload, None)]

    async def test_what_is_published_after_subscribing_is_received(self) -> None:
        """No message is lost between subscribing and publishing."""
        async with self._connected() as (here, hears, there, _):
            for _ in range(20):
                room = _name()
                await here.subscribe([room])
                await there.publish(room, b"first", None)
                await hears.until(room, b"first")

    async def test_everybody_receives_the_messages_of_a_room_in_one_order(self) -> None:
        """The order is the same for all listeners, even if several publish at once."""
        async with self._connected() as (here, hears, there, hears_there):
            room = _name()
            for each in (here, there):
                await each.subscribe([room])

            async def publish(backend: Backend, name: str) -> None:
                for number in range(50):
                    await backend.publish(room, f"{name}{number}".encode(), None)

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(publish, here, "a")
                tasks.start_soon(publish, there, "b")
            await here.publish(room, b"end", None)
            for listener in (hears, hears_there):
                await listener.until(room, b"end")
            assert hears.payloads(room) == hears_there.payloads(room)
            for name in (b"a", b"b"):
                own = [each for each in hears.payloads(room) if each.startswith(name)]
                assert own == [name + b"%d" % number for number in range(50)]

    async def test_rooms_are_kept_apart_and_may_have_any_name(self) -> None:
        """A name may be empty, or have characters that cannot be encoded."""
        async with self._connected() as (here, hears, there, _):
            rooms = [_name() + ending for ending in ("", " ", ":", "\n", "\0", "\ud800", "*")]
            await here.subscribe(rooms)
            for room in rooms:
                await there.publish(room, ascii(room).encode(), None)
            for room in rooms:
                await hears.until(room, ascii(room).encode())
                assert len(hears.payloads(room)) == 1

    async def test_who_unsubscribes_may_subscribe_again(self) -> None:
        """After subscribing again, no message is lost."""
        async with self._connected() as (here, hears, there, _):
            room, other = _name(), _name()
            await here.subscribe([room, other])
            await here.unsubscribe([room])
            await here.subscribe([room])
            await there.publish(room, b"hello", None)
            await hears.until(room, b"hello")
            assert hears.payloads(room) == [b"hello"]
            assert here.listening()
            assert hears.gaps == 0


class HistoryTests(_Tests):
    """Tests for a backend that keeps histories."""

    async def test_what_was_published_after_an_offset_can_be_read(self) -> None:
        """Every backend reads all of it."""
        async with self._connected() as (here, _, there, _):
            room = _name()
            offsets = [await here.publish(room, b"%d" % number, HISTORY) for number in range(3)]
            for backend in (here, there):
                past = await backend.read(room, offsets[0], HISTORY)
                assert past.complete
                assert list(past.messages) == [(offsets[1], b"1"), (offsets[2], b"2")]
                assert past.offset == offsets[2]
                nothing = await backend.read(room, offsets[2], HISTORY)
                assert (list(nothing.messages), nothing.complete) == ([], True)

    async def test_what_is_received_has_the_same_offset(self) -> None:
        """Publishing, receiving and reading give the same offset."""
        async with self._connected() as (here, _, there, hears):
            room = _name()
            await there.subscribe([room])
            offset = await here.publish(room, b"a\nb", HISTORY)
            await hears.until(room, b"a\nb")
            assert hears.messages == [(room, b"a\nb", offset)]

    async def test_offsets_are_ordered_as_text(self) -> None:
        """Compared as `str`, the offset of a later message is greater."""
        async with self._connected() as (here, _, there, _):
            room = _name()
            offsets = [(await here.read(room, None, HISTORY)).offset]
            for number in range(40):
                backend = here if number % 2 else there
                offset = await backend.publish(room, b"", HISTORY)
                assert offset is not None
                offsets.append(offset)
            assert offsets == sorted(set(offsets))

    async def test_a_room_has_an_end_before_anything_is_published(self) -> None:
        """Reading after that offset is complete."""
        async with self._connected() as (here, _, there, _):
            room = _name()
            end = await here.read(room, None, HISTORY)
            assert (list(end.messages), end.complete) == ([], True)
            assert (await there.read(room, None, HISTORY)).offset == end.offset
            nothing = await there.read(room, end.offset, HISTORY)
            assert (list(nothing.messages), nothing.complete) == ([], True)
            offset = await here.publish(room, b"first", HISTORY)
            past = await there.read(room, end.offset, HISTORY)
            assert (list(past.messages), past.complete) == ([(offset, b"first")], True)

    async def test_no_more_is_kept_than_was_asked_for(self) -> None:
        """If messages are missing, reading reports it."""
        async with self._connected() as (here, _, _, _):
            room = _name()
            offsets = [await here.publish(room, b"%d" % number, HISTORY) for number in range(6)]
            just = await here.read(room, offsets[2], HISTORY)
            assert [payload for _, payload in just.messages] == [b"3", b"4", b"5"]
            assert just.complete
            missing = await here.read(room, offsets[1], HISTORY)
            assert [payload for _, payload in missing.messages] == [b"3", b"4", b"5"]
            assert not missing.complete

    async def test_no_message_is_kept_for_longer_than_was_asked_for(self) -> None:
        """If messages are missing, reading reports it."""
        async with self._connected() as (here, _, _, _):
            room, brief = _name(), History(seconds=0.05)
            begin = (await here.read(room, None, brief)).offset
            old = await here.publish(room, b"old", brief)
            await anyio.sleep(0.1)
            gone = await here.read(room, begin, brief)
            assert (list(gone.messages), gone.complete) == ([], False)
            assert (await here.read(room, old, brief)).complete
            new = await here.publish(room, b"new", HISTORY)
            past = await here.read(room, old, HISTORY)
            assert (list(past.messages), past.complete) == ([(new, b"new")], True)
            assert not (await here.read(room, begin, HISTORY)).complete

    async def test_an_offset_of_nowhere_is_incomplete(self) -> None:
        """An offset of another room, or of a history that was lost, is reported as incomplete."""
        async with self._connected() as (here, _, there, _):
            room, other = _name(), _name()
            await here.publish(room, b"", HISTORY)
            await there.publish(other, b"", HISTORY)
            later = await there.publish(other, b"", HISTORY)
            past = await here.read(room, later, HISTORY)
            assert (list(past.messages), past.complete) == ([], False)

    async def test_what_is_no_offset_is_refused(self) -> None:
        """A malformed offset raises `OffsetError`."""
        async with self._connected() as (here, _, _, _):
            offset = (await here.read("room", None, HISTORY)).offset
            for wrong in ("", "0", "-", "안녕", "\ud800", offset + "0", offset[:-1], "9" * 10_000):
                try:
                    await here.read("room", wrong, HISTORY)
                except OffsetError:
                    continue
                raise AssertionError(f"{wrong!r} was taken for an offset")


class PresenceTests(_Tests):
    """Tests for a backend that keeps presence."""

    async def test_the_members_that_a_process_announces_are_present(self) -> None:
        """All backends list them, and listeners to the room receive the payload of each change."""
        async with self._connected() as (here, _, there, hears):
            room, process = _name(), uuid4().hex
            await there.subscribe([room])
            joined = [Change(room, "1-a", True, bytes(range(256))), Change(room, "2", True, b"b")]
            assert await _announce(here, process, joined, None, "1")
            await hears.until(room, b"b")
            for backend in (here, there):
                present = await backend.present([room])
                assert present.processes[process] == "1"
                assert sorted(present.rooms[0]) == [bytes(range(256)), b"b"]
            assert await _announce(here, process, [Change(room, "1-a", False, b"gone")], "1", "2")
            await hears.until(room, b"gone")
            assert hears.messages == [
                (room, payload, None) for payload in (bytes(range(256)), b"b", b"gone")
            ]
            present = await there.present([room])
            assert (present.processes[process], list(present.rooms[0])) == ("2", [b"b"])

    async def test_a_change_is_made_only_to_the_version_that_it_follows(self) -> None:
        """After an unknown version, nothing changes, and nothing is published."""
        async with self._connected() as (here, _, there, hears):
            room, process = _name(), uuid4().hex
            await there.subscribe([room])
            assert not await _announce(here, process, [Change(room, "1", True, b"1")], "0", "1")
            assert await _announce(here, process, [Change(room, "2", True, b"2")], None, "1")
            assert not await _announce(here, process, [Change(room, "3", True, b"3")], "0", "1")
            assert await _announce(here, process, [], "1", "2")
            assert not await _announce(here, process, [Change(room, "4", True, b"4")], "1", "2")
            await here.publish(room, b"end", None)
            await hears.until(room, b"end")
            assert hears.payloads(room) == [b"2", b"end"]
            present = await there.present([room])
            assert (present.processes[process], list(present.rooms[0])) == ("2", [b"2"])

    async def test_a_process_that_begins_anew_has_only_the_members_that_it_announces_then(
        self,
    ) -> None:
        """Its earlier members are forgotten."""
        async with self._connected() as (here, _, there, _):
            room, other, process = _name(), _name(), uuid4().hex
            before = [Change(room, "1", True, b"1"), Change(other, "2", True, b"2")]
            assert await _announce(here, process, before, None, "a")
            assert await _announce(here, process, [Change(room, "3", True, b"3")], None, "b")
            present = await there.present([room, other])
            assert present.processes[process] == "b"
            assert [list(each) for each in present.rooms] == [[b"3"], []]

    async def test_a_process_that_is_silent_is_forgotten(self) -> None:
        """It is listed no more, nor are its members, and it has to begin anew."""
        async with self._connected() as (here, _, there, _):
            room, silent, alive = _name(), uuid4().hex, uuid4().hex
            assert await _announce(there, alive, [Change(room, "1", True, b"alive")], None, "1")
            gone = [Change(room, "1", True, b"silent")]
            assert await here.announce(silent, gone, after=None, version="1", seconds=0.1)
            while silent in (await there.present([room])).processes:  # noqa: ASYNC110
                await anyio.sleep(0.01)
            present = await there.present([room])
            assert (present.processes[alive], list(present.rooms[0])) == ("1", [b"alive"])
            assert not await _announce(here, silent, [], "1", "2")

    async def test_members_of_many_processes_and_rooms_are_kept_apart(self) -> None:
        """Rooms may have any name, and each process may have members of the same name."""
        async with self._connected() as (here, _, there, _):
            first = _name()
            rooms = [first + ending for ending in ("", "1", ":", "\n", "\0", "\ud800", "\xff")]
            processes = [uuid4().hex for _ in range(2)]
            for number, process in enumerate(processes):
                changes = [
                    Change(room, "1", True, b"%d %d" % (number, place))
                    for place, room in enumerate(rooms)
                ]
                assert await _announce(here, process, changes, None, "1")
            present = await there.present([*rooms, _name()])
            assert processes[0] in present.processes
            assert [sorted(each) for each in present.rooms] == [
                *([b"0 %d" % place, b"1 %d" % place] for place in range(len(rooms))),
                [],
            ]

    async def test_a_thousand_changes_can_be_announced_at_once(self) -> None:
        """All of them are made, in their order."""
        async with self._connected() as (here, _, there, _):
            room, process = _name(), uuid4().hex
            joined = [Change(room, str(each), True, b"%d" % each) for each in range(600)]
            left = [Change(room, str(each), False, b"") for each in range(1, 600)]
            assert await _announce(here, process, [*joined, *left], None, "1")
            assert await _announce(here, process, [*joined, *left], "1", "2")
            present = await there.present([room])
            assert (present.processes[process], list(present.rooms[0])) == ("2", [b"0"])


async def _announce(
    backend: Backend, process: str, changes: Sequence[Change], after: str | None, version: str
) -> bool:
    return await backend.announce(process, changes, after=after, version=version, seconds=60)
