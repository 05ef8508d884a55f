"""Blocks: what a page is made of, and the facts in them that are the same in every language."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Kind(StrEnum):
    """What a block is; the value is how a message calls it."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    CODE = "code block"
    LIST = "list"
    ITEM = "list item"
    TABLE = "table"
    ROW = "table row"
    QUOTATION = "quotation"
    ADMONITION = "admonition"
    TAB = "tab"
    DIRECTIVE = "directive"
    DEFINITIONS = "list of definitions"
    TERM = "term"
    DEFINITION = "definition"
    FOOTNOTE = "footnote"
    HTML = "HTML block"
    RULE = "rule"
    FRONT_MATTER = "front matter"


# What is in step by itself where both languages have the same: it may hold no words at all.
WORDLESS = frozenset({Kind.CODE, Kind.DIRECTIVE, Kind.HTML, Kind.FRONT_MATTER})


class Aspect(StrEnum):
    """What a fact is about; the value is how a message calls it."""

    CODE = "inline code"
    LINK = "link"
    IMAGE = "image"
    TAG = "HTML tag"
    FOOTNOTE = "footnote"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something inside a block that every language must have.

    Attributes:
        aspect: What it is about.
        value: What is compared: a link's target, say, with the language of its page taken out.
        shown: How it is written in the page.
    """

    aspect: Aspect
    value: str
    shown: str = field(compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A block of a page, and the blocks inside it.

    Attributes:
        kind: What it is.
        line: Its first line in the file, counted from 1.
        end: Its last line.
        text: Its own words as Markdown, the wrapping of lines taken out; empty where only the
            blocks inside it have words.
        traits: What must be the same in every language, by name: the level of a heading, the
            code of a code block.
        facts: What is inside its own words and must be the same in every language.
        children: The blocks inside it.
    """

    kind: Kind
    line: int
    end: int
    text: str = ""
    traits: Mapping[str, str] = field(default_factory=dict[str, str])
    facts: tuple[Fact, ...] = ()
    children: tuple[Block, ...] = ()

    @property
    def title(self) -> str:
        """How a message names it: its kind and its first words."""
        words = self.text if len(self.text) <= 40 else f"{self.text[:39].rstrip()}…"
        if self.kind in WORDLESS:
            words = words.partition("\n")[0]
        return f'{self.kind} "{words}"' if words else str(self.kind)


def walk(blocks: Iterable[Block]) -> Iterator[Block]:
    """Every block, and every block inside it, in the order of the page."""
    for block in blocks:
        yield block
        yield from walk(block.children)


def worded(blocks: Iterable[Block]) -> list[Block]:
    """The blocks that have words of their own: what is translated, one by one."""
    return [block for block in walk(blocks) if block.text]


@cache
def digest(text: str) -> str:
    """What stands for a text in the lock."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
