"""picows' parser of frames, on its own.

picows has no parser that could be had without its handshake and its connection. So its protocol
stands on a transport that is none, and is told of a handshake that nobody has made. Afterwards it
reads the frames that it is given, and calls us with each. It holds nothing between two calls, if it
is given whole frames, so that one parser does for all connections.
"""

import asyncio
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any

from picows import WSAutoPingStrategy, WSFrame, WSListener, WSTransport

if TYPE_CHECKING:
    from collections.abc import Callable

_REQUEST = (
    b"GET / HTTP/1.1\r\nHost: duologue\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ZHVvbG9ndWVkdW9sb2d1ZQ==\r\n\r\n"
)
_core: Any = import_module("picows.picows")  # whose types do not name its protocol

_UNLIMITED = (1 << 63) - 1
_BUFFER = 1 << 16

MOST = _BUFFER // 2
"""The largest payload to be read: for more, picows makes its buffer larger, and never smaller."""


class _Silent:
    """A logger for picows, which drops everything: picows also sends a close frame."""

    def nothing(self, *_: object) -> int:
        return 0

    isEnabledFor = debug = info = warning = error = exception = log = nothing  # noqa: N815


silent = _Silent()


class _Nowhere:
    """A fake transport, and its socket.

    picows only sends the close frame of a connection whose frames break a rule.
    """

    def __init__(self) -> None:
        self.said = b""

    def get_extra_info(self, name: str, default: object = None) -> object:
        # That it has TLS makes picows write to it, and not past it to a socket.
        return self if name in ("socket", "ssl_object") else default

    def write(self, data: bytes) -> None:
        self.said = bytes(data)

    def fileno(self) -> int:
        return -1

    def nothing(self, *_: object) -> int:
        return 0

    setsockopt = getsockopt = get_write_buffer_size = close = nothing


class Failure(Exception):  # noqa: N818 - it is the client that is wrong
    """The data of a client breaks a rule.

    Args:
        code: The code to close with.
        reason: The close reason.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class Parser(WSListener):
    """Checks what RFC 6455 section 5.2 says of the head of a frame, and unmasks its payload."""

    def __init__(self) -> None:
        self._payload = b""
        self._begin()

    def _begin(self) -> None:
        self._nowhere = nowhere = _Nowhere()
        # Without the names of the arguments, since it takes none: what begins with None is unused.
        protocol: Any = _core.WSProtocol(
            *(None, None),  # host and path, which a client asks for
            False,  # a server
            lambda _: self,  # pyright: ignore[reportUnknownLambdaType]
            silent,  # the logger
            True,  # to be told of exceptions
            None,  # no time limit for the handshake
            *(False, None, None, WSAutoPingStrategy.PING_WHEN_IDLE),  # no pings
            False,  # nor pongs
            _UNLIMITED,
            None,  # no headers
            _BUFFER,
        )
        protocol.connection_made(nowhere)
        protocol.get_buffer(-1)[: len(_REQUEST)] = _REQUEST
        protocol.buffer_updated(len(_REQUEST))
        nowhere.said = b""  # the answer
        self._get_buffer: Callable[[int], memoryview] = protocol.get_buffer
        self._buffer_updated: Callable[[int], None] = protocol.buffer_updated

    def read(self, frame: bytes) -> bytes:
        """Read a frame, and return its payload.

        Args:
            frame: A whole frame, whose payload has at most `MOST` bytes; or the head of one that
                breaks a rule. None that closes: picows would take all connections for closed.

        Raises:
            Failure: It breaks a rule.
        """
        size = len(frame)
        self._get_buffer(-1)[:size] = frame
        self._buffer_updated(size)
        if self._nowhere.said:
            raise self._failure()
        return self._payload

    def _failure(self) -> Failure:
        said = self._nowhere.said
        self._begin()  # picows reads no further
        return Failure(int.from_bytes(said[2:4]), said[4:].decode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take what picows has read; it is gone when this returns."""
        self._payload = frame.get_payload_as_bytes()


_ours = threading.local()


def parser() -> Parser:
    """Return the parser of the event loop that runs."""
    loop = asyncio.get_running_loop()  # picows asks for it too, and keeps it
    if getattr(_ours, "loop", None) is not loop:
        _ours.loop, _ours.parser = loop, Parser()
    found: Parser = _ours.parser
    return found
