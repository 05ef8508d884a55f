"""What is said in a script, cut into pieces that a page can draw."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from duologue.scripts import ANY, Like

WIDTH = 56  # a JSON value that is longer goes over several lines
PATTERN = re.compile(r"(\\\*|\*)")


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
    found: list[Piece] = []
    for part in PATTERN.split(pattern):
        if part == "*":
            found.append(STAR)
        elif part == "\\*":
            found.append(Piece("plain", "*"))
        else:
            found += plain(part)
    return found


def value(content: object) -> list[Piece]:
    """A JSON value, on one line where it is short, in which some parts may vary."""
    line = joined(content, None, 0)
    if sum(len(piece.text) or 4 for piece in line) <= WIDTH:
        return line
    return joined(content, 2, 0)


def joined(content: object, indent: int | None, level: int) -> list[Piece]:
    """Write a JSON value the way :func:`json.dumps` does."""
    if content is ANY:
        return [ANYTHING]
    if isinstance(content, Like):
        return [*plain('"'), *like(content.pattern), *plain('"')]
    if isinstance(content, dict):
        members = [
            [*plain(json.dumps(name, ensure_ascii=False) + ": "), *joined(each, indent, level + 1)]
            for name, each in content.items()
        ]
        return bracketed("{", members, "}", indent, level)
    if isinstance(content, (list, tuple)):
        members = [joined(each, indent, level + 1) for each in content]
        return bracketed("[", members, "]", indent, level)
    return plain(json.dumps(content, ensure_ascii=False))


def bracketed(
    opening: str, members: list[list[Piece]], closing: str, indent: int | None, level: int
) -> list[Piece]:
    """Put members between brackets, each on a line of its own where there is an indent."""
    if not members:
        return plain(opening + closing)
    inner = outer = ""
    between = ", "
    if indent is not None:
        inner = "\n" + " " * indent * (level + 1)
        outer = "\n" + " " * indent * level
        between = "," + inner
    found = plain(opening + inner)
    for position, member in enumerate(members):
        found += [*(plain(between) if position else []), *member]
    return found + plain(outer + closing)


def octets(data: bytes) -> list[Piece]:
    """Bytes as pairs of digits, in groups that an eye can count."""
    return plain(data.hex(" "))
