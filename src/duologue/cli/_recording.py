"""The command `record`: sends lines from a terminal or a pipe, and records what comes back."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Self, TypeAlias

import anyio

from duologue.scripts import (
    CannotConnectError,
    ClientClose,
    ClientMessage,
    Drop,
    Line,
    Open,
    Recorder,
    ScriptSyntaxError,
    Text,
    Wait,
)
from duologue.scripts.language.content import payload
from duologue.scripts.language.parser import parse_turn
from duologue.scripts.transports.connectors import Channel, Ended

Input: TypeAlias = ClientMessage | ClientClose | Drop | Wait
Writer: TypeAlias = Callable[[Line], None]
"""Is handed each line of the script as soon as it is certain."""


def read_input(text: str) -> Input:
    """Read what a person wants to say.

    A client's line of a script means the same here, except `open`; anything else is the text of a
    message.
    """
    try:
        turn = parse_turn(f"> {text}")
    except ScriptSyntaxError:
        return ClientMessage("", Text(text))
    return turn if isinstance(turn, Input) else ClientMessage("", Text(text))


class Recording:
    """Records one conversation with a server.

    Args:
        channel: The connection, not yet open.
        recorder: The recorder.
        write: Is handed each line of the script as soon as it is certain.
        timeout: How many seconds a handshake may take.
        pause: How many seconds the server must have sent nothing before the next line is sent;
            0 for someone who sees what it sends.
    """

    def __init__(
        self, channel: Channel, recorder: Recorder, write: Writer, *, timeout: float, pause: float
    ) -> None:
        self._channel = channel
        self._recorder = recorder
        self._write = write
        self._timeout = timeout
        self._pause = pause
        self._written = 0
        self._ending: ClientClose | Drop | None = None
        self._over = anyio.Event()
        self._failure: Exception | None = None

    async def hold(self, opened: Open, lines: AsyncIterator[str]) -> bool:
        """Talk to the server until the connection has ended.

        If the lines end first, the client closes it. Cancelling it closes it, too.

        Args:
            opened: The line that opens it.
            lines: The lines to send.

        Returns:
            Whether the server kept the rules of the protocol.

        Raises:
            CannotConnectError: There is no server, or it does not answer.
            Exception: The error of `write`.
        """
        if not await self._open(opened):
            return not self._recorder.broken
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._attempt, self._receive_all)
                tasks.start_soon(self._attempt, self._send_lines, lines)
                await self._over.wait()
                tasks.cancel_scope.cancel()
        except anyio.get_cancelled_exc_class():
            with anyio.move_on_after(1, shield=True):
                await self._leave()
            self._note_end()
            raise
        if self._failure is not None:
            raise self._failure
        self._note_end()
        await self._channel.finish()
        return not self._recorder.broken

    async def _open(self, opened: Open) -> bool:
        self._recorder.open(opened.path, opened.headers, opened.subprotocols)
        with anyio.move_on_after(self._timeout):
            self._recorder.answer(await self._channel.open())
            self._write_new()
            return not self._recorder.ended
        raise CannotConnectError(f"the server did not answer within {self._timeout:g} s")

    async def _attempt(
        self, action: Callable[..., Awaitable[None]], *arguments: AsyncIterator[str]
    ) -> None:
        """Do something in a task; `hold` raises its exceptions, and not in a group."""
        try:
            await action(*arguments)
        except Exception as error:  # noqa: BLE001
            self._failure = error
            self._over.set()

    async def _receive_all(self) -> None:
        while not self._recorder.ended:
            event = await self._channel.receive()
            if isinstance(event, Ended) and event.ours:
                break
            self._recorder.receive(event)
            self._write_new()
        self._over.set()

    async def _send_lines(self, lines: AsyncIterator[str]) -> None:
        async for text in lines:
            if text.strip():
                await self._do(read_input(text))
                await self._settle()
        await self._end(ClientClose("", 1000))

    async def _do(self, turn: Input) -> None:
        if isinstance(turn, Wait):
            await anyio.sleep(turn.seconds)
        if self._recorder.ended:
            return  # the server has closed meanwhile, and nothing can follow that
        if isinstance(turn, ClientClose | Drop):
            await self._end(turn)
        elif isinstance(turn, Wait):
            self._recorder.wait(turn.seconds)
            self._write_new()
        else:
            self._recorder.send(turn.content)  # first, for an answer may be fast
            self._write_new()
            await self._channel.send(payload(turn.content))
            with anyio.move_on_after(self._timeout):
                await self._channel.settle()

    async def _settle(self) -> None:
        """Wait until the server has sent nothing for a while."""
        seen = -1
        while self._pause and seen != self._written:
            seen = self._written
            await anyio.sleep(self._pause)

    async def _end(self, ending: ClientClose | Drop) -> None:
        self._ending = ending
        if isinstance(ending, ClientClose):
            with anyio.move_on_after(self._timeout):
                await self._channel.close(ending.code, ending.reason)
        await self._channel.drop()
        await anyio.sleep_forever()  # `_receive_all` notices the end

    async def _leave(self) -> None:
        self._ending = self._ending or ClientClose("", 1000)
        await self._channel.close(1000, "")
        await self._receive_all()

    def _note_end(self) -> None:
        """Write the line that has ended it; the lines before it are written."""
        if not self._recorder.ended and isinstance(self._ending, ClientClose):
            self._recorder.close(self._ending.code, self._ending.reason)
        elif not self._recorder.ended:
            self._recorder.drop()
        self._write_new()

    def _write_new(self) -> None:
        lines = self._recorder.lines
        while self._written < len(lines):
            self._write(lines[self._written])
            self._written += 1


class Lines:
    """The lines of a file, a pipe or a terminal, read without keeping others waiting (asyncio).

    Args:
        descriptor: The number of the open file.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        # A daemon, for nothing can end a read that waits for someone to type.
        threading.Thread(target=self._read, daemon=True).start()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        line = await self._lines.get()
        if line is None:
            raise StopAsyncIteration
        return line

    def _read(self) -> None:
        rest, mark = b"", "\ufeff"  # some editors begin a file with a byte order mark
        try:
            while data := self._read_some():
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._put(line.decode(errors="replace").removeprefix(mark).removesuffix("\r"))
                    mark = ""
            if rest:
                self._put(rest.decode(errors="replace").removeprefix(mark))
            self._put(None)
        except RuntimeError:
            pass  # the event loop has ended

    def _read_some(self) -> bytes:
        # Of the file itself: a buffered reader would be locked when the program ends.
        try:
            return os.read(self._descriptor, 65536)
        except OSError:
            return b""

    def _put(self, line: str | None) -> None:
        self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
