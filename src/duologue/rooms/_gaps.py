"""Fills gaps: sends to the members of rooms the messages that a lost connection did not bring."""

from collections.abc import Callable, Mapping

from anyio.lowlevel import checkpoint

from duologue._concurrency.background import BackgroundTask
from duologue.rooms._backends import Backend
from duologue.rooms._history import History, Past
from duologue.rooms._local import LocalRoom

_BEHIND_EVERYTHING = "\U0010ffff"  # no offset

Give = Callable[[LocalRoom, bytes, str], None]


class Gaps:
    """The rooms that may lack messages, one after the other.

    Args:
        backend: The backend, which keeps histories.
        history: How much it keeps.
        rooms: The rooms that have members now, by their names.
        give: Passes a message to the members of a room.
    """

    def __init__(
        self, backend: Backend, history: History, rooms: Mapping[str, LocalRoom], give: Give
    ) -> None:
        self._backend = backend
        self._history = history
        self._rooms = rooms
        self._give = give
        self._open: dict[str, None] = {}
        self._task = BackgroundTask()

    async def read(self, name: str, after: str | None) -> Past:
        """Read the history of a room; see `Backend.read`."""
        return await self._backend.read(name, after, self._history)

    def note(self, name: str) -> None:
        """Note a gap: messages for the room are queued until it is filled."""
        self._rooms[name].hold()
        self._open[name] = None
        if not self._task.running:
            self._task.start(self._work)

    async def stop(self) -> None:
        """Fill none any more: the backend is not connected."""
        self._open.clear()
        await self._task.stop()

    async def _work(self) -> None:
        while self._open:
            name = next(iter(self._open))
            del self._open[name]
            room = self._rooms.get(name)
            # Where nobody has read the history yet, who does so first fills the gap.
            if room is not None and room.reached:
                await self._fill(room)

    async def _fill(self, room: LocalRoom) -> None:
        try:
            past = await self.read(room.name, room.reached)
        except Exception:  # noqa: BLE001 - the members are told that they have missed something
            past = Past((), False, _BEHIND_EVERYTHING)
        if room.name in self._open:
            return  # again: what has come meanwhile belongs behind the next gap
        if past.complete:
            room.counts.filled += 1
        else:
            room.counts.gaps += 1
            room.tell(past)
        messages = room.collect(past.messages)
        while messages:
            for offset, payload in messages:
                if past.edge is not None and offset <= past.edge:
                    room.tell(past)  # there may be gaps between what has come meanwhile
                room.tell_lost(past, offset)
                if room.is_new(offset):
                    self._give(room, payload, offset)
                    await checkpoint()  # so that members take it before the next one comes
            if room.name in self._open:
                return
            messages = room.collect(())
        room.go_on()
