"""The rules of the WebSocket protocol: headers, subprotocols, close codes, and ASGI messages.

"ASGI" is the specification of HTTP and WebSocket for ASGI, version 2.5. What breaks a rule here
never reaches a server, for one bad message ends the whole process of some of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from duologue import status
from duologue._interop.servers import gives_every_reason
from duologue.types import Message, Scope

DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
"""The default port of each scheme (RFC 6455 section 3, RFC 9110 section 4.2)."""

DENIAL_EXTENSION = "websocket.http.response"
"""The key in `scope["extensions"]` of a server that can answer a handshake with a response."""

MAX_REASON_BYTES = 123
"""A control frame carries 125 bytes, two of which are the code (RFC 6455 section 5.5)."""

TEXT_MESSAGE = "A text message"
"""The name of the data of a text frame in errors."""

WRONG_KIND = {
    "text": "Expected a text message, but got a binary one.",
    "bytes": "Expected a binary message, but got a text.",
}
"""The error for a message of the other kind than the expected one."""

HeaderText: TypeAlias = str | bytes
HeaderInput: TypeAlias = (
    Mapping[str, str] | Mapping[bytes, bytes] | Iterable[tuple[HeaderText, HeaderText]] | None
)
"""How an application may write headers: a mapping, or pairs, in which names may repeat."""

RawHeaders: TypeAlias = list[tuple[bytes, bytes]]
"""How ASGI carries headers: pairs of bytes, names in lower case."""

# A token (RFC 9110 section 5.6.2), here in lower case as ASGI wants the names of headers.
_TOKEN_CHARACTERS = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
# A value may hold anything but these; a tab may stand inside (RFC 9110 section 5.5).
_CONTROL_CHARACTERS = bytes({*range(0x20), 0x7F} - {0x09})
# What is shorter than this is no token of a session or the like.
_SHORTEST_SECRET = 16
# They make the handshake itself; another one beside the server's own breaks it (RFC 6455 4.2.2).
_HANDSHAKE_HEADERS = {b"connection", b"upgrade", b"content-length", b"transfer-encoding"}


def check_close(code: int, reason: str | None) -> None:
    """Check that a close frame may carry this code and this reason.

    Sendable are 1000 to 1003, 1007 to 1014 and 3000 to 4999 (RFC 6455 section 7.4 and the
    registry of section 11.7); 1004, 1005, 1006 and 1015 never travel in a frame.

    Raises:
        TypeError: The code is not an `int`, or the reason is neither `str` nor `None`.
        ValueError: The code must not be sent, or the reason is longer than 123 bytes of UTF-8.
    """
    if type(code) is not int and (not isinstance(code, int) or isinstance(code, bool)):
        raise TypeError(f"A close code is an int, not {type(code).__name__}.")
    if not (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999):
        raise ValueError(
            f"{code} is not a close code that may be sent. "
            "Use 1000-1003, 1007-1014, or one of your own from 3000-4999."
        )
    if reason is None or reason == "":
        return
    if not isinstance(reason, str):
        raise TypeError(f"A close reason is a str, not {type(reason).__name__}.")
    size = len(utf8("A close reason", reason))
    if size > MAX_REASON_BYTES:
        # It is not shown: errors end up in logs, and it may repeat what a client has sent.
        raise ValueError(
            f"A close reason has at most {MAX_REASON_BYTES} bytes of UTF-8, this one {size}."
        )


def is_close(code: Any, reason: Any) -> bool:
    """Return whether a close frame may carry this code and this reason; see `check_close`."""
    try:
        check_close(code, reason)
    except (TypeError, ValueError):
        return False
    return True


def utf8(what: str, text: str) -> bytes:
    """Encode text as it travels in a frame (RFC 6455 section 5.6).

    If servers have to send half of a surrogate pair, which is not a character, most of them raise,
    and one sends an empty message. ASCII text has none, and checking that first costs almost
    nothing.

    Args:
        what: The name of the text, for the error.
        text: The text.

    Raises:
        ValueError: The text has half of a surrogate pair.
    """
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        half = text[error.start]
        raise ValueError(
            f"{what} is UTF-8, which has no {half!r}: it is half of a surrogate pair, "
            f"at position {error.start}."
        ) from None


def check_accept(message: Message, offered: Sequence[str]) -> None:
    """Check the subprotocol and the headers of a `websocket.accept` message.

    Only a subprotocol that the client offered may be chosen (RFC 6455 section 4.2.2), and the
    headers of the handshake itself belong to the server.

    Raises:
        TypeError: A part has the wrong type.
        ValueError: The subprotocol was not offered, or a header is not allowed here.
    """
    subprotocol = message.get("subprotocol")
    if subprotocol is not None and subprotocol not in offered:
        raise ValueError(
            f"The client did not offer the subprotocol{_show_subprotocol(subprotocol, offered)}. "
            f"Accept one of websocket.subprotocols, which has {len(offered)}, or None."
        )
    headers: RawHeaders = message.get("headers") or []
    check_headers(headers)
    for name, _ in headers:
        if name in _HANDSHAKE_HEADERS or name.startswith(b"sec-websocket-"):
            remedy = (
                "pass it as accept(subprotocol=...)"
                if name == b"sec-websocket-protocol"
                else "leave it out: the server sets it"
            )
            raise ValueError(f"The header {name.decode()!r} is part of the handshake; {remedy}.")


def _show_subprotocol(subprotocol: object, offered: Sequence[str]) -> str:
    # Tokens travel as subprotocols too, and errors end up in logs: what a client has offered is not
    # shown, and neither is what has a part of it.
    if not isinstance(subprotocol, str):
        return f", which is a str, not {type(subprotocol).__name__}"
    secret = any(
        (name in subprotocol or subprotocol in name)
        and min(len(name), len(subprotocol)) >= _SHORTEST_SECRET
        for name in offered
    )
    return " that is to be accepted" if secret else f" {subprotocol!r}"


def check_denial(message: Message) -> None:
    """Check the status and the headers of a `websocket.http.response.start` message.

    Raises:
        TypeError: A part has the wrong type.
        ValueError: The status is not final, or a header is not allowed.
    """
    code = message.get("status")
    if not isinstance(code, int):
        raise TypeError(f"The status of a response is an int, not {code!r}.")
    if not is_final(code):
        raise ValueError(f"{code} is not a final HTTP status: a denial has one of 200-599.")
    check_headers(message.get("headers") or [])


def is_final(code: int) -> bool:
    """Return whether a response with this HTTP status is final (RFC 9110 section 15)."""
    return 200 <= code <= 599


def check_data(message: Message) -> None:
    """Check that a `websocket.send` message has either text or bytes, of the right type.

    Raises:
        TypeError: A part has the wrong type, or there are both, or neither.
        ValueError: The text has half of a surrogate pair.
    """
    text, data = message.get("text"), message.get("bytes")
    if (text is None) == (data is None):
        raise TypeError(
            'A "websocket.send" message has either "text" or "bytes", not '
            + ("both." if text is not None else "neither.")
        )
    if text is not None:
        if not isinstance(text, str):
            raise wrong_data("text", text)
        if not text.isascii():
            utf8(TEXT_MESSAGE, text)
    if data is not None and not isinstance(data, bytes):
        raise wrong_data("bytes", data)


def wrong_data(kind: str, data: object) -> TypeError:
    """Make the error for data that does not fit the kind of frame it should travel in."""
    if kind == "text":
        remedy = "use send_bytes() for binary data, send_json() for other values"
        return TypeError(f"A text message is a str, not {type(data).__name__}; {remedy}.")
    remedy = "use send_text() for a str, bytes(data) for other buffers"
    return TypeError(f"A binary message is bytes, not {type(data).__name__}; {remedy}.")


def encode_headers(headers: HeaderInput) -> RawHeaders:
    """Bring headers into the form that ASGI carries: pairs of bytes, names in lower case.

    Args:
        headers: A mapping, or pairs; names and values are `str` (encoded as latin-1) or `bytes`.

    Raises:
        TypeError: A header is not a pair, or a name or a value is neither `str` nor `bytes`.
        ValueError: A name or a value has characters that a header cannot carry.
    """
    if headers is None:
        return []
    pairs = cast(
        "Iterable[tuple[HeaderText, HeaderText]]",
        headers.items() if isinstance(headers, Mapping) else headers,
    )
    raw: RawHeaders = []
    for pair in pairs:
        match pair:
            case (name, value):
                raw.append((header_bytes(name).lower(), header_bytes(value)))
            case _:
                raise TypeError(f"A header is a pair of a name and a value, not {_kinds(pair)}.")
    check_headers(raw)
    return raw


def header_bytes(value: HeaderText) -> bytes:
    """Encode the name or the value of a header as latin-1.

    Raises:
        TypeError: It is neither `str` nor `bytes`.
        ValueError: It has other characters.
    """
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise TypeError(f"A header has str or bytes, not {type(value).__name__}.")
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"A header can carry latin-1 only, which has no {value[error.start]!r}, as at position "
            f"{error.start}: encode the text, for example with urllib.parse.quote()."
        ) from None


def _kinds(header: object) -> str:
    # What kind of thing it is, and not what it says: the value of a header may be a secret.
    if isinstance(header, tuple | list):
        parts = cast("Sequence[object]", header)
        return f"({', '.join(type(part).__name__ for part in parts)})"
    return type(header).__name__


def check_headers(raw: RawHeaders) -> None:
    """Check that each header is a pair of bytes that HTTP can carry.

    Raises:
        TypeError: A header is not a pair of bytes.
        ValueError: A name is not a token in lower case, or a value has control characters or white
            space around it.
    """
    for header in raw:
        match header:
            case (bytes(name), bytes(value)):
                pass
            case _:
                raise TypeError(f"ASGI headers are pairs of bytes, not {_kinds(header)}.")
        if name != name.lower():
            raise ValueError(f"ASGI wants header names in lower case: {name.lower()!r}.")
        if not name or name.translate(None, _TOKEN_CHARACTERS):
            raise ValueError(f"{name!r} is not a header name (RFC 9110 section 5.1).")
        if value.translate(None, _CONTROL_CHARACTERS) != value:
            raise ValueError(
                f"The value of the header {name.decode()!r} has a control character, such as a "
                "line break (RFC 9110 section 5.5)."
            )
        if value.strip(b" \t") != value:
            raise ValueError(
                f"The value of the header {name.decode()!r} has white space around it: strip it "
                "(RFC 9110 section 5.5)."
            )


def join_headers(raw: RawHeaders) -> RawHeaders:
    """Join headers of the same name into one, as RFC 9110 section 5.3 allows.

    A denial with the same name twice ends the process of one server, so each name goes there once.
    Only `set-cookie` cannot be joined (RFC 6265 section 3).

    Raises:
        ValueError: There is more than one `set-cookie`.
    """
    joined: dict[bytes, list[bytes]] = {}
    for name, value in raw:
        values = joined.setdefault(name, [])
        if values and name == b"set-cookie":
            raise ValueError(
                "A denial response can set one cookie only: two of them end the process of some "
                "servers. Put the values into one cookie, or set the other one on another response."
            )
        values.append(value)
    return [(name, b", ".join(values)) for name, values in joined.items()]


def supports_denial(scope: Scope) -> bool:
    """Return whether the server has the Websocket Denial Response extension of ASGI."""
    return DENIAL_EXTENSION in (scope.get("extensions") or {})


def read_disconnect(message: Message, scope: Scope) -> tuple[int, str]:
    """Read the code and the reason of a `websocket.disconnect` message.

    Returns:
        The client's code, 1005 if it sent none, 1006 if the connection was lost
        (RFC 6455 section 7.1.5), and its reason, empty if it sent none.
    """
    code, reason = message.get("code"), message.get("reason")
    if code is None:
        code = status.WS_1005_NO_STATUS_RCVD
    if (
        code == status.WS_1005_NO_STATUS_RCVD
        and reason is None
        and gives_every_reason(scope, denies=supports_denial(scope))
    ):
        code = status.WS_1006_ABNORMAL_CLOSURE
    return int(code), reason or ""


def size_of(message: Message) -> int:
    """Return how many bytes the payload of a message has; text counts as UTF-8."""
    text: str | None = message.get("text")
    if text is None:
        return len(message.get("bytes") or b"")
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
