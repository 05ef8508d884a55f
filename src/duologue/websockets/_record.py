"""What the scope of a connection carries for the WebSockets that are made over it."""

# A layer is found by what it has heard and said.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

from typing import Generic, Protocol, TypeVar

from duologue.types import Receive, Send
from duologue.websockets.state import CONNECTING, Conversation

_WebSocket = TypeVar("_WebSocket", bound=Conversation)

MADE_KEY = "duologue.websockets"
"""Where a scope that comes through an application has the `Layers` of its connection."""

SILENCE_KEY = "duologue.silence"
"""Where a scope has what says how long its client may be silent: a `Silence`."""


class Silence(Protocol):
    """How long a client may be silent."""

    @property
    def idle_seconds(self) -> float | None:
        """The time; `None` for ever."""
        ...

    def note_silence(self) -> tuple[int, str]:
        """Count a client that was silent for longer: the code and the reason to close with."""
        ...


class Layers(list[tuple[_WebSocket, Receive, Send]], Generic[_WebSocket]):
    """The WebSockets that were made over that of an application, each with what it was made over.

    Each stands on the one before, where middleware between them has wrapped `receive` or `send`.
    """

    __slots__ = ()

    @property
    def websockets(self) -> list[_WebSocket]:
        """The WebSockets, from the inside to the outside."""
        return [websocket for websocket, _, _ in reversed(self)]

    def held(self, outermost: _WebSocket) -> _WebSocket:
        """Tell which one the endpoint holds: the innermost, but for those that never began.

        Args:
            outermost: That of the application, which it holds where there is no other.
        """
        inner = self.websockets
        begun = (websocket for websocket in inner if websocket._phase is not CONNECTING)
        return next(begun, inner[0] if inner else outermost)

    def find(self, receive: Receive, send: Send) -> _WebSocket | None:
        """Find the one that was made over these two."""
        for websocket, its_receive, its_send in self:
            if receive == its_receive and send == its_send:
                return websocket
        return None
