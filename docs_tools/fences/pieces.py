"""Messages of a script, cut into pieces that a page can draw."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from duologue.scripts.language.content import literals, write_value

if TYPE_CHECKING:
    from duologue.scripts.language.content import JsonValue

WIDTH = 56  # a JSON value that is longer goes over several lines
# What varies in a value as a script writes it, and the strings, which may say the same words.
VARYING = re.compile(r'like (?P<pattern>"(?:\\.|[^"\\])*")|"(?:\\.|[^"\\])*"|(?P<any>any)')


@dataclass(frozen=True)
class Piece:
    """A run of characters, or something that varies.

    Attributes:
        kind: ``"plain"``, ``"any"`` (any message or value) or ``"star"`` (any run of characters).
        text: The characters of a plain piece.
    """

    kind: str
    text: str = ""


ANYTHING = Piece("any")
STAR = Piece("star")


def plain(text: str) -> list[Piece]:
    """Characters that stand for themselves."""
    return [Piece("plain", text)] if text else []


def like(pattern: str) -> list[Piece]:
    r"""A pattern in which ``*`` stands for any run of characters, and ``\*`` for a star."""
    first, *others = literals(pattern)
    return [*plain(first), *(piece for each in others for piece in (STAR, *plain(each)))]


def value(content: JsonValue) -> list[Piece]:
    """A JSON value, on one line where it is short, in which some parts may vary."""
    line = cut(write_value(content))
    if sum(len(piece.text) or 4 for piece in line) <= WIDTH:
        return line
    return cut(write_value(content, ""))


def cut(text: str) -> list[Piece]:
    """Cut a JSON value, as a script writes it, where it varies."""
    found: list[Piece] = []
    place = 0
    for each in VARYING.finditer(text):
        if each["any"]:
            varying = [ANYTHING]
        elif each["pattern"]:
            varying = [*plain('"'), *like(json.loads(each["pattern"])), *plain('"')]
        else:
            continue
        found += [*plain(text[place : each.start()]), *varying]
        place = each.end()
    return found + plain(text[place:])


def octets(data: bytes) -> list[Piece]:
    """Bytes as pairs of digits, in groups that an eye can count."""
    return plain(data.hex(" "))
