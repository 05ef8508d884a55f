"""A message as it goes through a backend: bytes, with what is said about it before them."""

import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

_LENGTH = 4  # bytes that say how long the header is, behind the one that says what it is
_NO_HEADER = bytes(_LENGTH)
TEXT = b"t"
BINARY = b"b"
JOINED = b"j"
LEFT = b"l"
MESSAGES = {TEXT: TEXT, BINARY: BINARY}
PRESENCE = {JOINED: JOINED, LEFT: LEFT}


class Envelope(NamedTuple):
    """A message that was published.

    Args:
        kind: Its kind: `TEXT` or `BINARY`, or a member that has `JOINED` or `LEFT`.
        data: The content.
        process: The process that some members are in who do not get it.
        excluded: The numbers of those.
        key: The name of the value that it updates.
    """

    kind: bytes
    data: bytes
    process: str = ""
    excluded: Collection[int] = ()
    key: str | None = None

    def pack(self) -> bytes:
        """Write it as bytes."""
        if not self.excluded and self.key is None:
            return self.kind + _NO_HEADER + self.data
        header: dict[str, Any] = {}
        if self.excluded:
            header["not"] = [self.process, *self.excluded]
        if self.key is not None:
            header["key"] = self.key
        written = json.dumps(header).encode()
        return b"".join((self.kind, len(written).to_bytes(_LENGTH), written, self.data))


def unpack(payload: bytes, kinds: Mapping[bytes, bytes] = MESSAGES) -> Envelope:
    """Read what `Envelope.pack` has written.

    Args:
        payload: The bytes.
        kinds: The allowed kinds.

    Raises:
        ValueError: The payload is not an envelope.
    """
    kind, start = kinds.get(payload[:1]), 1 + _LENGTH
    if kind is None or len(payload) < start:
        raise ValueError("This was not published by the rooms of this version.")
    length = int.from_bytes(payload[1:start])
    if not length:
        return Envelope(kind, payload[start:])
    header = json.loads(payload[start : start + length])
    process, *excluded = header.get("not", ("",))
    return Envelope(kind, payload[start + length :], process, excluded, header.get("key"))
