"""Scripts: conversations as they must be held, in `*.duo` files."""

from duologue.scripts.content import ANY, Anything, Binary, Heard, Json, Like, Spoken, Text, Wording
from duologue.scripts.parser import ScriptSyntaxError, load, parse
from duologue.scripts.script import (
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
    Wait,
)

__all__ = [
    "ANY",
    "Accept",
    "Anything",
    "Binary",
    "Close",
    "Closed",
    "Comment",
    "Deny",
    "Drop",
    "Hear",
    "Heard",
    "Json",
    "Like",
    "Line",
    "Open",
    "Say",
    "Script",
    "ScriptSyntaxError",
    "Spoken",
    "Text",
    "Wait",
    "Wording",
    "load",
    "parse",
]
