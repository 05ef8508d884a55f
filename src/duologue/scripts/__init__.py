"""Scripts: expected conversations between clients and a server, in `*.duo` files."""

from typing import TYPE_CHECKING

from duologue._lazy import lazy
from duologue.scripts.language.content import (
    ANY,
    Anything,
    Binary,
    Expected,
    Json,
    Like,
    Sent,
    Text,
    Wording,
)
from duologue.scripts.language.parser import ScriptSyntaxError, load, parse
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

__all__ = [
    "ANY",
    "Accept",
    "Anything",
    "AppConnector",
    "Binary",
    "CannotConnectError",
    "ClientClose",
    "ClientMessage",
    "Comment",
    "Connector",
    "Deny",
    "Drop",
    "Expected",
    "Json",
    "Like",
    "Line",
    "Open",
    "Recorder",
    "Script",
    "ScriptFailure",
    "ScriptSyntaxError",
    "Sent",
    "ServerClose",
    "ServerMessage",
    "Text",
    "Turn",
    "URLConnector",
    "Wait",
    "Wording",
    "load",
    "parse",
    "play",
]

# Earlier names.
Close = ClientClose
Closed = ServerClose
Hear = ServerMessage
Heard = Expected
Say = ClientMessage
Spoken = Sent

# What plays needs an event loop, which pytest shall not load where there is nothing to play.
__getattr__, __dir__ = lazy(
    __name__,
    {
        "AppConnector": "transports.in_process",
        "CannotConnectError": "transports.connectors",
        "Connector": "transports.connectors",
        "Recorder": "_recorder",
        "ScriptFailure": "_failure",
        "URLConnector": "transports.sockets",
        "play": "_player",
    },
)
