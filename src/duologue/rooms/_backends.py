"""Backends: what carries the messages of rooms from process to process."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from duologue.rooms._history import History, Past


class BackendError(Exception):
    """The backend cannot be reached.

    The members stay where they are. What was to be published has not been, unless the connection
    was lost before the answer came: then nobody knows.
    """


class Change(NamedTuple):
    """A member that has joined a room, or left it.

    Attributes:
        room: The name of the room.
        member: The name of the member, of ASCII letters, digits and hyphens.
        here: Whether it is in the room now.
        payload: What listeners to the room receive. It is kept while the member is in the room.
    """

    room: str
    member: str
    here: bool
    payload: bytes


class Present(NamedTuple):
    """The processes that announce members, and the members of some rooms.

    Attributes:
        processes: The version of each process.
        rooms: For each room that was asked for, the payloads of its members.
    """

    processes: Mapping[str, str]
    rooms: Sequence[Sequence[bytes]]


class Listener(Protocol):
    """Receives what comes through a backend. It never waits, and raises nothing."""

    def message(self, room: str, payload: bytes, offset: str | None, /) -> None:
        """A message has come.

        Args:
            room: The room that it is for.
            payload: What was published.
            offset: Its offset, where it was published with a history.
        """

    def gap(self) -> None:
        """Messages may have been lost; from now on, all that is published is received again."""


class Backend(Protocol):
    """Carries messages to all processes that listen.

    The messages of one room come to each listener in one and the same order. What is published
    after `subscribe` has returned is received, unless `Listener.gap` says otherwise.

    A backend may keep histories. Each message then has an offset. The offsets of one room are
    ordered, as `str`, as its messages are.

    `duologue.rooms.testing` has tests for all of this.

    Attributes:
        shared: Whether there are other processes behind it. Where there are not, it receives
            everything that it is told to publish, and rooms are not subscribed to.
        keeps_history: Whether it can keep histories. Where it cannot, rooms with a history are
            refused, `read` is never called, and `publish` is given no history.
        keeps_presence: Whether it can keep presence. If it cannot, rooms with presence are refused,
            and `announce` and `present` are never called.
    """

    shared: bool
    keeps_history: bool
    keeps_presence: bool

    def connect(self, listener: Listener) -> AbstractAsyncContextManager[None]:
        """Open a block in which everything else can be called, and the listener gets messages.

        Where the connection is lost, it is made again by itself.

        Raises:
            BackendError: On entering: it cannot be reached. The message is one line that says
                where it should be, and what to do.
        """
        ...

    async def publish(self, room: str, payload: bytes, history: History | None) -> str | None:
        """Give a message to all that listen, this process included.

        With a history, publishing and keeping are one step: who reads the history finds either
        both done, or none.

        Args:
            room: The room that it is for.
            payload: What is published.
            history: How much of what was published to this room is kept, if anything.

        Returns:
            Its offset, where there is a history.

        Raises:
            BackendError: It cannot be reached, or the connection was lost before the answer came.
        """
        ...

    async def read(self, room: str, after: str | None, history: History) -> Past:
        """Tell what was published to a room after an offset.

        Args:
            room: The name of the room.
            after: An offset, of this room or made up by a client; `None` where only the end of the
                history is wanted. Where nothing was published yet, there is one, too.
            history: How much is kept.

        Returns:
            What the history has; it is complete if nothing after the offset has been forgotten.

        Raises:
            OffsetError: This was never an offset.
            BackendError: It cannot be reached.
        """
        ...

    async def announce(
        self,
        process: str,
        changes: Sequence[Change],
        *,
        after: str | None,
        version: str,
        seconds: float,
    ) -> bool:
        """Change which members a process has, and publish the payload of each change.

        Each announcement gives the members of a process another version. It is made only if the
        backend has the version that it follows: so a backend that was restarted, or an announcement
        without an answer, is noticed.

        A process announces again before its time is over, also if nothing has changed. If it does
        not, the backend forgets its version and its members.

        Args:
            process: The name of the process.
            changes: The changes, in their order.
            after: The version that they follow; `None` to forget all members of the process first.
                In that case, `present` shows the process only with all changes.
            version: The version that they make.
            seconds: How long the process may be silent from now on.

        Returns:
            Whether they were made: `False` if the backend has another version, or none.

        Raises:
            BackendError: It cannot be reached, or the connection was lost before the answer came.
        """
        ...

    async def present(self, rooms: Sequence[str]) -> Present:
        """Return which processes there are, and which members they have in some rooms.

        Args:
            rooms: The names of the rooms.

        Raises:
            BackendError: It cannot be reached.
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
        """Whether messages can be received now."""
        ...
