"""Messages: those that are sent, those that are expected, and wildcards.

A received message is a `str` (it came in a text frame) or `bytes` (in a binary one).
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias, TypeVar, cast

from duologue import _codec as codec

Name = TypeVar("Name")
Each = TypeVar("Each")

MAX_DEPTH: Final = 100
"""How deeply the values of a JSON message may be nested."""

_WIDTH: Final = 88
"""A JSON value that is longer is written over several lines."""

# They would not be seen, or would move what is seen: written as `\uXXXX`.
_INVISIBLE = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_STAR = re.compile(r"(\\?\*)")


class Anything(Enum):
    """The type of `ANY`."""

    ANY = "any"

    def __repr__(self) -> str:
        return "ANY"

    def __str__(self) -> str:
        return "any"


ANY: Final = Anything.ANY
"""Any one message; inside JSON, any value; as a reason or a header, any text."""


@dataclass(frozen=True, slots=True)
class Like:
    r"""Any text that matches the pattern.

    Args:
        pattern: `*` matches any number of characters, including none; `\*` matches a star.

    Raises:
        ValueError: The pattern cannot be encoded in UTF-8.
    """

    pattern: str

    def __post_init__(self) -> None:
        _check_text(self.pattern)

    def fits(self, text: str) -> bool:
        """Return whether a text matches the pattern."""
        first, *middle = literals(self.pattern)
        if not middle:
            return text == first
        last = middle.pop()
        if not text.startswith(first):
            return False
        place, end = len(first), len(text) - len(last)
        for literal in middle:
            found = text.find(literal, place, end)
            if found < 0:
                return False
            place = found + len(literal)
        return place <= end and text.endswith(last)

    def __str__(self) -> str:
        return f"like {write_string(self.pattern)}"


JsonValue: TypeAlias = (
    "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | Anything | Like | None"
)
"""A JSON value as the standard library reads it; it may contain `ANY` and `Like`."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text message of exactly these characters.

    Raises:
        ValueError: The text cannot be encoded in UTF-8.
    """

    text: str

    def __post_init__(self) -> None:
        _check_text(self.text)

    def __str__(self) -> str:
        return write_string(self.text)


@dataclass(frozen=True, slots=True)
class Binary:
    """A binary message of exactly these bytes."""

    data: bytes

    def __str__(self) -> str:
        return f"0x{self.data.hex()}"


@dataclass(frozen=True, slots=True, eq=False)
class Json:
    """A JSON message, which is compared by value: `1` is `1.0`, but not `true`.

    Two objects of this class are equal if they are written the same.

    Args:
        value: The value. In a binary frame it may be any value. In a text frame, a string is a
            `Text`, which is compared exactly, and `ANY` or a `Like` is used without a `Json`.
        binary: Whether it is sent in a binary frame.

    Raises:
        ValueError: The value contains NaN, infinity, a number with thousands of digits, or text
            that UTF-8 cannot encode; is nested too deeply; or is not allowed in a text frame.
        TypeError: The value cannot be written as JSON.
    """

    value: JsonValue
    binary: bool = False

    def __post_init__(self) -> None:
        _check_value(self.value, MAX_DEPTH)
        if not self.binary and isinstance(self.value, str | Like | Anything):
            raise ValueError(
                f"In a text frame {self.value!r} is not a JSON message of its own: "
                "use Text(...), Like(...) or ANY."
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Json):
            return NotImplemented
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        return write(self)


Sent: TypeAlias = Text | Json | Binary
"""A message that a client sends."""

Expected: TypeAlias = Text | Json | Binary | Like | Anything
"""A message that a server is expected to send."""

Wording: TypeAlias = str | Like | Anything
"""The expected text of a header or a reason."""


def payload(content: Sent) -> str | bytes:
    """Make what travels: a `str` in a text frame, `bytes` in a binary one."""
    if isinstance(content, Text):
        return content.text
    if isinstance(content, Binary):
        return content.data
    written = codec.write_json(content.value)
    return written.encode() if content.binary else written


def read_json(message: str | bytes) -> JsonValue:
    """Read a message as JSON.

    Raises:
        ValueError: The text is not JSON. The error says so for a person.
    """
    try:
        value: JsonValue = codec.read_json(message)
    except ValueError:
        raise ValueError("the message is not JSON") from None
    if _is_deeper(value, MAX_DEPTH):
        raise ValueError("the JSON is nested too deeply")
    return value


def write(content: Expected, indent: str = "") -> str:
    """Write a message the way a script does.

    Args:
        content: The message.
        indent: The start of the lines of a long JSON value, except the first.
    """
    if not isinstance(content, Json):
        return str(content)
    text = write_value(content.value)
    if len(text) > _WIDTH:
        text = write_value(content.value, indent)
    return f"binary {text}" if content.binary else text


def write_value(value: JsonValue, indent: str | None = None) -> str:
    """Write a JSON value, on one line if there is no indent."""
    if isinstance(value, Anything | Like):
        return str(value)
    if isinstance(value, str):
        return write_string(value)
    deeper = None if indent is None else indent + "  "
    if isinstance(value, dict):
        members = [
            f"{write_string(name)}: {write_value(each, deeper)}" for name, each in value.items()
        ]
        return _bracket("{", members, "}", indent)
    if isinstance(value, list):
        return _bracket("[", [write_value(each, deeper) for each in value], "]", indent)
    return json.dumps(value)


def write_string(text: str) -> str:
    """Write a JSON string, on one line, in which every character can be seen."""
    written = json.dumps(text, ensure_ascii=False)
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def find_surrogate(text: str) -> int | None:
    """Find the first half of a surrogate pair: UTF-8 cannot write it."""
    found = _SURROGATE.search(text)
    return found.start() if found else None


def literals(pattern: str) -> list[str]:
    """Cut a pattern at the stars that match any characters."""
    found = [""]
    for part in _STAR.split(pattern):
        if part == "*":
            found.append("")
        else:
            found[-1] += "*" if part == "\\*" else part
    return found


def _bracket(opening: str, members: list[str], closing: str, indent: str | None) -> str:
    if indent is None or not members:
        return opening + ", ".join(members) + closing
    inner = f"\n{indent}  "
    return f"{opening}{inner}{(',' + inner).join(members)}\n{indent}{closing}"


def _check_text(text: str) -> None:
    if find_surrogate(text) is not None:
        raise ValueError(f"{text!r} has half of a surrogate pair, which UTF-8 cannot write.")


def _check_value(value: object, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict | list):
        if depth == 0:
            raise ValueError(f"The JSON is nested more than {MAX_DEPTH} levels deep.")
        for name, member in _members(cast("dict[object, object] | list[object]", value)):
            if not isinstance(name, str):
                raise TypeError(f"The names in a JSON object are str, not {name!r}.")
            _check_text(name)
            _check_value(member, depth - 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"JSON has no {value!r}.")
    elif isinstance(value, int):
        str(value)  # raises ValueError for thousands of digits
    elif value is not None and not isinstance(value, Anything | Like):
        raise TypeError(f"JSON has no form for {value!r}.")


def _is_deeper(value: JsonValue, depth: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    return depth == 0 or any(_is_deeper(member, depth - 1) for _, member in _members(value))


def _members(values: dict[Name, Each] | list[Each]) -> Iterable[tuple[Name | str, Each]]:
    return values.items() if isinstance(values, dict) else (("", each) for each in values)
