"""Matching: an event is written as a line, and compared with the expected line."""

from duologue.scripts._differences import difference, difference_of_wordings
from duologue.scripts.language.content import (
    ANY,
    Binary,
    Expected,
    Json,
    Text,
    Wording,
    read_json,
)
from duologue.scripts.language.script import Accept, Deny, ServerClose, ServerMessage
from duologue.scripts.transports.connectors import (
    Accepted,
    Answer,
    Broken,
    Denied,
    Ended,
    Event,
    TextHeaders,
)

ServerLine = Accept | Deny | ServerMessage | ServerClose
"""A line of the server."""


def describe(client: str, came: Answer | Event, expected: ServerLine | None = None) -> str:
    """Write what came as a line of a script.

    Args:
        client: The name of the client.
        came: The event that was received.
        expected: The expected line: only headers that it names are written.
    """
    match came:
        case Accepted(subprotocol, headers):
            return str(Accept(client, subprotocol, _named(headers, expected)))
        case Denied(status, headers, body):
            return str(Deny(client, status, _named(headers, expected), content_of_body(body)))
        case Ended(code, reason):
            return str(ServerClose(client, code, reason))
        case Broken(words):
            return f"{client}< {words}"
        case _:
            in_json = isinstance(expected, ServerMessage) and isinstance(expected.content, Json)
            return str(ServerMessage(client, content_of(came, prefer_json=in_json)))


def compare(expected: ServerLine, came: Answer | Event) -> str | None:
    """Say in which way something is not what a line expects.

    Returns:
        A description, empty if showing both is enough; `None` if it matches the line.
    """
    match expected, came:
        case Accept(), Accepted():
            if expected.subprotocol != came.subprotocol:
                return "another subprotocol was chosen"
            return _difference_of_headers(expected.headers, came.headers)
        case Deny(), Denied() if expected.status == came.status:
            found = _difference_of_headers(expected.headers, came.headers)
            return found or _difference_of_bodies(expected.body, came.body)
        case ServerClose(), Ended() if expected.code == came.code:
            found = difference_of_wordings(expected.reason, came.reason)
            return found and f"the reason: {found}"
        case ServerMessage(content=content), str() | bytes():
            return difference(content, came)
        case _:
            return ""


def content_of(message: str | bytes, *, prefer_json: bool) -> Text | Binary | Json:
    """Make the content of a message that came.

    Args:
        message: The message.
        prefer_json: Whether it is JSON if possible.
    """
    binary = isinstance(message, bytes)
    if prefer_json:
        try:
            return Json(read_json(message), binary)
        except ValueError:
            pass
    return Binary(message) if isinstance(message, bytes) else Text(message)


def content_of_body(body: bytes) -> Text | Binary | Json | None:
    """Make the content of the body of a response; `None` for an empty one."""
    if not body:
        return None
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return Binary(body)
    return content_of(text, prefer_json=text[0] in "{[")


def _named(headers: TextHeaders, expected: ServerLine | None) -> tuple[tuple[str, str], ...]:
    wanted: tuple[tuple[str, Wording], ...] = ()
    if isinstance(expected, Accept | Deny):
        wanted = expected.headers
    names = {name for name, _ in wanted}
    return tuple((name, value) for name, value in headers if name in names)


def _difference_of_headers(
    expected: tuple[tuple[str, Wording], ...], came: TextHeaders
) -> str | None:
    for name, value in expected:
        values = [each for each_name, each in came if each_name == name]
        if not values:
            return f"the header {name} is missing"
        differences = [difference_of_wordings(value, each) for each in values]
        if None not in differences:
            return f"the header {name}: {differences[0]}"
    return None


def _difference_of_bodies(expected: Expected | None, body: bytes) -> str | None:
    if expected is None or expected is ANY:
        return None
    if isinstance(expected, Binary):
        found = difference(expected, body)
    else:
        try:
            found = difference(expected, body.decode())
        except UnicodeDecodeError:
            found = "it is not in UTF-8"
    return found and f"the body: {found}"
