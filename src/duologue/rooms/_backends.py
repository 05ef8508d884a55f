"""Backends: what carries the messages of rooms from process to process."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class BackendError(Exception):
    """The backend cannot be reached.

    The members stay where they are. What was to be published has not been, unless the connection
    was lost before the answer came: then nobody knows.
    """


class Listener(Protocol):
    """Hears what comes through a backend. It never waits, and raises nothing."""

    def message(self, room: str, payload: bytes, offset: str | None, /) -> None:
        """A message has come.

        Args:
            room: The room that it is for.
            payload: What was published.
            offset: Its offset, where the room keeps a history.
        """

    def gap(self) -> None:
        """Messages may have been lost; from now on, all that is published is heard again."""


class Backend(Protocol):
    """Carries messages to all processes that listen.

    The messages of one room come to each listener in one and the same order. What is published
    after `subscribe` has returned is heard, unless `Listener.gap` says otherwise.

    Attributes:
        shared: Whether there are other processes behind it. Where there are not, it hears
            everything that it is told to publish, and rooms are not subscribed to.
    """

    shared: bool

    def connect(self, listener: Listener) -> AbstractAsyncContextManager[None]:
        """Open a block in which everything else can be called, and the listener hears messages.

        Where the connection is lost, it is made again by itself.

        Raises:
            BackendError: On entering: it cannot be reached. The message is one line that says
                where it should be, and what to do.
        """
        ...

    async def publish(self, room: str, payload: bytes) -> str | None:
        """Give a message to all that listen, this process included.

        Returns:
            Its offset, where the room keeps a history.

        Raises:
            BackendError: It cannot be reached, or the connection was lost before the answer came.
        """
        ...

    async def subscribe(self, rooms: Sequence[str]) -> None:
        """Listen to these rooms, too; it is not called again before it has returned.

        Raises:
            BackendError: It cannot be reached. It listens to none of them.
        """

    async def unsubscribe(self, rooms: Sequence[str]) -> None:
        """Listen to these rooms no more; where it cannot be reached, it does not listen later."""

    def listening(self) -> bool:
        """Whether messages can be heard now."""
        ...
