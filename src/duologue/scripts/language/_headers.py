"""The parser of the indented lines: headers, and the subprotocols that are offered."""

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from duologue.scripts.language._cursor import Cursor
from duologue.scripts.language._values import read_string, read_wording
from duologue.scripts.language.content import Wording

TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A name of a header or a subprotocol (RFC 9110 section 5.6.2)."""

_INDENT: Final = re.compile(r"[ \t]+(?=[^ \t\n])")
_REST: Final = re.compile(r"[^\n]*")
_VARYING: Final = re.compile(r'any(?=[ \t]*(?:\n|\Z))|like(?=[ \t"\n]|\Z)')
_SEPARATOR: Final = re.compile(r"[ \t]*,[ \t]*")
# They make the handshake itself (RFC 6455 section 4), and each side sets its own.
_HANDSHAKE: Final = {
    "connection",
    "upgrade",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-version",
}

ExpectedHeaders: TypeAlias = tuple[tuple[str, Wording], ...]


def read_request(cursor: Cursor) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Read the lines below `open`.

    Returns:
        The headers, and the subprotocols that are offered.

    Raises:
        ScriptSyntaxError: A line is neither, or is not allowed there.
    """
    headers: list[tuple[str, str]] = []
    subprotocols: tuple[str, ...] = ()
    for name, start in _read_names(cursor):
        if name == "subprotocols":
            if subprotocols:
                raise cursor.error("the subprotocols stand here already, in a line above", start)
            subprotocols = _read_subprotocols(cursor)
        elif name == "sec-websocket-protocol":
            raise cursor.error("write what is offered as `subprotocols: ...`", start)
        else:
            _check_handshake(cursor, name, start)
            headers.append((name, _read_value(cursor)))
        cursor.end_line("the header")
    return tuple(headers), subprotocols


def read_answer(cursor: Cursor) -> ExpectedHeaders:
    """Read the headers below `accept`.

    Raises:
        ScriptSyntaxError: A line is not a header, or is not allowed there.
    """
    headers: list[tuple[str, Wording]] = []
    for name, start in _read_names(cursor):
        if name in ("subprotocols", "sec-websocket-protocol"):
            raise cursor.error("write what is chosen behind the verb: `accept NAME`", start)
        _check_handshake(cursor, name, start)
        headers.append((name, _read_expected(cursor)))
        cursor.end_line("the header")
    return tuple(headers)


def read_response(cursor: Cursor) -> ExpectedHeaders:
    """Read the headers below `deny`.

    Raises:
        ScriptSyntaxError: A line is not a header.
    """
    headers: list[tuple[str, Wording]] = []
    for name, _ in _read_names(cursor):
        headers.append((name, _read_expected(cursor)))
        cursor.end_line("the header")
    return tuple(headers)


def _read_names(cursor: Cursor) -> Iterator[tuple[str, int]]:
    """Stop after each name and colon, until a line is not indented."""
    while cursor.take(_INDENT):
        start = cursor.position
        name = cursor.take(TOKEN)
        if not name or cursor.peek() != ":":
            remedy = "; a body stands below a blank line" if cursor.text[start] in '"{[' else ""
            raise cursor.error(f"expected a header, `name: value`{remedy}", start)
        cursor.position += 1
        cursor.skip_blanks()
        yield name.lower(), start


def _check_handshake(cursor: Cursor, name: str, start: int) -> None:
    if name in _HANDSHAKE:
        raise cursor.error(f"`{name}` belongs to the handshake itself: leave it out", start)


def _read_expected(cursor: Cursor) -> Wording:
    if _VARYING.match(cursor.text, cursor.position):
        return read_wording(cursor)
    return _read_value(cursor)


def _read_value(cursor: Cursor) -> str:
    start = cursor.position
    if cursor.peek() == '"':
        value = read_string(cursor)
        for character in value:
            _check_character(cursor, character, start)
        return value
    value = cursor.take(_REST).rstrip(" \t")
    for index, character in enumerate(value):
        _check_character(cursor, character, start + index)
    return value


def _check_character(cursor: Cursor, character: str, position: int) -> None:
    # RFC 9110 section 5.5; ASGI and HTTP libraries carry latin-1.
    if character > "\xff":
        raise cursor.error("a header can carry latin-1 only", position)
    if character in "\0\r\n":
        raise cursor.error("a header can carry neither line breaks nor NUL", position)


def _read_subprotocols(cursor: Cursor) -> tuple[str, ...]:
    names: dict[str, None] = {}
    while True:
        start = cursor.position
        name = cursor.take(TOKEN)
        if not name:
            raise cursor.error("expected the name of a subprotocol")
        if name in names:
            raise cursor.error("this subprotocol is offered already", start)
        names[name] = None
        if not cursor.take(_SEPARATOR):
            return tuple(names)
