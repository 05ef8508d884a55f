"""The writer: messages become frames, which picows writes."""

import asyncio
from collections.abc import Iterable

from picows import WSMsgType, WSTransport

from duologue.uvicorn._deflate import Deflate
from duologue.uvicorn._parser import silent

_TEXT, _BINARY, _CLOSE = WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CLOSE

COMPRESSED = 64
"""The shortest payload that is compressed: of a shorter one, hardly anything can be left out."""


class _Wire:
    """The transport as picows sees it.

    picows gives `writelines` a view of its own buffer, into which it writes the next frame. A
    transport that cannot send at once would keep the view: so it gets a copy.
    """

    __slots__ = ("get_extra_info", "get_write_buffer_size", "write")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.get_extra_info = transport.get_extra_info
        self.get_write_buffer_size = transport.get_write_buffer_size
        self.write = transport.write

    def writelines(self, parts: Iterable[bytes | memoryview]) -> None:
        self.write(b"".join(parts))


class Writer:
    """Writes frames.

    Args:
        transport: Where they go.
        loop: The event loop.
        deflate: The compression, if there is one.
    """

    __slots__ = ("_deflate", "_send", "ping", "pong")

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        deflate: Deflate | None,
    ) -> None:
        # Its type says transport, but it takes whatever writes.
        picows = WSTransport(False, _Wire(transport), silent, loop)  # type: ignore[call-arg]
        self._send = picows.send
        self._deflate = deflate
        self.ping = picows.send_ping
        self.pong = picows.send_pong

    def text(self, text: str) -> None:
        """Write a text message.

        Raises:
            UnicodeEncodeError: It has half of a surrogate pair.
        """
        if self._deflate is None or len(text) < COMPRESSED:
            self._send(_TEXT, text)
        else:
            self._compressed(_TEXT, text.encode(), self._deflate)

    def data(self, data: bytes) -> None:
        """Write a binary message."""
        if self._deflate is None or len(data) < COMPRESSED:
            self._send(_BINARY, data)
        else:
            self._compressed(_BINARY, data, self._deflate)

    def _compressed(self, kind: WSMsgType, data: bytes, deflate: Deflate) -> None:
        self._send(kind, deflate.compress(data), True, True)

    def close(self, code: int | None, reason: str) -> None:
        """Write a close frame, with a code or without anything (RFC 6455 section 5.5.1)."""
        self._send(_CLOSE, b"" if code is None else code.to_bytes(2) + reason.encode())
