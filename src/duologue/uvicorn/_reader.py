"""The reader: bytes that come from the client become messages and control frames."""

import codecs
import sys
import zlib
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from websockets.speedups import apply_mask

from duologue._asgi.protocol import is_close
from duologue.types import Message
from duologue.uvicorn._deflate import Deflate, InflatedError
from duologue.uvicorn._parser import MOST, Failure, Parser

PROTOCOL_ERROR, NO_CODE, INVALID_DATA, TOO_BIG = 1002, 1005, 1007, 1009
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

_FIN, _RSV, _RSV1, _CONTROL, _OPCODE = 0x80, 0x70, 0x40, 0x08, 0x0F
_MASKED, _LENGTH = 0x80, 0x7F
_SHORT = 125  # the longest payload of a control frame (RFC 6455 section 5.5)
_WHOLE_TEXT = _FIN | TEXT
_UNLIMITED = sys.maxsize - 1  # zlib takes no larger number, and is asked for one byte more

_decoder = codecs.getincrementaldecoder("utf-8")


class End(NamedTuple):
    """Why nothing is read any more.

    Args:
        code: The close code.
        reason: The reason.
        failure: Whether it is ours, for the client breaks a rule; else the client has closed.
    """

    code: int
    reason: str
    failure: bool


class _Fragments:
    """A message that comes in several frames, of which the last one is still to come.

    Args:
        text: Whether it is a text.
        deflate: Inflates it, if it is compressed.
    """

    __slots__ = ("data", "decoder", "deflate", "text")

    def __init__(self, text: bool, deflate: Deflate | None) -> None:
        self.text = text
        self.deflate = deflate
        self.data = bytearray()
        self.decoder = _decoder() if text else None


class Reader:
    """Reads what a client sends.

    picows is given whole frames. Of one that comes in pieces, each piece becomes a fragment with a
    head of ours: so a wrong byte is found when it comes, and no frame is kept, however long.

    Args:
        parser: picows' parser.
        messages: Takes them, as in ASGI.
        largest: How many bytes a message may have.
        most: How many messages are read ahead of the application.
        deflate: The compression, if there is one.
        answer: Takes pings and pongs: their opcode and payload.

    Attributes:
        messages: Takes the messages.
        end: Why nothing is read any more.
        held: The data that is still to be read.
        answer: Takes pings and pongs.
    """

    __slots__ = (
        "_between",
        "_deflate",
        "_fin",
        "_first",
        "_fragments",
        "_largest",
        "_mask",
        "_most",
        "_parser",
        "_remaining",
        "_size",
        "_usual",
        "answer",
        "end",
        "held",
        "messages",
    )

    def __init__(
        self,
        parser: Parser,
        messages: deque[Message],
        largest: int,
        most: int,
        deflate: Deflate | None,
        answer: Callable[[int, bytes], None],
    ) -> None:
        self.messages = messages
        self.end: End | None = None
        self._parser = parser
        self._largest = min(largest, _UNLIMITED)
        self._usual = min(_SHORT, self._largest) + 7  # the usual text is shorter, with its head
        self._most = most
        self._deflate = deflate
        self.answer = answer
        self.held = b""
        self._size = 0  # of what the application has not received; short texts with their heads
        self._fragments: _Fragments | None = None
        self._between = True  # two messages: everything has been read
        # Of a frame that comes in pieces:
        self._remaining = 0  # so many bytes are still to come
        self._first = 0  # the first byte of the next fragment, but for FIN
        self._fin = 0
        self._mask = b""

    @property
    def full(self) -> bool:
        """Whether enough has been read for now; the rest is held until `go_on`."""
        unread = len(self.messages)
        return unread >= self._most or (unread > 0 and self._size >= MOST) or self.end is not None

    def feed(self, data: bytes) -> str | None:
        """Read the data that has arrived.

        Returns:
            The usual case: one short text, if that is all. It is not among the messages.
        """
        size = len(data)
        # Its second byte is its size and a constant. picows has nothing that only unmasks, and
        # would take twice as long to be given so little, and to be asked for it.
        if self._between and 1 < size == data[1] - 122 < self._usual and data[0] == _WHOLE_TEXT:
            try:
                return apply_mask(data[6:], data[2:6]).decode()
            except UnicodeDecodeError:
                self._fail(_not_utf8())
                return None
        if self.end is None:
            self.held += data
            self.go_on()
        return None

    def go_on(self) -> None:
        """Read what is held, until it is enough."""
        data, self.held = self.held, b""
        at = 0
        try:
            while at < len(data) and not self.full:
                end = self._read_piece(data, at) if self._remaining else self._read_frame(data, at)
                if end == at:
                    break
                at = end
        except Failure as failure:
            self._fail(failure)
            return
        self.held = data[at:]
        self._between = not (
            self.held or self._remaining or self._fragments is not None or self.end is not None
        )

    def _fail(self, failure: Failure) -> None:
        self.end = End(failure.code, failure.reason, True)
        self._between = False

    def _read_frame(self, data: bytes, at: int) -> int:
        """Read the frame that begins here, or as much of it as there is; tell up to where."""
        left = len(data) - at
        if left < 2:
            return at
        first, second = data[at], data[at + 1]
        head, length = 6, second & _LENGTH
        if not second & _MASKED or not _is_known(first, length):
            self._parser.read(data[at : at + 2])  # fails
        self._check(first)
        if length > _SHORT:
            wide = 2 if length == 126 else 8
            head += wide
            if left < head:
                return at
            length = int.from_bytes(data[at + 2 : at + 2 + wide])
            if length <= (_SHORT if wide == 2 else 0xFFFF):
                self._parser.read(data[at : at + head])  # fails
            if length >> 63:  # RFC 6455 section 5.2
                raise Failure(PROTOCOL_ERROR, "a length of more than 63 bits")
        whole = left >= head + length
        if whole and length <= MOST:
            self._read(first, data[at : at + head + length])
            return at + head + length
        if left < head or first & _CONTROL:
            return at
        self._remaining, self._first, self._fin = length, first & ~_FIN, first & _FIN
        self._mask = data[at + head - 4 : at + head]
        self._check_size(length)
        return at + head

    def _read_piece(self, data: bytes, at: int) -> int:
        """Read the next piece of a frame that comes in pieces, as a fragment of its own."""
        piece = data[at : at + min(self._remaining, MOST)]
        size = len(piece)
        self._remaining -= size
        first = self._first if self._remaining else self._first | self._fin
        head = bytes([first, _MASKED | size]) if size <= _SHORT else _long_head(first, size)
        self._first = CONTINUATION
        mask, turn = self._mask, size % 4
        self._mask = mask[turn:] + mask[:turn]
        self._read(first, head + mask + piece)
        return at + size

    def _read(self, first: int, frame: bytes) -> None:
        """Read a whole frame."""
        opcode = first & _OPCODE
        self._check(first)
        if first == _WHOLE_TEXT:
            self._read_text(frame)
            return
        if opcode == CLOSE:  # a ping for picows, which may not know that anybody closes
            self._close(self._parser.read(bytes([first + 1]) + frame[1:]))
        elif opcode & _CONTROL:
            self.answer(opcode, self._parser.read(frame))
        else:
            self._read_fragment(first, self._parser.read(frame))

    def _read_text(self, frame: bytes) -> None:
        """Read a whole text."""
        payload = self._parser.read(frame)
        size = len(payload)
        if size > self._largest:
            raise self._too_big()
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            raise _not_utf8() from None
        self.put("text", text, size)

    def _check(self, first: int) -> None:
        """Check whether a frame that begins like this may come now (RFC 6455 sections 5.2, 5.4)."""
        opcode = first & _OPCODE
        # The first frame says whether the message is compressed (RFC 7692 section 6).
        allowed = _RSV1 if self._deflate is not None and opcode in (TEXT, BINARY) else 0
        if first & _RSV & ~allowed:
            raise Failure(PROTOCOL_ERROR, "reserved bits are set")
        if opcode <= BINARY and (opcode == CONTINUATION) == (self._fragments is None):
            raise Failure(PROTOCOL_ERROR, "fragments of two messages, or of none")

    def _read_fragment(self, first: int, payload: bytes) -> None:
        """Take in a part of a message, which may be all of it."""
        opcode, last = first & _OPCODE, bool(first & _FIN)
        fragments = self._fragments
        if fragments is None:
            deflate = self._deflate if first & _RSV1 else None
            fragments = self._fragments = _Fragments(opcode == TEXT, deflate)
        room = self._largest - len(fragments.data)
        if fragments.deflate is not None:
            payload = self._inflate(fragments.deflate, payload, last, room)
        self._check_size(len(payload) + len(fragments.data))
        if fragments.decoder is not None:
            try:
                fragments.decoder.decode(payload, last)
            except UnicodeDecodeError:
                raise _not_utf8() from None
        fragments.data += payload
        if last:
            self._fragments = None
            size = len(fragments.data)
            if fragments.text:
                self.put("text", fragments.data.decode(), size)
            else:
                self.put("bytes", bytes(fragments.data), size)

    def _inflate(self, deflate: Deflate, data: bytes, last: bool, room: int) -> bytes:
        try:
            return deflate.inflate(data, last, room)
        except InflatedError:
            raise self._too_big() from None
        except zlib.error:
            raise Failure(INVALID_DATA, "invalid compressed data") from None

    def put(self, kind: str, data: str | bytes, size: int) -> None:
        """Add a message to those that have been read; its size may include its head."""
        self._size = size + (self._size if self.messages else 0)
        self.messages.append({"type": "websocket.receive", kind: data})

    def _check_size(self, size: int) -> None:
        if size > self._largest:
            raise self._too_big()

    def _too_big(self) -> Failure:
        return Failure(TOO_BIG, f"message of more than {self._largest} bytes")

    def _close(self, payload: bytes) -> None:
        """Take in the client's close frame (RFC 6455 section 5.5.1)."""
        code, reason = int.from_bytes(payload[:2]), payload[2:]
        if not payload:
            code = NO_CODE
        elif not is_close(code, None):  # also what is half a code
            raise Failure(PROTOCOL_ERROR, "invalid close code")
        try:
            self.end = End(code, reason.decode(), False)
        except UnicodeDecodeError:
            raise _not_utf8() from None


def _is_known(first: int, length: int) -> bool:
    """Return whether a frame may begin like this (RFC 6455 sections 5.2 and 5.5)."""
    opcode = first & _OPCODE
    return opcode <= BINARY or (CLOSE <= opcode <= PONG and bool(first & _FIN) and length <= _SHORT)


def _long_head(first: int, size: int) -> bytes:
    """Write the head of a masked frame, but for its mask, with two more bytes for the length."""
    return bytes([first, _MASKED | 126]) + size.to_bytes(2)


def _not_utf8() -> Failure:
    return Failure(INVALID_DATA, "invalid UTF-8")
