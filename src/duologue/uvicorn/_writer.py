"""The writer: messages become frames, which picows writes."""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

from picows import WSMsgType, WSTransport

from duologue._asgi.protocol import wrong_data
from duologue.types import Message
from duologue.uvicorn._deflate import Deflate
from duologue.uvicorn._parser import silent

_TEXT, _BINARY, _CLOSE = WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CLOSE
_PING, _PONG = WSMsgType.PING, WSMsgType.PONG

COMPRESSED = 64
"""The shortest payload that is compressed: a shorter one hardly shrinks."""


class _Wire:
    """The transport as picows sees it.

    picows gives `writelines` a view of its own buffer, into which it writes the next frame. A
    transport that cannot send at once would keep the view: so it gets a copy.
    """

    __slots__ = ("_transport", "get_extra_info", "get_write_buffer_size")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.get_extra_info = transport.get_extra_info
        self.get_write_buffer_size = transport.get_write_buffer_size

    def write(self, data: bytes) -> None:
        # Once the client is gone, the event loop logs a line for each further write.
        if not self._transport.is_closing():
            self._transport.write(data)

    def writelines(self, parts: Iterable[bytes | memoryview]) -> None:
        self.write(b"".join(parts))


class Writer:
    """Writes frames.

    Attributes:
        text: Writes a text message; half of a surrogate pair is a `UnicodeEncodeError`.
        data: Writes a binary message.

    Args:
        transport: The transport.
        loop: The event loop.
        deflate: The compression, if there is one.
    """

    __slots__ = ("_send", "data", "text")

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        deflate: Deflate | None,
    ) -> None:
        # Its type says transport, but it takes whatever writes.
        picows = WSTransport(False, _Wire(transport), silent, loop)  # type: ignore[call-arg]
        self._send = picows.send
        # Without compression, nothing of ours stands between an application and picows.
        self.text: Callable[[str], None] = partial(picows.send, _TEXT)
        self.data: Callable[[bytes], None] = partial(picows.send, _BINARY)
        if deflate is not None:
            self.text = partial(self._text, deflate)
            self.data = partial(self._compress, deflate, _BINARY)

    def _text(self, deflate: Deflate, text: str) -> None:
        self._compress(deflate, _TEXT, text.encode())

    def _compress(self, deflate: Deflate, kind: WSMsgType, data: bytes) -> None:
        if len(data) < COMPRESSED:
            self._send(kind, data)
        else:
            self._send(kind, deflate.compress(data), True, True)

    def other(self, message: Message) -> None:
        """Write a message that is not just a `str`.

        picows takes both for either kind of frame: a text frame could have what is no UTF-8.

        Raises:
            TypeError: It has neither text nor bytes.
        """
        text, data = message.get("text"), message.get("bytes")
        if isinstance(text, str):
            self.text(text)
        elif text is not None:
            raise wrong_data("text", text)
        elif data is None or isinstance(data, str):
            raise wrong_data("bytes", data)
        else:
            self.data(data)

    def ping(self, payload: bytes) -> None:
        """Write a ping."""
        self._send(_PING, payload)

    def pong(self, payload: bytes) -> None:
        """Write a pong."""
        self._send(_PONG, payload)

    def close(self, code: int | None, reason: str) -> None:
        """Write a close frame, with a code or without anything (RFC 6455 section 5.5.1)."""
        self._send(_CLOSE, b"" if code is None else code.to_bytes(2) + reason.encode())
