"""Exceptions and values of the library can be copied, and sent to another process."""

import copy
import importlib
import pickle
import re
from pathlib import Path

import pytest
import starlette.routing  # noqa: F401 - `NoMatchFound` is Starlette's, too

from duologue.datastructures import URL, Headers, MutableHeaders, QueryParams, State
from duologue.exceptions import (
    HTTPException,
    InvalidPayloadError,
    UnsupportedDataError,
    WebSocketDisconnect,
    WebSocketException,
    WebSocketStateError,
)
from duologue.limits import Limits, Refused
from duologue.rooms import (
    BackendError,
    History,
    Missed,
    OffsetError,
    Presence,
    Published,
    RoomMember,
    Rooms,
)
from duologue.routing import NoMatchFound, Router, URLPath
from duologue.scripts import (
    ANY,
    CannotConnectError,
    Like,
    ScriptFailure,
    ScriptSyntaxError,
    parse,
)
from duologue.shutdown import Drain
from duologue.testclient import WebSocketDenialResponse
from duologue.websockets import WebSocketState

REFERENCE = Path(__file__).parent.parent / "docs" / "en" / "reference"
SCRIPT = parse("> open /\n< accept\n> close 1000\n", Path("chat.duo"))

DUPLICATES = {
    "copied": copy.copy,
    "copied deeply": copy.deepcopy,
    "pickled": lambda it: pickle.loads(pickle.dumps(it)),
    "pickled with protocol 2": lambda it: pickle.loads(pickle.dumps(it, 2)),
}
duplicates = pytest.mark.parametrize("duplicate", DUPLICATES.values(), ids=DUPLICATES)


def no_match():
    with pytest.raises(NoMatchFound) as raised:
        Router().url_path_for("chat", room=7)
    return raised.value


class Expired(HTTPException):
    """One of a user's own, made from other arguments."""

    def __init__(self, *, seconds):
        super().__init__(401, "Expired", {"retry-after": str(seconds)})
        self.seconds = seconds


class Kicked(WebSocketException):
    def __init__(self, by, room):
        super().__init__(4001, f"by {by}")
        self.room = room


EXCEPTIONS = [
    BackendError("Redis is not there."),
    CannotConnectError("There is no server."),
    HTTPException(401, headers={"www-authenticate": "Bearer"}),
    InvalidPayloadError("The message is not JSON."),
    OffsetError("The offset is too old."),
    ScriptFailure(
        "The application closed.",
        SCRIPT,
        SCRIPT.lines[1],
        expected="< accept",
        got="< close 1000",
        why="another message",
        conversation=("> open /",),
        crash=LookupError("full moon"),
    ),
    ScriptSyntaxError("This is not a line.", 1, 2, "nonsense", Path("chat.duo")),
    UnsupportedDataError("Expected a text."),
    WebSocketDenialResponse(403, Headers({"a": "b"}), b"No", 1006, ""),
    WebSocketDisconnect(1001, "tab closed"),
    WebSocketException(4001, "kicked"),
    WebSocketStateError("Need to call accept."),
    no_match(),
    Expired(seconds=5),
    Kicked("Ada", room="lobby"),
]

VALUES = [
    ANY,
    Drain(),
    Headers([("a", "b"), ("a", "c")]),
    History(messages=5),
    Like("*.png"),
    Limits(message_size=3),
    Missed("lobby", 3),
    MutableHeaders({"a": "b"}),
    Presence(),
    Published("lobby", "Hello!", None),
    QueryParams("a=1&a=2"),
    Refused(),
    RoomMember("1", {"name": "Ada"}),
    Rooms().statistics(),
    SCRIPT,
    SCRIPT.lines[0],
    State({"a": 1}),
    URL("ws://ada:pass@example.com/chat?a=1#b"),
    URLPath("/chat", "websocket", "example.com"),
    WebSocketState.CONNECTED,
]


def what_is_in(error):
    return {name: shown(value) for name, value in vars(error).items()}


def shown(value):
    return repr(value) if isinstance(value, Exception) else value


@duplicates
@pytest.mark.parametrize("error", EXCEPTIONS, ids=lambda error: type(error).__name__)
def test_exception_can_be_copied(error, duplicate):
    error.add_note("seen in a test")
    other = duplicate(error)
    assert type(other) is type(error)
    assert (str(other), repr(other), other.args) == (str(error), repr(error), error.args)
    assert what_is_in(other) == what_is_in(error)


@duplicates
@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_value_can_be_copied(value, duplicate):
    other = duplicate(value)
    assert type(other) is type(value)
    assert repr(other) == repr(value)
    for name in ("protocol", "host"):
        assert getattr(other, name, None) == getattr(value, name, None)


def public_exceptions():
    """The exceptions that users can import from the modules of the API reference."""
    pages = "".join(page.read_text("utf-8") for page in sorted(REFERENCE.glob("*.md")))
    modules = [importlib.import_module(name) for name in re.findall(r"(?m)^::: (\S+)", pages)]
    names = [(module, name) for module in modules for name in dir(module) if name[0] != "_"]
    values = [getattr(module, name) for module, name in names]
    return {each for each in values if isinstance(each, type) and issubclass(each, Exception)}


def test_no_public_exception_is_left_out():
    tried = {each for error in EXCEPTIONS for each in type(error).__mro__}
    public = {each for each in public_exceptions() if each.__module__.startswith("duologue")}
    assert len(public) > 10
    assert public - tried == set()
