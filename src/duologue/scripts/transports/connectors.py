"""The interface of transports: connect, send, receive and close, and the events that come.

A connector represents a server; a channel is one client's connection to it.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias

TextHeaders: TypeAlias = Sequence[tuple[str, str]]
"""Headers as pairs, names in lower case, values decoded as latin-1."""


class CannotConnectError(Exception):
    """There is no server to connect to. The message is one line that says why."""


class StartError(Exception):
    """The application did not start or stop as it should; the cause is what it raised."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server accepted the connection.

    Args:
        subprotocol: The chosen subprotocol, empty for none.
        headers: The headers of the answer.
    """

    subprotocol: str
    headers: TextHeaders


@dataclass(frozen=True, slots=True)
class Denied:
    """The server answered the handshake with an HTTP response."""

    status: int
    headers: TextHeaders
    body: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The connection is closed.

    Args:
        code: The close code: 1005 if there was none, 1006 if the connection was lost.
        reason: The reason, empty if there was none.
        ours: Whether this side has ended it, and the other has agreed.
    """

    code: int
    reason: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """The server did what no server may do: the words say what."""

    words: str


Answer: TypeAlias = Accepted | Denied | Broken
"""The result of a handshake."""

Event: TypeAlias = str | bytes | Ended | Broken
"""The next event: a text message, a binary one, or the end."""


class Channel(ABC):
    """One client's connection with the server."""

    @property
    def crash(self) -> BaseException | None:
        """The exception of the application, or the rule that it broke, if that is known."""
        return None

    @property
    def hint(self) -> str | None:
        """Why nothing may arrive, if that is known."""
        return None

    @abstractmethod
    async def open(self) -> Answer:
        """Shake hands.

        Raises:
            CannotConnectError: There is no server.
        """

    @abstractmethod
    async def send(self, message: str | bytes) -> None:
        """Send a message; after the end of the connection it is dropped."""

    @abstractmethod
    async def receive(self) -> Event:
        """Wait for the next event. After the end it is the end again.

        Cancelling it loses nothing.
        """

    @abstractmethod
    async def close(self, code: int | None, reason: str) -> None:
        """Close the connection, and wait until the server has agreed.

        Earlier messages can still be received.
        """

    @abstractmethod
    async def drop(self) -> None:
        """Drop the connection, without a close frame. Earlier messages can still be received."""

    async def settle(self) -> None:
        """Wait until the other side has done all it does about what was sent, if one can know.

        Cancelling it is safe.
        """
        return

    @abstractmethod
    async def finish(self) -> None:
        """After the end: wait until the other side is done too."""


class Connector(ABC):
    """A server to connect to: an asynchronous context manager, open while scripts are played."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    @abstractmethod
    def channel(self, path: str, headers: TextHeaders, subprotocols: Sequence[str]) -> Channel:
        """Make a channel. It is not open yet.

        Args:
            path: The path with its query.
            headers: Headers of the request.
            subprotocols: The subprotocols to offer.
        """
