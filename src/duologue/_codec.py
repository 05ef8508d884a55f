"""The JSON codec of messages: compact, UTF-8, and nothing that other languages cannot read."""

import json
from collections.abc import Callable
from typing import Any, Literal

from duologue.exceptions import InvalidPayloadError
from duologue.types import Scope

CODEC_KEY = "duologue.codec"
"""The key of a scope for the codec of its application, if that has its own."""


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON.")


def _read_float(digits: str) -> float:
    number = float(digits)
    if number - number:  # which of infinity is NaN, and of all others 0: the fastest way to ask
        raise ValueError("The number is too large.")
    return number


def _writer(ensure_ascii: bool) -> Callable[[Any], str]:
    return json.JSONEncoder(
        separators=(",", ":"), ensure_ascii=ensure_ascii, allow_nan=False, check_circular=False
    ).encode


_write = _writer(ensure_ascii=False)
_write_escaped = _writer(ensure_ascii=True)
_DECODER: Any = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_read_float)
_scan: Callable[[str, int], tuple[Any, int]] = _DECODER.scan_once  # `raw_decode` does no more


def write_json(data: Any) -> str:
    """Write a value as JSON.

    Half of a surrogate pair, which a client may send, is escaped: JSON can carry it, UTF-8 cannot.

    Raises:
        TypeError: The value cannot be written as JSON.
        ValueError: The value has NaN or infinity, or contains itself.
    """
    try:
        text = _write(data)
    except RecursionError:
        raise ValueError("The data contains itself, or is nested too deeply.") from None
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return _write_escaped(data)
    return text


def read_json(data: str | bytes) -> Any:
    """Read JSON, as text or as UTF-8 (RFC 8259 section 8.1).

    Every value that is read can be written again: a number that is too large for a float, such as
    `1e999`, is refused. It does not become infinity, which JSON cannot express.

    Raises:
        InvalidPayloadError: The message is not JSON.
    """
    try:
        text = (data if isinstance(data, str) else data.decode()).strip(" \t\n\r")
        value, end = _scan(text, 0)
    except (ValueError, RecursionError, StopIteration) as error:
        raise InvalidPayloadError("The message is not JSON.") from error
    if end != len(text):
        raise InvalidPayloadError("The message has more after its JSON.")
    return value


class Codec:
    """How an application reads and writes JSON.

    Args:
        loads: Parses JSON, `str` or `bytes`, and raises a `ValueError` if it is not JSON. The
            default is `read_json`.
        dumps: Writes a value as JSON, in compact form: `str` or UTF-8 as `bytes`. By default
            `write_json`.
    """

    __slots__ = ("_dumps", "read")

    read: Callable[[str | bytes], Any]
    """Parses JSON. It raises `InvalidPayloadError` for anything else."""

    def __init__(
        self,
        loads: Callable[[str | bytes], Any] | None = None,
        dumps: Callable[[Any], str | bytes] | None = None,
    ) -> None:
        for given in (loads, dumps):
            if given is not None and not callable(given):
                raise TypeError(f"JSON is read and written by functions, not by {given!r}.")
        self.read = read_json if loads is None else _reader(loads)
        self._dumps: Callable[[Any], str | bytes] = write_json if dumps is None else dumps

    def write_text(self, data: Any) -> str:
        """Write a value as JSON, to travel as text; it raises what `dumps` raises."""
        written = self._dumps(data)
        return written.decode() if isinstance(written, bytes) else written

    def write_bytes(self, data: Any) -> bytes:
        """Write a value as JSON, to travel as binary data; it raises what `dumps` raises."""
        written = self._dumps(data)
        return written.encode() if isinstance(written, str) else written


_STANDARD = Codec()


def codec_of(scope: Scope) -> Codec:
    """Return the codec of the application that the scope came through."""
    codec: Codec = scope.get(CODEC_KEY, _STANDARD)
    return codec


def _reader(loads: Callable[[str | bytes], Any]) -> Callable[[str | bytes], Any]:
    def read(data: str | bytes) -> Any:
        try:
            return loads(data)
        except (ValueError, RecursionError) as error:
            raise InvalidPayloadError("The message is not JSON.") from error

    return read


def kind_of(mode: str) -> Literal["text", "bytes"]:
    """Tell the key of a message that carries JSON in this mode.

    Raises:
        RuntimeError: The mode is neither "text" nor "binary".
    """
    if mode == "text":
        return "text"
    if mode == "binary":
        return "bytes"
    raise RuntimeError('The "mode" argument should be "text" or "binary".')
