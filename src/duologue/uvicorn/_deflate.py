"""Compression of messages: the extension permessage-deflate (RFC 7692)."""

import zlib
from dataclasses import dataclass
from typing import Any

NAME = "permessage-deflate"

_BITS = 12
"""The window of both directions if the client lets us choose: 4 kB, instead of 32."""

_MEMORY = 5
"""The memory of zlib in addition to the window: 2 ** (5 + 9) bytes."""

_MOST_BITS = 15
_LEAST_BITS = 9
"""zlib's least window. RFC 7692 section 7.1.2.1 has 8 as well, which zlib cannot compress with."""

_TAIL = b"\x00\x00\xff\xff"
"""The end of each message, which is not sent (RFC 7692 section 7.2.1)."""


class InflatedError(Exception):
    """A message is larger than allowed once it is inflated."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreed parameters (RFC 7692 section 7.1).

    Args:
        server_bits: The size of our window, as a power of two.
        client_bits: That of the client's.
        server_takeover: Whether we may refer to earlier messages.
        client_takeover: Whether the client may.
        answer: The value of the header that tells the client.
    """

    server_bits: int
    client_bits: int
    server_takeover: bool
    client_takeover: bool
    answer: bytes


def agree(offers: list[str]) -> Agreement | None:
    """Agree to the first offer that we can keep.

    Args:
        offers: The parts of the header Sec-WebSocket-Extensions.
    """
    for offer in offers:
        name, *parameters = (part.strip() for part in offer.split(";"))
        if name == NAME and (agreement := _agree(parameters)) is not None:
            return agreement
    return None


def _agree(parameters: list[str]) -> Agreement | None:
    asked: dict[str, str] = {}
    for parameter in parameters:
        name, _, value = (part.strip() for part in parameter.partition("="))
        if name in asked:
            return None
        asked[name] = value.strip('"')
    server_takeover = asked.pop("server_no_context_takeover", None)
    client_takeover = asked.pop("client_no_context_takeover", None)
    server = asked.pop("server_max_window_bits", None)
    client = asked.pop("client_max_window_bits", None)
    if asked or server_takeover or client_takeover:  # unknown, or a value where none may stand
        return None
    server_bits = _bits(server) if server is not None else _MOST_BITS
    client_bits = _bits(client) if client else _MOST_BITS
    if server_bits is None or client_bits is None or server_bits < _LEAST_BITS:
        return None
    server_bits = min(server_bits, _BITS)
    answer = [NAME, f"server_max_window_bits={server_bits}"]
    if client is not None:  # only then may we choose (RFC 7692 section 7.1.2.2)
        client_bits = min(client_bits, _BITS)
        answer.append(f"client_max_window_bits={client_bits}")
    if server_takeover is not None:
        answer.append("server_no_context_takeover")
    if client_takeover is not None:
        answer.append("client_no_context_takeover")
    return Agreement(
        server_bits,
        client_bits,
        server_takeover is None,
        client_takeover is None,
        "; ".join(answer).encode(),
    )


def _bits(value: str) -> int | None:
    return int(value) if value in {"8", "9", "10", "11", "12", "13", "14", "15"} else None


class Deflate:
    """Compresses and inflates the messages of one connection.

    Each direction uses memory from its first message on, but none between two messages if they may
    not refer to earlier ones.
    """

    __slots__ = ("_agreement", "_compressor", "_inflater")

    def __init__(self, agreement: Agreement) -> None:
        self._agreement = agreement
        self._compressor: Any = None  # zlib's types have no names
        self._inflater: Any = None

    def compress(self, data: bytes | bytearray | memoryview) -> bytes:
        """Compress the payload of a message, which is not empty (RFC 7692 section 7.2.1)."""
        compressor = self._compressor or zlib.compressobj(
            wbits=-self._agreement.server_bits, memLevel=_MEMORY
        )
        if self._agreement.server_takeover:
            self._compressor = compressor
        compressed: bytes = compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)
        return compressed[: -len(_TAIL)]

    def inflate(self, data: bytes, last: bool, room: int) -> bytes:
        """Inflate a part of a message (RFC 7692 section 7.2.2).

        Args:
            data: The part.
            last: Whether it is the last one of the message.
            room: How many bytes may come of it at most. No more are inflated.

        Raises:
            InflatedError: More would come of it.
            zlib.error: It is not compressed data.
        """
        if last:
            data += _TAIL
        inflated = b""
        while data:
            inflater = self._inflater or zlib.decompressobj(
                wbits=-max(self._agreement.client_bits, _LEAST_BITS)
            )
            self._inflater = inflater
            inflated += inflater.decompress(data, room + 1 - len(inflated))
            if len(inflated) > room:
                raise InflatedError
            data = b""
            if inflater.eof:  # a last block: what follows begins anew (RFC 7692 section 7.2.3.4)
                data, self._inflater = inflater.unused_data, None
        if last and not self._agreement.client_takeover:
            self._inflater = None
        return inflated
