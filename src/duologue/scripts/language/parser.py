"""The parser: it reads a script line by line."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from duologue._asgi.protocol import MAX_REASON_BYTES, check_close, is_final
from duologue.scripts.language._cursor import Cursor, ScriptSyntaxError
from duologue.scripts.language._grammar import first_mistake
from duologue.scripts.language._headers import TOKEN, read_answer, read_request, read_response
from duologue.scripts.language._values import (
    MESSAGES,
    read_expected,
    read_sent,
    read_string,
    read_value,
    read_wording,
)
from duologue.scripts.language.content import Expected, Wording, find_surrogate
from duologue.scripts.language.script import (
    Accept,
    ClientClose,
    ClientMessage,
    Comment,
    Deny,
    Drop,
    Line,
    Open,
    Script,
    ServerClose,
    ServerMessage,
    Wait,
)

LONGEST_WAIT: Final = 3600

_BLANK_LINES: Final = re.compile(r"(?:[ \t]*\n)*(?:[ \t]+\Z)?")
_BODY: Final = re.compile(r"(?:[ \t]*\n)+[ \t]+(?=[^ \t\n])")
_REST: Final = re.compile(r"[^\n]*")
_SIDE: Final = re.compile(r"([^\s<>\"]*)([<>])")
_PATH: Final = re.compile(r"[^\s]+")
_CODE: Final = re.compile(r"[0-9]+")
_MESSAGE_WORDS: Final = {"true", "false", "null", "any", "like", "binary"}

Kind = TypeVar("Kind")
Reader: TypeAlias = Callable[[Cursor, str, int], Line]


def parse(text: str, path: str | Path | None = None) -> Script:
    """Read a script.

    Args:
        text: The script.
        path: The path of the script, for errors and for the player.

    Raises:
        ScriptSyntaxError: The text is not a script; the error points at line and column.
    """
    path = None if path is None else Path(path)
    cursor = Cursor(text.replace("\r\n", "\n"), path)
    surrogate = find_surrogate(cursor.text)
    if surrogate is not None:
        raise cursor.error("half of a surrogate pair, which UTF-8 cannot write", surrogate)
    lines: list[Line] = []
    starts: list[int] = []
    cursor.take(_BLANK_LINES)
    while not cursor.ended:
        starts.append(cursor.position)
        lines.append(_read_line(cursor))
        cursor.take(_BLANK_LINES)
    mistake = first_mistake(lines)
    if mistake:
        index, message = mistake
        raise cursor.error(message, starts[index] if starts else 0)
    return Script(tuple(lines), path)


def load(path: str | Path) -> Script:
    """Read a script from a file in UTF-8.

    Raises:
        ScriptSyntaxError: The file is not a script, or is not in UTF-8.
        OSError: The file cannot be read.
    """
    data = Path(path).read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        cursor = Cursor(f"{before}\N{REPLACEMENT CHARACTER}", Path(path))
        raise cursor.error("the file is not in UTF-8", len(before)) from None
    return parse(text, path)


def check(script: Script) -> None:
    """Check the order of the lines of a script that may not have been parsed.

    Raises:
        ValueError: They have no proper order.
    """
    mistake = first_mistake(script.lines)
    if mistake:
        raise ValueError(f"{mistake[1]} (line {mistake[0] + 1} of the script)")


def parse_turn(text: str) -> Line:
    """Read one line of a script, whatever its place in a conversation.

    Raises:
        ScriptSyntaxError: The text is not a line, or more than one line.
    """
    cursor = Cursor(text)
    line = _read_line(cursor)
    if not cursor.ended:
        raise cursor.error("expected one line only")
    return line


def _read_line(cursor: Cursor) -> Line:
    number = cursor.line
    if cursor.peek() == "#":
        text = cursor.take(_REST)[1:].strip(" \t\r")
        cursor.end_line("the comment")
        return Comment(text, number=number)
    if cursor.peek() in (" ", "\t"):
        raise cursor.error("this line is indented, but belongs to no `open`, `accept` or `deny`")
    client, sign = _read_side(cursor)
    verbs, others, reader = (
        (_CLIENT_VERBS, _SERVER_VERBS, _read_client_message)
        if sign == ">"
        else (_SERVER_VERBS, _CLIENT_VERBS, _read_server_message)
    )
    word = cursor.peek_word()
    if word in verbs:
        start = cursor.position
        cursor.position += len(word)
        if not cursor.ends_line() and cursor.position == start + len(word):
            raise cursor.error(f"expected a space after `{word}`")
        return verbs[word](cursor, client, number)
    if word in others:
        raise cursor.error(f"`{word}` is a line of the other side: `{_other(sign)} {word}`")
    if cursor.ends_line() or (word and word not in _MESSAGE_WORDS):
        quoted = f'; text stands in quotes: "{word}"' if word else ""
        varying = ', `any` or `like "..."`' if sign == "<" else ""
        raise cursor.error(f"expected {_list(verbs)} or {MESSAGES}{varying}{quoted}")
    return reader(cursor, client, number)


def _read_side(cursor: Cursor) -> tuple[str, str]:
    found = _SIDE.match(cursor.text, cursor.position)
    if not found:
        raise cursor.error("expected `>` (the client), `<` (the server) or `#` (a comment)")
    client, sign = found.groups()
    if client and not client.isidentifier():
        raise cursor.error(f"{client!r} is not a name for a client: letters, digits and _ make one")
    cursor.position = found.end()
    if cursor.peek() not in (" ", "\t", "\n", ""):
        raise cursor.error(f"expected a space after `{sign}`")
    cursor.skip_blanks()
    return client, sign


def _read_client_message(cursor: Cursor, client: str, number: int) -> ClientMessage:
    content = read_sent(cursor)
    cursor.end_line("the message")
    return ClientMessage(client, content, number=number)


def _read_server_message(cursor: Cursor, client: str, number: int) -> ServerMessage:
    content = read_expected(cursor)
    cursor.end_line("the message")
    return ServerMessage(client, content, number=number)


def _read_open(cursor: Cursor, client: str, number: int) -> Open:
    start = cursor.position
    path = cursor.take(_PATH)
    if not path.startswith("/"):
        raise cursor.error("expected a path, which begins with `/`", start)
    for index, character in enumerate(path):
        if not "!" <= character <= "~":
            raise cursor.error("a path has other characters percent-encoded", start + index)
        if character == "#":
            raise cursor.error("a path has no fragment; write %23 for the character", start + index)
    cursor.end_line("the path")
    headers, subprotocols = read_request(cursor)
    return Open(client, path, headers, subprotocols, number=number)


def _read_close(cursor: Cursor, client: str, number: int) -> ClientClose:
    if cursor.ends_line():
        code, reason = None, ""
    else:
        code = _read_code(cursor, received=False)
        reason = _read_reason(cursor, read_string)
    cursor.end_line("`close`")
    return ClientClose(client, code, reason, number=number)


def _read_drop(cursor: Cursor, client: str, number: int) -> Drop:
    cursor.end_line("`drop`")
    return Drop(client, number=number)


def _read_wait(cursor: Cursor, client: str, number: int) -> Wait:
    start = cursor.position
    seconds = None if cursor.ends_line() else read_value(cursor, varies=False)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise cursor.error("expected a number of seconds", start)
    if not 0 < seconds <= LONGEST_WAIT:
        raise cursor.error(f"expected more than 0 and at most {LONGEST_WAIT} seconds", start)
    cursor.end_line("the seconds")
    return Wait(client, float(seconds), number=number)


def _read_accept(cursor: Cursor, client: str, number: int) -> Accept:
    subprotocol = cursor.take(TOKEN)
    cursor.end_line("the subprotocol" if subprotocol else "`accept`")
    return Accept(client, subprotocol, read_answer(cursor), number=number)


def _read_deny(cursor: Cursor, client: str, number: int) -> Deny:
    start = cursor.position
    digits = cursor.take(_CODE)
    if len(digits) != 3 or not is_final(int(digits)):
        raise cursor.error("expected the status of a final HTTP response, 200 to 599", start)
    cursor.end_line("the status")
    headers = read_response(cursor)
    body: Expected | None = None
    if cursor.take(_BODY):
        if cursor.peek_word() == "binary":
            raise cursor.error("a body has no frames: leave `binary` out")
        body = read_expected(cursor)
        cursor.end_line("the body")
    return Deny(client, int(digits), headers, body, number=number)


def _read_closed(cursor: Cursor, client: str, number: int) -> ServerClose:
    code = _read_code(cursor, received=True)
    start = cursor.position
    reason: Wording = _read_reason(cursor, read_wording)
    if code in (1005, 1006) and reason != "":
        raise cursor.error(f"{code} says that no close frame with a reason came", start)
    cursor.end_line("`close`")
    return ServerClose(client, code, reason, number=number)


def _read_code(cursor: Cursor, *, received: bool) -> int:
    start = cursor.position
    digits = cursor.take(_CODE)
    if not digits:
        raise cursor.error("expected a close code")
    code = int(digits) if len(digits) == 4 else 0
    if received and code in (1005, 1006):
        return code
    try:
        check_close(code, None)
    except ValueError:
        also = "1005, 1006, " if received else ""
        expected = f"expected a close code: 1000-1003, {also}1007-1014, 3000-4999"
        raise cursor.error(expected, start) from None
    return code


def _read_reason(cursor: Cursor, read: Callable[[Cursor], Kind]) -> Kind | str:
    if cursor.ends_line():
        return ""
    start = cursor.position
    reason = read(cursor)
    if isinstance(reason, str) and len(reason.encode()) > MAX_REASON_BYTES:
        raise cursor.error(f"a reason has at most {MAX_REASON_BYTES} bytes of UTF-8", start)
    return reason


def _other(sign: str) -> str:
    return "<" if sign == ">" else ">"


def _list(verbs: dict[str, Reader]) -> str:
    return ", ".join(f"`{verb}`" for verb in verbs)


_CLIENT_VERBS: Final[dict[str, Reader]] = {
    "open": _read_open,
    "close": _read_close,
    "drop": _read_drop,
    "wait": _read_wait,
}
_SERVER_VERBS: Final[dict[str, Reader]] = {
    "accept": _read_accept,
    "deny": _read_deny,
    "close": _read_closed,
}

__all__ = ["ScriptSyntaxError", "load", "parse"]
