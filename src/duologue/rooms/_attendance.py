"""Presence: the members of each room, in all processes, and the messages about them."""

import math
from collections import deque
from collections.abc import Callable, Collection, Sequence
from itertools import count, islice
from typing import Any
from uuid import uuid4

import anyio
from anyio.lowlevel import checkpoint

from duologue._codec import read_json, write_json
from duologue._concurrency.background import BackgroundTask
from duologue.rooms import _envelope as envelopes
from duologue.rooms._backends import Backend, BackendError, Change
from duologue.rooms._envelope import Envelope
from duologue.rooms._local import LocalRoom
from duologue.rooms._member import Member
from duologue.rooms._presence import Presence, RoomMember, member_id
from duologue.rooms._view import View

# Of the time after which a process that has died is forgotten everywhere: how many times it is told
# within it that a process is alive, for how many of these it may miss, and for how many of
# these the others still wait when the backend has forgotten it.
_BEATS, _SILENT, _ABSENT = 6, 3, 3
_AT_ONCE = 100  # rooms that the backend is asked for in one call
_FAREWELL_SECONDS = 1  # for what is still to be announced when the lifespan ends

Make = Callable[[RoomMember], Any]
Tell = Callable[[str, Make, RoomMember, int | None], None]


class Attendance:
    """The members of all rooms that have members in this process.

    Every process keeps the whole list of such a room, and tells its own members about changes. So
    each member is told once, whichever process notices first.

    They are told a moment later, in the order of the changes, so members that leave at the same
    time are not told of each other.

    Args:
        presence: The messages about members.
        backend: The backend.
        process: The name of this process.
        tell: Makes a message of a member, and sends it to all others in a room; the last argument
            is the number of the member if it is one of this process. It raises nothing.
    """

    def __init__(self, presence: Presence, backend: Backend, process: str, tell: Tell) -> None:
        self._presence = presence
        self._backend = backend
        self._process = process
        self._tell = tell
        self._views: dict[str, View] = {}
        self._untold: deque[tuple[str, Make, RoomMember, int | None]] = deque()
        self._telling = BackgroundTask()
        # What other processes are to be told, and the version that they know.
        self._changes: list[Change] = []
        self._version: str | None = None
        self._versions = count()
        # The rooms whose members in other processes are to be read.
        self._unread: dict[str, None] = {}
        # Of each other process: the beginning of its version, and how long it has been missing.
        self._others: dict[str, tuple[str, int]] = {}
        self._due = -math.inf
        self._wake = anyio.Event()
        self._task = BackgroundTask()

    # Members of this process.

    async def know(self, room: LocalRoom) -> None:
        """Wait until it is known who is in a room, so that all that changes later is noticed.

        Raises:
            BackendError: The backend cannot be reached.
        """
        if room.name not in self._views:
            self._views[room.name] = View(self._process, not self._backend.shared)
        await self._complete(room.name)

    async def _complete(self, name: str) -> None:
        view = self._views[name]
        if not view.complete:
            self._unread[name] = None
            self._wake.set()
            await view.answer.wait()

    def enter(self, room: LocalRoom, member: Member, info: Any) -> None:
        """Take note that a member is in a room."""
        entered = RoomMember(member_id(self._process, member.number), info)
        self._views[room.name].add(self._process, entered)
        self._note(room.name, self._presence.joined, entered, member.number)
        self._announce_later(room.name, entered, True)

    def leave(self, room: LocalRoom, member: Member) -> None:
        """Note that a member has left, or that it will not come."""
        view = self._views.get(room.name)
        if view is None:
            return
        left = view.remove(self._process, member_id(self._process, member.number))
        if not room:
            del self._views[room.name]
        if left is not None:
            self._note(room.name, self._presence.left, left, member.number)
            self._announce_later(room.name, left, False)

    async def members(self, name: str) -> list[RoomMember]:
        """Return who is in a room.

        Raises:
            BackendError: The backend has to be asked, and cannot be reached.
        """
        while (view := self._views.get(name)) is not None:
            if view.complete:
                return view.all()
            await self._complete(name)
        if not self._backend.shared:
            return []
        present = await self._backend.present([name])
        members = map(_read_member, present.rooms[0])
        return [member for process, member in members if process != self._process]

    # What the members in this process are told.

    def _note(self, name: str, make: Make | None, member: RoomMember, number: int | None) -> None:
        if make is None:
            return
        self._untold.append((name, make, member, number))
        if not self._telling.running:
            self._telling.start(self._tell_all)

    def _note_all(
        self, name: str, joined: Sequence[RoomMember], left: Sequence[RoomMember]
    ) -> None:
        for member in joined:
            self._note(name, self._presence.joined, member, None)
        for member in left:
            self._note(name, self._presence.left, member, None)

    async def _tell_all(self) -> None:
        while self._untold:
            self._tell(*self._untold.popleft())
            await checkpoint()  # so that members take it before the next one comes

    # What comes from other processes.

    def receive(self, name: str, payload: bytes) -> bool:
        """Take note of what a process has announced.

        Returns:
            Whether it is such a thing.

        Raises:
            ValueError: It cannot be read.
        """
        if payload[:1] not in envelopes.PRESENCE:
            return False
        process, member = _read_member(payload)
        view = self._views.get(name)
        if view is None or process == self._process:
            return True
        joined: list[RoomMember] = []
        left: list[RoomMember] = []
        if payload[:1] == envelopes.JOINED:
            if view.add(process, member):
                joined.append(member)
        elif (gone := view.remove(process, member.id)) is not None:
            left.append(gone)
        if view.complete:  # else nobody here has come in yet
            self._note_all(name, joined, left)
        return True

    def note_gap(self) -> None:
        """Read everything anew: something of it may be lost, here or in the backend."""
        self._unread.update(dict.fromkeys(self._views))
        # The others may have lost their connections, too, and need as long to come back.
        self._others = {
            name: (begin, _ABSENT - _BEATS) for name, (begin, _) in self._others.items()
        }
        self._due = -math.inf
        self._wake.set()

    async def _read(self, names: Sequence[str]) -> None:
        for name in names:
            del self._unread[name]
        views = {name: view for name in names if (view := self._views.get(name)) is not None}
        for view in views.values():
            view.begin_reading()
        try:
            present = await self._backend.present(list(views))
            for (name, view), payloads in zip(views.items(), present.rooms, strict=True):
                members: dict[str, dict[str, RoomMember]] = {}
                for process, member in map(_read_member, payloads):
                    members.setdefault(process, {})[member.id] = member
                self._note_all(name, *view.replace(present.processes.keys(), members))
        except BaseException:
            self._unread.update(dict.fromkeys(views))
            raise
        finally:
            for view in views.values():
                view.end_reading()

    # What other processes are told, and whether there are such; only where the backend is shared.

    def start(self) -> None:
        """Announce the members of this process, and look after those of others."""
        self._version = None
        self._others.clear()
        self._due = -math.inf
        self._task.start(self._work)

    async def stop(self) -> None:
        """Announce what has changed, and nothing more."""
        await self._task.stop()
        self._fail(BackendError("The lifespan of these rooms has ended."))
        if self._changes:
            with anyio.move_on_after(_FAREWELL_SECONDS):
                try:
                    await self._announce()
                except Exception:  # noqa: BLE001, S110 - the others notice it later
                    pass
        self._changes.clear()

    def _fail(self, error: Exception) -> None:
        for view in self._views.values():
            view.fail(error)

    def _announce_later(self, name: str, member: RoomMember, here: bool) -> None:
        if self._backend.shared:
            self._changes.append(self._change(name, member, here))
            self._wake.set()

    def _change(self, name: str, member: RoomMember, here: bool) -> Change:
        said = write_json([self._process, member.id, member.info if here else None])
        kind = envelopes.JOINED if here else envelopes.LEFT
        return Change(name, member.id, here, Envelope(kind, said.encode()).pack())

    async def _work(self) -> None:
        while True:
            self._wake = anyio.Event()
            try:
                await self._keep_in_step()
            except Exception as error:  # noqa: BLE001 - it is tried again at the next beat
                self._fail(error)
            wait = self._due - anyio.current_time() if self._views else math.inf
            with anyio.move_on_after(max(wait, 0)):
                await self._wake.wait()

    async def _keep_in_step(self) -> None:
        beat = bool(self._views) and self._due <= anyio.current_time()
        if beat:
            self._due = anyio.current_time() + self._presence.ttl / _BEATS
        if beat or self._changes:
            await self._announce()
        if beat:
            await self._look_for_others()
        while self._unread:
            await self._read(list(islice(self._unread, _AT_ONCE)))

    async def _announce(self) -> None:
        changes, self._changes = self._changes, []
        before, self._version = self._version, None  # until the answer comes, nobody knows
        if before is not None:
            begin = _begin_of(before)
            if await self._announced(changes, before, begin):
                return
        everything = [
            self._change(name, member, True)
            for name, view in self._views.items()
            for member in view.own()
        ]
        left = [each for each in changes if not each.here]
        await self._announced([*left, *everything], None, uuid4().hex)

    async def _announced(self, changes: Sequence[Change], after: str | None, begin: str) -> bool:
        version = f"{begin}.{next(self._versions)}"
        seconds = self._presence.ttl * _SILENT / _BEATS
        announced = await self._backend.announce(
            self._process, changes, after=after, version=version, seconds=seconds
        )
        if announced:
            self._version = version
        return announced

    async def _look_for_others(self) -> None:
        """Notice processes that are missing for too long, or that have begun anew."""
        versions = (await self._backend.present(())).processes
        others, self._others = self._others, {}
        processes: set[str] = set()
        for view in self._views.values():
            processes.update(view.processes)
        for process in processes - {self._process}:
            begin, missing = others.get(process, ("", 0))
            version = versions.get(process)
            if version is None:
                if missing + 1 < _ABSENT:
                    self._others[process] = (begin, missing + 1)
                else:
                    self._drop(process)
                continue
            self._others[process] = (_begin_of(version), 0)
            if begin != _begin_of(version):
                self._unread.update(dict.fromkeys(self._rooms_of(process)))

    def _drop(self, process: str) -> None:
        for name in self._rooms_of(process):
            self._note_all(name, [], self._views[name].drop(process))

    def _rooms_of(self, process: str) -> Collection[str]:
        return [name for name, view in self._views.items() if process in view.processes]


def _begin_of(version: str) -> str:
    """Return what all versions have in common, from one announcement of everything to the next."""
    return version.partition(".")[0]


def _read_member(payload: bytes) -> tuple[str, RoomMember]:
    """Read what a process has announced: its name, and a member.

    Raises:
        ValueError: It cannot be read.
    """
    match read_json(envelopes.unpack(payload, envelopes.PRESENCE).data):
        case [str(process), str(identifier), info]:
            return process, RoomMember(identifier, info)
        case _:
            raise ValueError("It does not name a member.")
