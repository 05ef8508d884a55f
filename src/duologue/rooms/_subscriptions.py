"""Keeps a backend listening to exactly those rooms that have members, with one call at a time."""

from collections.abc import Mapping

from duologue._concurrency.background import BackgroundTask
from duologue.rooms._backends import Backend
from duologue.rooms._local import LocalRoom


class Subscriptions:
    """The rooms that a backend listens to.

    Rooms may come and go in the meantime: what matters is the state when the backend is ready.

    Args:
        backend: The backend.
        rooms: The rooms that have members now, by their names.
    """

    def __init__(self, backend: Backend, rooms: Mapping[str, LocalRoom]) -> None:
        self._backend = backend
        self._rooms = rooms
        self._subscribed: set[str] = set()
        self._changed: set[str] = set()
        self._task = BackgroundTask()

    def note(self, name: str) -> None:
        """Take note that a room has got its first member, or lost its last one."""
        self._changed.add(name)
        if not self._task.running:
            self._task.start(self._work)

    def forget(self) -> None:
        """Begin anew: the backend is not connected any more."""
        self._subscribed.clear()

    async def renew(self) -> bool:
        """Listen anew, for those who have stayed since the backend was connected before.

        Returns:
            Whether there are some.

        Raises:
            BackendError: It cannot be reached.
        """
        await self._task.wait()
        names = list(self._rooms)
        if names:
            await self._backend.subscribe(names)
            self._subscribed.update(names)
            for name in names:
                self.note(name)  # its last member may have left meanwhile
        return bool(names)

    async def _work(self) -> None:
        while self._changed:
            changed, self._changed = self._changed, set()
            await self._unsubscribe(
                [each for each in changed if each not in self._rooms and each in self._subscribed]
            )
            await self._subscribe([each for each in changed if each in self._rooms])

    async def _unsubscribe(self, names: list[str]) -> None:
        if not names:
            return
        self._subscribed.difference_update(names)
        try:
            await self._backend.unsubscribe(names)
        except Exception:  # noqa: BLE001, S110 - it has been told, and what comes is not received
            pass

    async def _subscribe(self, names: list[str]) -> None:
        new = [each for each in names if each not in self._subscribed]
        error: Exception | None = None
        if new:
            try:
                await self._backend.subscribe(new)
                self._subscribed.update(new)
            except Exception as failure:  # noqa: BLE001 - who joins raises it
                error = failure
        for name in names:
            room = self._rooms.get(name)
            if room is None:
                self._changed.add(name)  # the last member has left meanwhile
            elif not room.subscribed.is_set():
                room.error = error if name in new else None
                room.subscribed.set()
