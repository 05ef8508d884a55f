"""The player: sends what the clients of a script send, and checks what the server sends."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import TypeAlias, TypeVar

import anyio
from anyio.abc import TaskGroup

from duologue._in_process.stopwatch import stopwatch
from duologue._targets import OTHERS, lacking
from duologue.scripts._failure import ScriptFailure
from duologue.scripts._matching import ServerLine, compare, describe
from duologue.scripts.language.content import payload
from duologue.scripts.language.parser import check
from duologue.scripts.language.script import (
    Accept,
    ClientClose,
    ClientMessage,
    Comment,
    Deny,
    Drop,
    Line,
    Open,
    Script,
    ServerClose,
    ServerMessage,
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
"""Is called with each line as it is sent or received, in the notation of scripts."""

Target: TypeAlias = Connector | ASGIApp | str
"""Whom a client talks to: a connector, an application, or the server at a URL."""


async def play(
    script: Script,
    target: Target | Mapping[str, Target],
    *,
    timeout: float = 5.0,
    listener: Listener | None = None,
) -> None:
    """Play a script, from top to bottom.

    Args:
        script: The script.
        target: An ASGI application, which is played in process; the `ws://` or `wss://` URL of a
            server; or a connector. If the clients use different ones, it is a mapping from the
            names of clients to these. The one at `""` is for all clients without an entry.
        timeout: How many seconds the server has for each of its lines.
        listener: Called with each line when it is sent or received.

    Raises:
        ScriptFailure: The conversation differs from the script.
        CannotConnectError: There is no server at the URL.
        ValueError: The URL is not one of a WebSocket, or a client has no target, or the lines of
            the script are in the wrong order.
        ImportError: The target is a URL, and the package `websockets` is missing.

    Cancelling it is safe: all connections are closed.
    """
    check(script)
    connectors = _connectors(script, target, timeout)
    run = Run(script, timeout, listener)
    failure: Exception | None = None
    try:
        with stopwatch.running():
            async with AsyncExitStack() as entered:
                for connector in dict.fromkeys(connectors.values()):
                    await entered.enter_async_context(connector)
                tasks = await entered.enter_async_context(anyio.create_task_group())
                try:
                    await run.play(connectors, tasks)
                except Exception as error:  # noqa: BLE001 - raised below
                    failure = error  # the task group would wrap it in a group
                tasks.cancel_scope.cancel()
    except StartError as error:
        failure = failure or run.failure(str(error), crash=error.__cause__)
    if failure is not None:
        raise failure


def _connectors(
    script: Script, target: Target | Mapping[str, Target], timeout: float
) -> dict[str, Connector]:
    """Make what reaches the targets: for each client its own, or that of all others."""
    if isinstance(target, str | Connector) or callable(target):
        target = {OTHERS: target}
    client = lacking(script.clients, target)
    if client is not None:
        raise ValueError(
            f"The client {client!r} has no target. Add one for it, or one at '' for all others."
        )
    made = {id(each): _connector(each, timeout) for each in target.values()}
    return {client: made[id(each)] for client, each in target.items()}


def _connector(target: Target, timeout: float) -> Connector:
    if isinstance(target, Connector):
        return target
    if isinstance(target, str):
        from duologue.scripts.transports.sockets import URLConnector  # an optional dependency

        return URLConnector(target)
    return AppConnector(target, timeout)


class Session:
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
        """Shake hands; to be started as a task of its own, for others may send meanwhile."""
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
            case ServerClose(code=1006 | 1011) | Deny(status=500):
                return True
            case _:
                return False


class Run:
    """One run of a script.

    Args:
        script: The script.
        timeout: How many seconds the server has for each of its lines.
        listener: Called with each line when it is sent or received.
    """

    def __init__(self, script: Script, timeout: float, listener: Listener | None = None) -> None:
        self._script = script
        self._timeout = timeout
        self._listener = listener
        self._sessions: dict[str, Session] = {}
        self._over: list[Session] = []
        self._conversation: list[str] = []

    async def play(self, connectors: Mapping[str, Connector], tasks: TaskGroup) -> None:
        """Play every line, and wait until every conversation has really ended.

        Raises:
            ScriptFailure: A line fails.
            CannotConnectError: There is no server.
        """
        for line in self._script.lines:
            match line:
                case Comment():
                    pass
                case Open():
                    self._open(
                        line,
                        connectors[line.client if line.client in connectors else OTHERS],
                        tasks,
                    )
                case _:
                    session = self._sessions[line.client]
                    session.last = line
                    await self._play_line(line, session)
        for session in [*self._over, *self._sessions.values()]:
            await self._finish(session)

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
        """Make the error that shows what happened, and the conversation so far."""
        sessions = [*self._over, *self._sessions.values()]
        crashes = [
            session.channel.crash for session in sessions if session.channel.crash is not None
        ]
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
        if line.client in self._sessions:
            self._over.append(self._sessions[line.client])
        session = Session(connector.channel(line.path, line.headers, line.subprotocols), line)
        self._sessions[line.client] = session
        tasks.start_soon(session.open)
        self._log(str(line))

    async def _play_line(self, line: Turn, session: Session) -> None:
        channel = session.channel
        match line:
            case Accept() | Deny():
                self._check(line, await self._in_time(line, session.answer))
            case ServerMessage() | ServerClose():
                self._check(line, await self._in_time(line, channel.receive))
            case _:
                self._log(str(line))
        match line:
            case Wait(seconds=seconds):
                await stopwatch.sleep(seconds)
            case ClientMessage(content=content):
                await self._in_time(line, partial(channel.send, payload(content)))
                await self._settle(channel)
            case ClientClose(code=code, reason=reason):
                await self._in_time(line, partial(channel.close, code, reason))
                await self._settle(channel)
                self._expect_end(line, await self._in_time(line, channel.receive))
            case Drop():
                await self._in_time(line, channel.drop)
                await self._settle(channel)
                self._expect_end(line, await self._in_time(line, channel.receive))
            case _:
                pass

    async def _in_time(self, line: Turn, action: Callable[[], Awaitable[Result]]) -> Result:
        """Do something with the other side, which has its time for it."""
        with stopwatch.move_on_after(self._timeout):
            # Made and awaited in one: an interruption in between would warn of it.
            return await action()
        limit = f"{self._timeout:g} s"
        expected, got = str(line), "nothing"
        match line:
            case ClientClose():
                what = f"the server did not answer the close frame within {limit}"
                expected = got = ""
            case ClientMessage():
                what = f"the server took nothing for {limit}"
                expected = got = ""
            case _:
                what = f"the server sent nothing for {limit}"
        why = self._sessions[line.client].channel.hint
        raise self.failure(what, line, expected=expected, got=got, why=why)

    async def _settle(self, channel: Channel) -> None:
        """Let the other side react before anyone continues, unless it never finishes."""
        with stopwatch.move_on_after(self._timeout):
            await channel.settle()

    def _check(self, line: ServerLine, came: Answer | Event) -> None:
        """Compare what came with the line that expects it."""
        described = describe(line.client, came, line)
        why = compare(line, came)
        if why is not None:
            what = "the server sent something else"
            raise self.failure(what, line, expected=str(line), got=described, why=why)
        self._log(described)

    def _expect_end(self, line: ClientClose | Drop, came: Event) -> None:
        """Fail if something arrived before the client ended the conversation."""
        if isinstance(came, Ended) and came.ours:
            return
        what = "the server sent what no line expects"
        raise self.failure(what, line, got=describe(line.client, came))

    async def _finish(self, session: Session) -> None:
        with stopwatch.move_on_after(self._timeout) as scope:
            await session.channel.finish()
        if scope.cancelled_caught:
            what = f"the application is still running {self._timeout:g} s after the end"
            raise self.failure(what, session.last)
        if session.channel.crash is not None and not session.announced:
            raise self.failure("the application failed", session.last)

    def _log(self, line: str) -> None:
        self._conversation.append(line)
        if self._listener is not None:
            self._listener(line)
