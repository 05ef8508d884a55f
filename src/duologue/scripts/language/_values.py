"""The parser of messages, JSON values and wildcards."""

import json
import re
from typing import Final, TypeAlias, cast

from duologue.scripts.language._cursor import Cursor
from duologue.scripts.language.content import (
    ANY,
    MAX_DEPTH,
    Anything,
    Binary,
    Expected,
    Json,
    JsonValue,
    Like,
    Sent,
    Text,
    Wording,
    find_surrogate,
    read_json,
)

MESSAGES: Final = 'a message ("text", JSON, 0x..., binary ...)'

_WHITESPACE: Final = re.compile(r"[ \t\r\n]*")
_ESCAPE: Final = r'\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})'
_STRING: Final = re.compile(rf'"[^"\\\x00-\x1f]*(?:{_ESCAPE}[^"\\\x00-\x1f]*)*')
_HEX: Final = re.compile(r"0x[0-9A-Fa-f]*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_CONSTANTS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}

Varying: TypeAlias = Anything | Like


def read_expected(cursor: Cursor) -> Expected:
    """Read what the server is expected to send.

    Raises:
        ScriptSyntaxError: There is no such thing here.
    """
    return _read_varying(cursor) or _read_message(cursor, varies=True)


def read_sent(cursor: Cursor) -> Sent:
    """Read what a client sends: in it nothing varies.

    Raises:
        ScriptSyntaxError: There is no such thing here.
    """
    return _read_message(cursor, varies=False)


def read_wording(cursor: Cursor) -> Wording:
    """Read a JSON string, or a wildcard for one.

    Raises:
        ScriptSyntaxError: There is no such thing here.
    """
    return _read_varying(cursor) or read_string(cursor)


def read_string(cursor: Cursor) -> str:
    """Read a JSON string.

    Raises:
        ScriptSyntaxError: There is none here, or it contains text that UTF-8 cannot encode.
    """
    start = cursor.position
    if cursor.peek() != '"':
        raise cursor.error('expected a string in double quotes: "..."')
    inside = start + len(cursor.take(_STRING))
    if cursor.peek() in ("", "\n"):
        raise cursor.error("the string has no closing quote on this line", start)
    if cursor.peek() == "\\":
        raise cursor.error("JSON has no such escape; a backslash is written \\\\")
    if cursor.peek() != '"':
        raise cursor.error(f"a string writes this character \\u{ord(cursor.peek()):04x}")
    text: str = json.loads(cursor.text[start : inside + 1])
    cursor.position += 1
    if find_surrogate(text) is not None:
        raise cursor.error("the string has half of a surrogate pair, as no UTF-8 has", start)
    return text


def read_value(cursor: Cursor, *, varies: bool, depth: int = MAX_DEPTH) -> JsonValue:
    """Read a JSON value, over several lines if it has brackets.

    Args:
        cursor: The place where it begins.
        varies: Whether it may contain `any` and `like`.
        depth: How deeply it may be nested.

    Raises:
        ScriptSyntaxError: There is no such value here.
    """
    character = cursor.peek()
    if character == '"':
        return read_string(cursor)
    if character in ("{", "["):
        if depth == 0:
            raise cursor.error(f"expected at most {MAX_DEPTH} levels of brackets")
        if character == "{":
            return _read_object(cursor, varies, depth - 1)
        return _read_array(cursor, varies, depth - 1)
    if character.isdecimal() or character == "-":
        return _read_number(cursor)
    word = cursor.peek_word()
    if word in _CONSTANTS:
        cursor.position += len(word)
        return _CONSTANTS[word]
    varying = _read_varying(cursor) if varies else None
    if varying is not None:
        return varying
    if word in ("any", "like"):
        raise cursor.error(f"`{word}` stands only in what the server sends")
    raise cursor.error("expected a JSON value")


def _read_message(cursor: Cursor, *, varies: bool) -> Sent:
    if cursor.peek() == '"':
        return Text(read_string(cursor))
    digits = cursor.take(_HEX)
    if digits:
        if len(digits) % 2:
            raise cursor.error("expected two hexadecimal digits for each byte")
        return Binary(bytes.fromhex(digits[2:]))
    if cursor.peek_word() == "binary":
        cursor.position += len("binary")
        cursor.skip_blanks()
        if cursor.text.startswith("0x", cursor.position):
            raise cursor.error("expected JSON after `binary`: 0x... is binary without it")
        return Json(read_value(cursor, varies=varies), binary=True)
    value = read_value(cursor, varies=varies)
    return Json(value)


def _read_varying(cursor: Cursor) -> Varying | None:
    word = cursor.peek_word()
    if word == "any":
        cursor.position += len(word)
        return ANY
    if word == "like":
        cursor.position += len(word)
        cursor.skip_blanks()
        return Like(read_string(cursor))
    return None


def _read_object(cursor: Cursor, varies: bool, depth: int) -> dict[str, JsonValue]:
    value: dict[str, JsonValue] = {}
    if _opens_and_closes(cursor, "}"):
        return value
    while True:
        start = cursor.position
        name = read_string(cursor)
        if name in value:
            raise cursor.error("this name stands twice in the object", start)
        cursor.take(_WHITESPACE)
        if cursor.peek() != ":":
            raise cursor.error("expected `:`")
        cursor.position += 1
        cursor.take(_WHITESPACE)
        value[name] = read_value(cursor, varies=varies, depth=depth)
        if not _goes_on(cursor, "}"):
            return value


def _read_array(cursor: Cursor, varies: bool, depth: int) -> list[JsonValue]:
    values: list[JsonValue] = []
    if _opens_and_closes(cursor, "]"):
        return values
    while True:
        values.append(read_value(cursor, varies=varies, depth=depth))
        if not _goes_on(cursor, "]"):
            return values


def _opens_and_closes(cursor: Cursor, closing: str) -> bool:
    cursor.position += 1
    cursor.take(_WHITESPACE)
    if cursor.peek() != closing:
        return False
    cursor.position += 1
    return True


def _goes_on(cursor: Cursor, closing: str) -> bool:
    cursor.take(_WHITESPACE)
    character = cursor.peek()
    if character not in (",", closing):
        raise cursor.error(f"expected `,` or `{closing}`")
    cursor.position += 1
    if character == closing:
        return False
    cursor.take(_WHITESPACE)
    return True


def _read_number(cursor: Cursor) -> int | float:
    start = cursor.position
    digits = cursor.take(_NUMBER)
    if not digits:
        raise cursor.error("expected a JSON number")
    try:
        return cast("int | float", read_json(digits))
    except ValueError:  # more digits than Python reads, or more than a float can be
        raise cursor.error("the number is too large", start) from None
