"""JSON as it travels in messages: compact, UTF-8, and nothing that other languages cannot read."""

import json
from collections.abc import Callable
from typing import Any, Literal

from duologue.exceptions import InvalidPayloadError


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON.")


def _writer(ensure_ascii: bool) -> Callable[[Any], str]:
    return json.JSONEncoder(
        separators=(",", ":"), ensure_ascii=ensure_ascii, allow_nan=False, check_circular=False
    ).encode


_write = _writer(ensure_ascii=False)
_write_escaped = _writer(ensure_ascii=True)
_parse = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode


def write_json(data: Any) -> str:
    """Write a value as JSON.

    Half of a surrogate pair, as a peer may send it, is escaped: JSON can carry it, UTF-8 cannot.

    Raises:
        TypeError: JSON has no form for the value.
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

    Raises:
        InvalidPayloadError: It is no JSON.
    """
    try:
        text = (data if isinstance(data, str) else data.decode()).strip(" \t\n\r")
        value, end = _parse(text)
    except (ValueError, RecursionError) as error:
        raise InvalidPayloadError("The message is no JSON.") from error
    if end != len(text):
        raise InvalidPayloadError("The message has more after its JSON.")
    return value


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
