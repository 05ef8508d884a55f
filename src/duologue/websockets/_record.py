"""The record of a connection: what the library knows of it, kept in its scope."""

from typing import Generic, Protocol, TypeVar

from duologue.types import Receive, Scope, Send
from duologue.websockets._channel import HasChannel, channel_of
from duologue.websockets.state import CONNECTING

_WebSocket = TypeVar("_WebSocket", bound=HasChannel)

RECORD_KEY = "duologue.connection"
"""Where a scope has the `Record` of its connection."""


class Silence(Protocol):
    """How long a client may be idle."""

    @property
    def idle_seconds(self) -> float | None:
        """The time; `None` for ever."""
        ...

    def note_silence(self) -> tuple[int, str]:
        """Count a client that was idle for longer; return the code and the reason to close with."""
        ...


class Record(list[tuple[_WebSocket, Receive, Send]], Generic[_WebSocket]):
    """What the library knows of one connection: its WebSockets, from the outside to the inside.

    First comes that of the boundary, with the `receive` and `send` that it gives. Each of the
    others stands on the one before, where middleware between them has wrapped what that one gives;
    it comes with the two that it was made over.

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
        """Tell which WebSocket the endpoint holds: the innermost, but for those that never began.

        Args:
            outermost: That of the boundary, which it holds where there is no other.
        """
        layers = self.layers
        begun = (each for each in layers if channel_of(each).phase is not CONNECTING)
        return next(begun, layers[0] if layers else outermost)


def is_bounded(scope: Scope) -> bool:
    """Return whether the scope comes through an application, which closes the connection."""
    return bool(scope.get(RECORD_KEY))
