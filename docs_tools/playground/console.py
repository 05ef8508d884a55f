"""A conversation in which the reader is the client, or several, and which becomes a script."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio

from duologue.cli._recording import Recording
from duologue.scripts import AppConnector, Comment, Open, Recorder, Script

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anyio.abc import TaskGroup

    from duologue.scripts import Connector, Line
    from duologue.types import ASGIApp


class Console:
    """What the reader says to an application, and hears of it.

    Args:
        tell: Takes reports: an event, and its values.
    """

    def __init__(self, tell: Callable[..., object]) -> None:
        self._tell = tell
        self._lines: list[Line] = []
        self._dictated: dict[str, Dictation] = {}
        self._over = anyio.Event()
        self._connector: Connector
        self._tasks: TaskGroup

    async def hold(self, app: ASGIApp) -> Script:
        """Let the reader talk to an application, until that is enough.

        Returns:
            What was said, as a script.
        """
        async with AppConnector(app) as self._connector:
            self._tell("listening")
            async with anyio.create_task_group() as self._tasks:
                await self._over.wait()
        return self.script

    def open(self, client: str, path: str, subprotocols: Sequence[str] = ()) -> None:
        """Let a client open a connection; only where it has none."""
        if client not in self._dictated:
            self._dictated[client] = Dictation()
            self._tasks.start_soon(self._record, Open(client, path, (), tuple(subprotocols)))

    def say(self, client: str, text: str) -> None:
        """Let a client say something: what `duologue record` would read."""
        if client in self._dictated:
            self._dictated[client].put(text)

    def leave(self) -> None:
        """It is enough: clients that have not ended their conversations close them."""
        for dictated in self._dictated.values():
            dictated.put(None)
        self._over.set()

    @property
    def script(self) -> Script:
        """What was said, in its order. A client that was alone needs no name."""
        turns = [line for line in self._lines if not isinstance(line, Comment)]
        if len({turn.client for turn in turns}) > 1:
            return Script(tuple(self._lines))
        alone = (
            line if isinstance(line, Comment) else replace(line, client="") for line in self._lines
        )
        return Script(tuple(alone))

    async def _record(self, opened: Open) -> None:
        client = opened.client
        channel = self._connector.channel(opened.path, opened.headers, opened.subprotocols)
        recorder = Recorder(client)
        recording = Recording(channel, recorder, self._write, timeout=5, pause=0)
        try:
            await recording.hold(opened, self._dictated[client])
        finally:
            del self._dictated[client]
            self._tell("ended", client=client)

    def _write(self, line: Any) -> None:
        self._lines.append(line)
        self._tell("said", client=line.client, said=str(line))


class Dictation:
    """What a client is to say, as it comes; an asynchronous iterator."""

    def __init__(self) -> None:
        self._texts: asyncio.Queue[str | None] = asyncio.Queue()

    def put(self, text: str | None) -> None:
        """Add something to say, or the end."""
        self._texts.put_nowait(text)

    def __aiter__(self) -> Dictation:
        return self

    async def __anext__(self) -> str:
        text = await self._texts.get()
        if text is None:
            raise StopAsyncIteration
        return text
