"""The backend for one process: it hands messages on."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from duologue.rooms._backends import Change, Listener, Present
from duologue.rooms._histories import Histories
from duologue.rooms._history import History, Past
from duologue.rooms._registry import Registry


class MemoryBackend:
    """Carries messages within one process; see `Backend`.

    Args:
        listener: Receives them, without having to connect.
    """

    keeps_history = True
    keeps_presence = True

    def __init__(self, listener: Listener | None = None) -> None:
        self.shared = listener is None
        self._listeners = [] if listener is None else [listener]
        self._histories = Histories()
        self._registry = Registry()

    @asynccontextmanager
    async def connect(self, listener: Listener) -> AsyncGenerator[None]:
        """Let somebody listen."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    async def publish(self, room: str, payload: bytes, history: History | None) -> str | None:
        """Pass a message to all that listen."""
        offset = None if history is None else self._histories.add(room, payload, history)
        for listener in self._listeners:
            listener.message(room, payload, offset)
        return offset

    async def read(self, room: str, after: str | None, history: History) -> Past:
        """Return the messages after an offset."""
        return self._histories.read(room, after)

    async def announce(
        self,
        process: str,
        changes: Sequence[Change],
        *,
        after: str | None,
        version: str,
        seconds: float,
    ) -> bool:
        """Change which members a process has, and publish that."""
        if not self._registry.change(process, changes, after, version, seconds):
            return False
        for change in changes:
            await self.publish(change.room, change.payload, None)
        return True

    async def present(self, rooms: Sequence[str]) -> Present:
        """Return the processes, and their members in some rooms."""
        return self._registry.read(rooms)

    async def subscribe(self, rooms: Sequence[str]) -> None:
        """Do nothing: everything is received."""

    async def unsubscribe(self, rooms: Sequence[str]) -> None:
        """Do nothing."""

    def listening(self) -> bool:
        """It always is."""
        return True
