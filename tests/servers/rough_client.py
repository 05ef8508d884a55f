"""A WebSocket client that can also be rude: it sends what it likes, and leaves as it likes.

It is synchronous, and every wait has its limit. Its protocol is that of the `websockets` package,
without its input and output.
"""

import logging
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from patience import PROCESS
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

# For each piece that comes. Less than what the servers let pass between two pings.
_SILENT = logging.Logger("rough_client", level=logging.CRITICAL + 1)
_DATA = (Opcode.TEXT, Opcode.BINARY)


@dataclass(frozen=True)
class Closed:
    """The server has ended the conversation: 1005 without a code, 1006 without a close frame."""

    code: int
    reason: str = ""


class Client:
    """One connection.

    Args:
        url: Where to go.
        headers: Further headers of the request.
        subprotocols: What to offer.
        buffer: How many bytes the system may receive in advance; by default its own choice.
        wait: Whether to wait for the answer to the handshake at once.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Sequence[tuple[str, str]] = (),
        subprotocols: tuple[str, ...] = (),
        buffer: int | None = None,
        wait: bool = True,
    ):
        uri = parse_uri(url)
        offered = list(subprotocols) or None
        self.protocol = ClientProtocol(uri, subprotocols=offered, max_size=None, logger=_SILENT)
        self.socket = socket.socket()
        if buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(PROCESS)
        self.socket.connect((uri.host, uri.port))
        self._events: deque[Any] = deque()
        self._lost = False
        request = self.protocol.connect()
        for name, value in headers:
            request.headers[name] = value  # beside one of the same name
        self.protocol.send_request(request)
        self.request = b"".join(self.protocol.data_to_send())
        if wait:
            self.send_raw(self.request)
            self.response = self.read_response()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    @property
    def accepted(self) -> bool:
        """Whether the handshake has succeeded."""
        return self.protocol.state is State.OPEN

    def read_response(self) -> Response:
        """Wait for the answer to the handshake."""
        began = time.monotonic()
        self.response = self._next()
        if not isinstance(self.response, Response):
            waited = f"{time.monotonic() - began:.1f} s"
            raise ConnectionError(f"no answer to the handshake after {waited}: {self.response}")
        return self.response

    def send(self, message: str | bytes) -> None:
        """Send a message in one frame."""
        if isinstance(message, str):
            self.protocol.send_text(message.encode())
        else:
            self.protocol.send_binary(message)
        self._flush()

    def send_frame(self, opcode: Opcode, data: bytes, *, fin: bool = True) -> None:
        """Send any frame, whatever came before."""
        self.send_raw(frame(opcode, data, fin=fin))

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are; where the connection is lost, reading will say so."""
        try:
            self.socket.sendall(data)
        except ConnectionError:
            pass

    def receive(self) -> str | bytes | Closed:
        """Wait for a message or the end, at which the stream is closed too.

        Raises:
            TimeoutError: Nothing comes.
        """
        return self._next(_DATA)

    def receive_pong(self) -> bytes | Closed:
        """Wait for a pong or the end, past whatever else comes."""
        return self._next((Opcode.PONG,))

    def has_news(self) -> bool:
        """Whether something has come, were it the end."""
        return bool(self._events) or bool(select.select([self.socket], [], [], 0)[0])

    def close(self, code: int | None = 1000, reason: str = "") -> Closed:
        """Close, and wait for the server's close frame, past whatever else comes."""
        if self.protocol.state is State.OPEN:
            self.protocol.send_close(code, reason)
            self._flush()
        while not isinstance(came := self.receive(), Closed):
            pass
        return came

    def hang_up(self) -> None:
        """End the stream, without a close frame (TCP FIN)."""
        self.socket.close()

    def reset(self) -> None:
        """Cut the connection (TCP RST)."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _next(self, opcodes: tuple[Opcode, ...] = ()) -> Any:
        fragments: list[bytes] = []
        kind = Opcode.BINARY
        while True:
            while not self._events:
                if self._lost:
                    self.socket.close()
                    closed = self.protocol.close_rcvd
                    return Closed(closed.code, closed.reason) if closed else Closed(1006)
                self._read()
            event = self._events.popleft()
            if isinstance(event, Response):
                return event
            if event.opcode in _DATA:
                kind = event.opcode
            elif event.opcode is not Opcode.CONT or kind not in opcodes:
                if event.opcode in opcodes:
                    return event.data
                continue
            if kind in opcodes:
                fragments.append(event.data)
                if event.fin:
                    data = b"".join(fragments)
                    return data.decode() if kind is Opcode.TEXT else data

    def _read(self) -> None:
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionError:
            data = b""
        if data:
            self.protocol.receive_data(data)
        else:
            self.protocol.receive_eof()
        self._events += self.protocol.events_received()
        self._lost = not data or self.protocol.close_rcvd is not None
        if isinstance(self.protocol.handshake_exc, InvalidHandshake | EOFError):
            self._lost = True
        self._flush()

    def _flush(self) -> None:
        self.send_raw(b"".join(self.protocol.data_to_send()))


def frame(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    """Write a frame as a client does."""
    return Frame(opcode, data, fin).serialize(mask=True)
