"""The messages of the library: what its code raises and logs, read from the source.

A page shows them with the fence ``errors``, which names modules and packages of ``src/duologue``.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docs_tools.project.languages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = "duologue"
LEVELS = {"info", "warning", "error", "exception", "critical"}
RAISED = re.compile(r"(Error|Exception|Failure)$")
VALUE = "…"  # stands for what only the program knows


@dataclass(frozen=True)
class Message:
    """A message.

    Attributes:
        module: Where it is raised or logged, like ``rooms/_rooms``.
        name: The exception, or the logger; empty if a function makes the exception.
        text: What it says, with ``…`` for each value.
    """

    module: str
    name: str
    text: str


def read_messages(root: Path = ROOT) -> list[Message]:
    """Read all messages, each once, in the order of the modules."""
    package = root / "src" / PACKAGE
    found = dict[Message, None]()
    for path in sorted(package.rglob("*.py")):
        module = path.relative_to(package).with_suffix("").as_posix().removesuffix("/__init__")
        found.update(dict.fromkeys(messages_in(path.read_text(encoding="utf-8"), module)))
    return list(found)


def messages_in(source: str, module: str) -> Iterator[Message]:
    """The messages of a module: of what it raises, of the exceptions that it makes, and its log."""
    logger = re.search(r'getLogger\("([^"]+)"\)', source)
    raised = set[ast.expr | None]()
    for call in ast.walk(ast.parse(source)):  # what raises comes before what it raises
        if isinstance(call, ast.Raise):
            raised.add(call.exc)
        if not isinstance(call, ast.Call):
            continue
        called = ast.unparse(call.func).rpartition(".")
        is_log = called[2] in LEVELS and "log" in called[0].lower()
        if not is_log and call not in raised and not RAISED.search(called[2]):
            continue
        name = logger[1] if is_log and logger else called[2]
        for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
            text = text_of(argument)
            if len(re.findall(r"[^\W\d_]{2,}", text)) > 1:  # a name alone says nothing
                yield Message(module, name if is_log or name[:1].isupper() else "", text)


def text_of(node: ast.expr) -> str:
    """The text that an expression makes, as far as it is written there."""
    match node:
        case ast.Constant(value=str(text)):
            return re.sub(r"%[rsd]", VALUE, text)
        case ast.JoinedStr(values=parts):
            return "".join(
                text_of(part) if isinstance(part, ast.Constant) else VALUE for part in parts
            )
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return (text_of(left) or VALUE) + (text_of(right) or VALUE)
        case _:
            return ""


def of_modules(messages: list[Message], names: list[str]) -> list[Message]:
    """The messages of some modules and packages, by their names.

    Raises:
        ValueError: A name has no message.
    """
    for name in names:
        if not any(is_in(each, name) for each in messages):
            raise ValueError(f"no message is raised or logged in {PACKAGE}/{name}")
    return [each for each in messages if any(is_in(each, name) for name in names)]


def is_in(message: Message, name: str) -> bool:
    """Whether a message is one of a module or a package."""
    return f"{message.module}/".startswith(f"{name}/")
