"""A lexer that highlights scripts: Pygments finds this module through its entry point.

So MkDocs, Sphinx, `pygmentize` and whatever else asks Pygments know `duo` and `*.duo`.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from pygments import lexer
from pygments.lexer import RegexLexer
from pygments.token import (
    Comment,
    Keyword,
    Literal,
    Name,
    Number,
    Operator,
    String,
    Text,
)

bygroups: Any = cast("Any", lexer).bygroups  # it is not typed


class DuoLexer(RegexLexer):
    """Highlights `*.duo`: the client, the side that sends, and the message."""

    name = "Duologue script"
    aliases: ClassVar[Sequence[str]] = ("duo",)
    filenames: ClassVar[Sequence[str]] = ("*.duo",)

    tokens: ClassVar = {
        "root": [
            (r"^#.*\n?", Comment.Single),
            (r"^([^\W\d]\w*)?([<>])([ \t]*)", bygroups(Name.Class, Operator, Text), "line"),
            (
                r"^([ \t]+)([\w!#$%&'*+.^`|~-]+)(:)",
                bygroups(Text, Name.Attribute, Operator),
                "value",
            ),
            (r"[ \t]+", Text),
            (r"\n", Text),
            (r"", Text, "value"),
        ],
        "line": [
            (r"\n", Text, "#pop"),
            (
                r"(open|accept|deny|close|drop|wait)(?=\s)([ \t]*)",
                bygroups(Keyword, Text),
            ),
            (r"/\S*", Literal),
            (r"", Text, ("#pop", "value")),
        ],
        "value": [
            (r"\n", Text, "#pop"),
            (r"[ \t]+", Text),
            (r'"(?:[^"\\\n]|\\.)*"', String),
            (r"0x[0-9A-Fa-f]*", Number.Hex),
            (r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])", Number),
            (r"\b(any|like|binary)\b", Keyword.Pseudo),
            (r"\b(true|false|null)\b", Keyword.Constant),
            (r"[{}\[\],:]", Operator),
            (r"[^\s\"{}\[\],:]+", Text),
            (r".", Text),
        ],
    }
