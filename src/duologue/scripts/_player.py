"""Playing a script: saying what the clients say, and expecting what the server says."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias, TypeVar

import anyio
from anyio.abc import TaskGroup

from duologue._in_process.stopwatch import stopwatch
from duologue.scripts._accounts import Expected, compare, tell
from duologue.scripts._failure import ScriptFailure
from duologue.scripts.language.content import payload
from duologue.scripts.language.parser import check
from duologue.scripts.language.script import (
    Accept,
    Close,
    Closed,
    Comment,
    Deny,
    Drop,
    Hear,
    Line,
    Open,
    Say,
    Script,
    Turn,
    Wait,
)
from duologue.scripts.transports.connectors import (
    Answer,
    Broken,
    CannotConnectError,
    Channel,
    Connector,
    Ended,
    Event,
    StartError,
)
from duologue.scripts.transports.in_process import AppConnector
from duologue.types import ASGIApp

Result = TypeVar("Result")
Listener: TypeAlias = Callable[[str], None]
"""Is told what is said, as it is said, in the notation of scripts."""


async def play(
    script: Script,
    target: Connector | ASGIApp | str,
    *,
    timeout: float = 5.0,
    listener: Listener | None = None,
) -> None:
    """Play a script, from top to bottom.

    Args:
        script: What must be said.
        target: An ASGI application, which is played in process; the `ws://` or `wss://` URL of a
            server; or a connector.
        timeout: How many seconds the server has for each of its lines.
        listener: Is told what is said, as it is said.

    Raises:
        ScriptFailure: The conversation was not held as the script says.
        CannotConnectError: There is no server at the URL.
        ValueError: It is no WebSocket URL, or the lines of the script have no proper order.
        ImportError: The target is a URL, and the package `websockets` is missing.

    Cancelling it is safe: what it has opened is closed.
    """
    check(script)
    connector = _connector(target, timeout)
    performance = Performance(script, timeout, listener)
    failure: Exception | None = None
    try:
        with stopwatch.running():
            async with connector, anyio.create_task_group() as tasks:
                try:
                    await performance.run(connector, tasks)
                except Exception as error:  # noqa: BLE001 - raised below
                    failure = error  # the task group would wrap it in a group
                tasks.cancel_scope.cancel()
    except StartError as error:
        failure = failure or performance.failure(str(error), crash=error.__cause__)
    if failure is not None:
        raise failure


def _connector(target: Connector | ASGIApp | str, timeout: float) -> Connector:
    if isinstance(target, Connector):
        return target
    if isinstance(target, str):
        from duologue.scripts.transports.sockets import URLConnector  # an optional dependency

        return URLConnector(target)
    return AppConnector(target, timeout)


class Talk:
    """One client's conversation while it is played.

    Args:
        channel: Its connection.
        opened: The line that opens it.
    """

    def __init__(self, channel: Channel, opened: Open) -> None:
        self.channel = channel
        self.last: Turn = opened
        self._answer: Answer | CannotConnectError = Broken("no answer")
        self._answered = anyio.Event()

    async def open(self) -> None:
        """Shake hands; to be started as a task of its own, for others may speak meanwhile."""
        try:
            self._answer = await self.channel.open()
        except CannotConnectError as error:
            self._answer = error
        self._answered.set()

    async def answer(self) -> Answer:
        """Wait for the server's answer to the handshake."""
        await self._answered.wait()
        if isinstance(self._answer, CannotConnectError):
            raise self._answer
        return self._answer

    @property
    def announced(self) -> bool:
        """Whether the script says that the server has failed."""
        match self.last:
            case Closed(code=1006 | 1011) | Deny(status=500):
                return True
            case _:
                return False


class Performance:
    """One performance of a script.

    Args:
        script: The script.
        timeout: How many seconds the server has for each of its lines.
        listener: Is told what is said, as it is said.
    """

    def __init__(self, script: Script, timeout: float, listener: Listener | None = None) -> None:
        self._script = script
        self._timeout = timeout
        self._listener = listener
        self._talks: dict[str, Talk] = {}
        self._over: list[Talk] = []
        self._conversation: list[str] = []

    async def run(self, connector: Connector, tasks: TaskGroup) -> None:
        """Play every line, and wait until every conversation has really ended.

        Raises:
            ScriptFailure: A line does not hold.
            CannotConnectError: There is no server.
        """
        for line in self._script.lines:
            match line:
                case Comment():
                    pass
                case Open():
                    self._open(line, connector, tasks)
                case _:
                    talk = self._talks[line.client]
                    talk.last = line
                    await self._perform(line, talk)
        for talk in [*self._over, *self._talks.values()]:
            await self._finish(talk)

    def failure(
        self,
        what: str,
        line: Line | None = None,
        *,
        expected: str = "",
        got: str = "",
        why: str | None = None,
        crash: BaseException | None = None,
    ) -> ScriptFailure:
        """Make the error that tells what happened, and the conversation so far."""
        talks = [*self._over, *self._talks.values()]
        crashes = [talk.channel.crash for talk in talks if talk.channel.crash is not None]
        return ScriptFailure(
            what,
            self._script,
            line,
            expected=expected,
            got=got,
            why=why,
            conversation=tuple(self._conversation),
            crash=crash or (crashes[-1] if crashes else None),
        )

    def _open(self, line: Open, connector: Connector, tasks: TaskGroup) -> None:
        if line.client in self._talks:
            self._over.append(self._talks[line.client])
        talk = Talk(connector.channel(line.path, line.headers, line.subprotocols), line)
        self._talks[line.client] = talk
        tasks.start_soon(talk.open)
        self._tell(str(line))

    async def _perform(self, line: Turn, talk: Talk) -> None:
        channel = talk.channel
        match line:
            case Accept() | Deny():
                self._judge(line, await self._in_time(line, talk.answer))
            case Hear() | Closed():
                self._judge(line, await self._in_time(line, channel.hear))
            case _:
                self._tell(str(line))
        match line:
            case Wait(seconds=seconds):
                await stopwatch.sleep(seconds)
            case Say(content=content):
                await self._in_time(line, partial(channel.say, payload(content)))
                await self._settle(channel)
            case Close(code=code, reason=reason):
                await self._in_time(line, partial(channel.close, code, reason))
                await self._settle(channel)
                self._expect_end(line, await self._in_time(line, channel.hear))
            case Drop():
                await self._in_time(line, channel.drop)
                await self._settle(channel)
                self._expect_end(line, await self._in_time(line, channel.hear))
            case _:
                pass

    async def _in_time(self, line: Turn, action: Callable[[], Awaitable[Result]]) -> Result:
        """Do something with the other side, which has its time for it."""
        with stopwatch.move_on_after(self._timeout):
            # Made and awaited in one: who interrupts in between would hear of it.
            return await action()
        limit = f"{self._timeout:g} s"
        expected, got = str(line), "nothing"
        match line:
            case Close():
                what = f"the server did not answer the close frame within {limit}"
                expected = got = ""
            case Say():
                what = f"the server took nothing for {limit}"
                expected = got = ""
            case _:
                what = f"the server said nothing for {limit}"
        why = self._talks[line.client].channel.hint
        raise self.failure(what, line, expected=expected, got=got, why=why)

    async def _settle(self, channel: Channel) -> None:
        """Let the other side react before anyone goes on; one that is never done is left alone."""
        with stopwatch.move_on_after(self._timeout):
            await channel.settle()

    def _judge(self, line: Expected, came: Answer | Event) -> None:
        """Compare what came with the line that expects it."""
        told = tell(line.client, came, line)
        why = compare(line, came)
        if why is not None:
            what = "the server said something else"
            raise self.failure(what, line, expected=str(line), got=told, why=why)
        self._tell(told)

    def _expect_end(self, line: Close | Drop, came: Event) -> None:
        """Fail where something came before the client ended the conversation."""
        if isinstance(came, Ended) and came.ours:
            return
        what = "the server said what no line expects"
        raise self.failure(what, line, got=tell(line.client, came))

    async def _finish(self, talk: Talk) -> None:
        with stopwatch.move_on_after(self._timeout) as scope:
            await talk.channel.finish()
        if scope.cancelled_caught:
            what = f"the application is still running {self._timeout:g} s after the end"
            raise self.failure(what, talk.last)
        if talk.channel.crash is not None and not talk.announced:
            raise self.failure("the application failed", talk.last)

    def _tell(self, said: str) -> None:
        self._conversation.append(said)
        if self._listener is not None:
            self._listener(said)
