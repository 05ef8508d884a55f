"""Commands that are sent to Redis together: all that come while others are under way."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

import anyio
from coredis.connection import BaseConnection

from duologue._concurrency.background import BackgroundTask
from duologue._concurrency.wakeup import Wakeup

Argument = bytes | int

PUBLISH = b"PUBLISH"
"""The command for a message without a history; its arguments are the channel and the message."""

_PARTS = 10  # of the time limit
_SEVERAL = b"*"  # in the place of an offset: several messages follow, each behind its length
_LENGTH = 4  # bytes that say how long a message is


class _Command:
    """A command, as coredis takes it.

    Args:
        name: Its name.
        arguments: Its arguments, without the messages that it publishes.

    Attributes:
        messages: Those messages.
        answer: The response of Redis.
    """

    __slots__ = ("_arguments", "answer", "decode", "messages", "name")

    def __init__(self, name: bytes, arguments: tuple[Argument, ...]) -> None:
        self.name = name
        self.decode = False
        self.messages: list[bytes] = []
        self.answer: Any = ConnectionError("The connection was lost.")
        self._arguments = arguments

    @property
    def serialized_arguments(self) -> tuple[Argument, ...]:
        """All of its arguments."""
        return (*self._arguments, _pack(self.messages)) if self.messages else self._arguments


class _Asked:
    """The request of a task to Redis.

    Args:
        name: The name of the command.
        arguments: Its arguments.

    Attributes:
        command: The command that is sent for it, and possibly for others.
        given_up: Whether the task has been cancelled.
        parts: How many parts of the time limit are over.
    """

    __slots__ = ("_answer", "_answered", "arguments", "command", "given_up", "name", "parts")

    command: _Command

    def __init__(self, name: bytes, arguments: tuple[Argument, ...]) -> None:
        self.name = name
        self.arguments = arguments
        self.given_up = False
        self.parts = 0
        self._answer: Any = None
        self._answered = Wakeup()

    def settle(self, answer: Any) -> None:
        """Pass an answer to the task."""
        self._answer = answer
        self._answered.wake()

    async def answered(self) -> Any:
        """Wait for the answer."""
        await self._answered
        return self._answer


class Batches:
    """Sends commands through one connection, in their order.

    When many tasks publish at once, the fixed cost of each command matters: a request, a time
    limit, a turn of the event loop. So one command serves all tasks that come until Redis has
    answered the last one, and the messages for one channel become one message. A single message is
    sent at once.

    Args:
        seconds: How many seconds an answer may take, including reconnecting.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: dict[_Asked, None] = {}
        self._sent: list[_Asked] = []
        self._sending = False
        self._more: Wakeup | None = None
        self._clock = BackgroundTask()

    async def ask(self, name: bytes, arguments: tuple[Argument, ...]) -> Any:
        """Send a command, as soon as there is a connection.

        Cancelling it does not stop the command while there is a connection: a member may disconnect
        right after the message that it sends here. Without one, and if it is lost before the
        command is sent, the command is dropped.

        Returns:
            The answer; or the error that Redis answers, or that it has taken too long.
        """
        asked = _Asked(name, arguments)
        self._waiting[asked] = None
        if self._more is not None:
            self._more.wake()
        if not self._clock.running:
            self._clock.start(self._limit)
        try:
            return await asked.answered()
        except BaseException:
            asked.given_up = True
            if not self._sending:
                self._waiting.pop(asked, None)
            raise

    async def send(self, connection: BaseConnection) -> None:
        """Send what is asked through a connection, as long as it lasts."""
        self._sending = True
        try:
            while True:
                await self._until_asked()
                await self._send_all(connection)
        finally:
            self._sending = False
            for asked in [each for each in self._waiting if each.given_up]:
                del self._waiting[asked]

    async def _send_all(self, connection: BaseConnection) -> None:
        self._sent = list(self._waiting)
        self._waiting.clear()
        commands = _commands_for(self._sent)
        try:
            answers = await connection.create_request_batch(cast("Any", commands))
            for command, answer in zip(commands, answers, strict=True):
                command.answer = answer
        finally:
            for asked in self._sent:
                asked.settle(asked.command.answer)
            self._sent = []

    async def _until_asked(self) -> None:
        while not self._waiting:
            self._more = Wakeup()
            try:
                await self._more
            finally:
                self._more = None

    async def _limit(self) -> None:
        """Let nobody wait for too long. A task runs this as long as somebody waits.

        The time goes by in parts. Where the event loop was busy, for however long, only one of them
        is over then, and what has come meanwhile is read.
        """
        while self._waiting or self._sent:
            await anyio.sleep(self._seconds / _PARTS)
            for asked in (*self._sent, *self._waiting):
                asked.parts += 1
                if asked.parts > _PARTS:
                    self._waiting.pop(asked, None)
                    asked.settle(TimeoutError())

    async def stop(self) -> None:
        """Let nobody wait any more: nothing is sent from now on."""
        for asked in self._waiting:
            asked.settle(ConnectionError("It was closed."))
        self._waiting.clear()
        await self._clock.stop()


def _commands_for(batch: Iterable[_Asked]) -> list[_Command]:
    """Make the commands that do what is asked."""
    commands: list[_Command] = []
    publishing: dict[bytes, _Command] = {}
    for asked in batch:
        if asked.name != PUBLISH:
            asked.command = _Command(asked.name, asked.arguments)
            commands.append(asked.command)
            continue
        channel, message = cast("tuple[bytes, bytes]", asked.arguments)
        if channel not in publishing:
            publishing[channel] = _Command(PUBLISH, (channel,))
            commands.append(publishing[channel])
        asked.command = publishing[channel]
        asked.command.messages.append(message)
    return commands


def _pack(messages: list[bytes]) -> bytes:
    """Write messages as what is published; see `read_messages`."""
    if len(messages) == 1:
        return b"\n" + messages[0]
    parts = (part for each in messages for part in (len(each).to_bytes(_LENGTH), each))
    return _SEVERAL + b"\n" + b"".join(parts)


def read_messages(published: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Read what comes through a channel: messages, each with its offset, or with none."""
    offset, _, rest = published.partition(b"\n")
    if offset != _SEVERAL:
        yield offset, rest
        return
    end = 0
    while end < len(rest):
        start = end + _LENGTH
        end = start + int.from_bytes(rest[end:start])
        yield b"", rest[start:end]
