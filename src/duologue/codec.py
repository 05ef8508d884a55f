"""JSON as it travels in messages: compact, UTF-8, and nothing that other languages cannot read."""

import json
from typing import Any, Literal

from duologue.exceptions import InvalidPayloadError


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON.")


_write = json.JSONEncoder(
    separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
).encode
_parse = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode


def write_json(data: Any) -> str:
    """Write a value as JSON.

    Raises:
        TypeError: JSON has no form for the value.
        ValueError: The value has NaN or infinity, or contains itself.
    """
    try:
        return _write(data)
    except RecursionError:
        raise ValueError("The data contains itself, or is nested too deeply.") from None


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
