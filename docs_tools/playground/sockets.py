"""The transport over the WebSockets of a browser, for Python that runs in one."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any

from docs_tools.project.browsers import HIDDEN
from duologue.scripts import Connector
from duologue.scripts.transports.connectors import Accepted, Broken, Channel, Denied, Ended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duologue.scripts.transports.connectors import Answer, Event, TextHeaders


class BrowserConnector(Connector):
    """Plays against a server, of which it sees what a page can see.

    Args:
        address: The URL that the paths of a script are put behind.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._channels: list[BrowserChannel] = []

    async def __aexit__(self, *_: object) -> None:
        for channel in self._channels:
            channel.leave()

    def channel(self, path: str, headers: TextHeaders, subprotocols: Sequence[str]) -> Channel:
        """Make a channel, which is not open yet. A page cannot send headers."""
        channel = BrowserChannel(self._address + path, subprotocols)
        self._channels.append(channel)
        return channel


class BrowserChannel(Channel):
    """One WebSocket.

    Args:
        address: Its URL.
        subprotocols: What to offer.
    """

    def __init__(self, address: str, subprotocols: Sequence[str]) -> None:
        self._address = address
        self._subprotocols = subprotocols
        self._socket: Any = None
        self._answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._has_ended = asyncio.Event()
        self._is_leaving = False
        self._listeners = {
            "open": self._take_open,
            "message": self._take_message,
            "close": self._take_close,
        }

    async def open(self) -> Answer:
        """Shake hands. A page does not learn why it gets no connection."""
        js, ffi, wrappers = map(import_module, ("js", "pyodide.ffi", "pyodide.ffi.wrappers"))
        try:
            socket = js.WebSocket.new(self._address, ffi.to_js(list(self._subprotocols)))
        except ffi.JsException as error:
            return Broken(str(error))
        socket.binaryType = "arraybuffer"
        for name, listener in self._listeners.items():
            wrappers.add_event_listener(socket, name, listener)
        self._socket = socket
        return await self._answer

    async def send(self, message: str | bytes) -> None:
        """Send a message; once the conversation has ended it is lost."""
        self._socket.send(import_module("pyodide.ffi").to_js(message))

    async def receive(self) -> Event:
        """Wait for the next event. After the end it is the end again."""
        event = await self._events.get()
        if isinstance(event, Ended):
            self._events.put_nowait(event)
        return event

    async def close(self, code: int | None, reason: str) -> None:
        """Close the connection, and wait until the server has agreed."""
        self._is_leaving = True
        if code is None:
            self._socket.close()
        else:
            self._socket.close(code, reason)
        await self._has_ended.wait()

    async def drop(self) -> None:
        """No page can do that: `why_not` says so before anything is played."""
        raise NotImplementedError

    async def finish(self) -> None:
        """A page cannot know whether the other side is done, too."""

    def leave(self) -> None:
        """Close what is still open, and listen no more."""
        if self._socket is not None:
            wrappers = import_module("pyodide.ffi.wrappers")
            for name, listener in self._listeners.items():
                wrappers.remove_event_listener(self._socket, name, listener)
            self._socket.close()

    def _take_open(self, _: Any) -> None:
        if not self._answer.done():
            self._answer.set_result(Accepted(self._socket.protocol, ()))

    def _take_message(self, event: Any) -> None:
        data = event.data
        self._events.put_nowait(data if isinstance(data, str) else data.to_bytes())

    def _take_close(self, event: Any) -> None:
        if not self._answer.done():
            self._answer.set_result(Denied(HIDDEN, (), b""))
        ours = self._is_leaving and event.wasClean
        self._events.put_nowait(Ended(event.code, event.reason, ours=ours))
        self._has_ended.set()
