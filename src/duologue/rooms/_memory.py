"""The backend for one process: it hands messages on."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from duologue.rooms._backends import Listener


class MemoryBackend:
    """Carries messages within one process; see `Backend`.

    Args:
        listener: Who hears them, without having to connect.
    """

    def __init__(self, listener: Listener | None = None) -> None:
        self.shared = listener is None
        self._listeners = [] if listener is None else [listener]

    @asynccontextmanager
    async def connect(self, listener: Listener) -> AsyncGenerator[None]:
        """Let somebody listen."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    async def publish(self, room: str, payload: bytes) -> str | None:
        """Give a message to all that listen."""
        for listener in self._listeners:
            listener.message(room, payload, None)
        return None

    async def subscribe(self, rooms: Sequence[str]) -> None:
        """Do nothing: everything is heard."""

    async def unsubscribe(self, rooms: Sequence[str]) -> None:
        """Do nothing."""

    def listening(self) -> bool:
        """It always is."""
        return True
