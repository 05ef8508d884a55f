"""Backends: they carry the messages of rooms from process to process."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from duologue.rooms._history import History, Past


class BackendError(Exception):
    """The backend cannot be reached.

    The members stay in their rooms. The message has not been published, unless the connection was
    lost, or the time was over, before the answer came: then this is unknown.
    """


class Change(NamedTuple):
    """A member that has joined a room, or left it.

    Attributes:
        room: The name of the room.
        member: The name of the member, of ASCII letters, digits and hyphens.
        here: Whether it is in the room now.
        payload: The message that listeners to the room receive. It is kept while the member is in
            the room.
    """

    room: str
    member: str
    here: bool
    payload: bytes


class Present(NamedTuple):
    """The processes that announce members, and the members of some rooms.

    Attributes:
        processes: The version of each process.
        rooms: The payloads of the members, for each requested room.
    """

    processes: Mapping[str, str]
    rooms: Sequence[Sequence[bytes]]


class Listener(Protocol):
    """Receives the messages of a backend. Its methods never wait, and raise nothing."""

    def message(self, room: str, payload: bytes, offset: str | None, /) -> None:
        """Take a message.

        Args:
            room: The room of the message.
            payload: The content of the message.
            offset: Its offset, if it was published with a history.
        """

    def gap(self) -> None:
        """Note that messages may have been lost. From now on, messages are received again."""


class Backend(Protocol):
    """Carries messages to all processes that listen.

    The messages of one room arrive at each listener in the same order. If a message is published
    after `subscribe` has returned, it is received, unless `Listener.gap` is called.

    A backend may keep histories. Each message then has an offset. Compared as `str`, the offsets of
    a room are in the order of its messages.

    `duologue.rooms.testing` has tests for all of this.

    Attributes:
        shared: Whether the backend connects several processes. If it does not, it receives
            everything that it publishes, and rooms do not subscribe.
        keeps_history: Whether it can keep histories. If it cannot, rooms with a history are
            refused, `read` is never called, and `publish` gets no history.
        keeps_presence: Whether it can keep presence. If it cannot, rooms with presence are refused,
            and `announce` and `present` are never called.
    """

    shared: bool
    keeps_history: bool
    keeps_presence: bool

    def connect(self, listener: Listener) -> AbstractAsyncContextManager[None]:
        """Open a block in which the listener gets messages and all other methods can be called.

        If the connection is lost, the backend reconnects by itself.

        Raises:
            BackendError: On entering: it cannot be reached. The message is one line with the
                address and what to do.
        """
        ...

    async def publish(self, room: str, payload: bytes, history: History | None) -> str | None:
        """Publish a message to all that listen, including this process.

        With a history, publishing and storing are one step: a reader of the history sees both, or
        neither.

        Args:
            room: The room of the message.
            payload: The content of the message.
            history: How much of the room's messages to keep; `None` for no history.

        Returns:
            Its offset, if there is a history.

        Raises:
            BackendError: It cannot be reached, or no answer came in time, or before the connection
                was lost.
        """
        ...

    async def read(self, room: str, after: str | None, history: History) -> Past:
        """Return the messages of a room after an offset.

        Args:
            room: The name of the room.
            after: An offset, of this room or invented by a client; `None` to get only the end of
                the history. The history has an end even before the first message.
            history: How much of the room's messages is kept.

        Returns:
            The content of the history. It is complete if no message after the offset has been
                removed.

        Raises:
            OffsetError: This is not a valid offset.
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

        Each announcement gives the members of a process another version. It is applied only if the
        backend has the version before it. So a process notices if the backend was restarted, or if
        an announcement was not answered.

        A process announces again before its time is over, even if nothing has changed. If it does
        not, the backend forgets its version and its members.

        Args:
            process: The name of the process.
            changes: The changes, in their order.
            after: The version before them; `None` to forget all members of the process first. In
                that case, `present` shows the process only with all changes.
            version: The version after them.
            seconds: How many seconds the process has until it must announce again.

        Returns:
            Whether they were applied: `False` if the backend has another version, or none.

        Raises:
            BackendError: It cannot be reached, or no answer came in time, or before the connection
                was lost.
        """
        ...

    async def present(self, rooms: Sequence[str]) -> Present:
        """Return the processes, and their members in some rooms.

        Args:
            rooms: The names of the rooms.

        Raises:
            BackendError: It cannot be reached.
        """
        ...

    async def subscribe(self, rooms: Sequence[str]) -> None:
        """Listen to these rooms, too. It is not called again before it has returned.

        Raises:
            BackendError: The backend cannot be reached. It listens to none of these rooms.
        """

    async def unsubscribe(self, rooms: Sequence[str]) -> None:
        """Stop listening to these rooms, even if the backend cannot be reached now."""

    def listening(self) -> bool:
        """Whether messages can be received now."""
        ...
