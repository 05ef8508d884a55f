"""The record of a connection: the library's data about it, kept in its scope."""

from typing import Generic, Protocol, TypeVar

from duologue.types import Receive, Scope, Send
from duologue.websockets._channel import HasChannel, channel_of
from duologue.websockets.state import CONNECTING

_WebSocket = TypeVar("_WebSocket", bound=HasChannel)

RECORD_KEY = "duologue.connection"
"""The key of a scope for the `Record` of its connection."""


class Silence(Protocol):
    """How long a client may be idle."""

    @property
    def idle_seconds(self) -> float | None:
        """The time in seconds; `None` for no limit."""
        ...

    def note_silence(self) -> tuple[int, str]:
        """Count a client that was idle for longer; return the code and the reason to close with."""
        ...


class Record(list[tuple[_WebSocket, Receive, Send]], Generic[_WebSocket]):
    """The library's data about one connection: its WebSockets, from the outside to the inside.

    The first is that of the boundary, with its `receive` and `send`. Each of the others uses the
    one before, whose `receive` or `send` a middleware has wrapped; it is stored with the two that
    it was made from.

    Without a boundary, and after the end of the connection, it is empty.
    """

    __slots__ = ("_silence",)

    @property
    def silence(self) -> Silence | None:
        """How long the client may be idle, if that is limited."""
        return getattr(self, "_silence", None)  # most connections have none, and never set it

    @silence.setter
    def silence(self, silence: Silence) -> None:
        self._silence = silence

    @property
    def layers(self) -> list[_WebSocket]:
        """The WebSockets over that of the boundary, from the inside to the outside."""
        return [websocket for websocket, _, _ in self[:0:-1]]

    def held(self, outermost: _WebSocket) -> _WebSocket:
        """Return the WebSocket of the endpoint: the innermost, except those that were never used.

        Args:
            outermost: That of the boundary, if there is no other.
        """
        layers = self.layers
        begun = (each for each in layers if channel_of(each).phase is not CONNECTING)
        return next(begun, layers[0] if layers else outermost)


def is_bounded(scope: Scope) -> bool:
    """Return whether the scope comes through an application, which closes the connection."""
    return bool(scope.get(RECORD_KEY))
