"""Scripts: conversations as they must be held, in `*.duo` files."""

from importlib import import_module
from typing import TYPE_CHECKING

from duologue.scripts.language.content import (
    ANY,
    Anything,
    Binary,
    Heard,
    Json,
    Like,
    Spoken,
    Text,
    Wording,
)
from duologue.scripts.language.parser import ScriptSyntaxError, load, parse
from duologue.scripts.language.script import (
    Accept,
    Close,
    Closed,
    Comment,
    Deny,
    Drop,
    Hear,
    Line,
    Open,
    Say,
    Script,
    Turn,
    Wait,
)

if TYPE_CHECKING:
    from duologue.scripts._failure import ScriptFailure
    from duologue.scripts._player import play
    from duologue.scripts._recorder import Recorder
    from duologue.scripts.transports.connectors import CannotConnectError, Connector
    from duologue.scripts.transports.in_process import AppConnector
    from duologue.scripts.transports.sockets import URLConnector

# What plays needs an event loop, which pytest shall not load where there is nothing to play.
_LATER = {
    "AppConnector": "transports.in_process",
    "CannotConnectError": "transports.connectors",
    "Connector": "transports.connectors",
    "Recorder": "_recorder",
    "ScriptFailure": "_failure",
    "URLConnector": "transports.sockets",
    "play": "_player",
}

__all__ = [
    "ANY",
    "Accept",
    "Anything",
    "AppConnector",
    "Binary",
    "CannotConnectError",
    "Close",
    "Closed",
    "Comment",
    "Connector",
    "Deny",
    "Drop",
    "Hear",
    "Heard",
    "Json",
    "Like",
    "Line",
    "Open",
    "Recorder",
    "Say",
    "Script",
    "ScriptFailure",
    "ScriptSyntaxError",
    "Spoken",
    "Text",
    "Turn",
    "URLConnector",
    "Wait",
    "Wording",
    "load",
    "parse",
    "play",
]


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
