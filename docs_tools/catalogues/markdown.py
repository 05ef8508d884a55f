"""Paragraphs of a docstring: each is a message of its own, and code is left alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CODE_INDENT = "    "
FENCE = re.compile(r"\s*(`{3,}|~{3,})")
ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")
PROMPT = ">>> "


def each_paragraph(text: str, translate: Callable[[str], str]) -> str:
    """Put something else in the place of each paragraph and each item of a list.

    Args:
        text: Markdown: paragraphs, lists, fences, indented code, sessions of the interpreter.
        translate: Takes a paragraph on one line, and returns what stands there instead.

    Returns:
        The text with all else as it was. A paragraph is on one line: where its lines broke says
        nothing, and a break in the middle of a Chinese sentence would be a space.
    """
    return "\n".join(rewritten(text.split("\n"), translate))


def rewritten(lines: list[str], translate: Callable[[str], str]) -> Iterator[str]:
    """The lines of the new text."""
    in_list = False
    at = 0
    while at < len(lines):
        line = lines[at]
        end = code_end(lines, at, in_list)
        if end > at:
            yield from lines[at:end]
        elif line.strip():
            item = ITEM.match(line)
            in_list = item is not None or (in_list and line.startswith(" "))
            prefix = item[0] if item else line[: len(line) - len(line.lstrip())]
            end = paragraph_end(lines, at)
            words = " ".join([line[len(prefix) :].strip(), *map(str.strip, lines[at + 1 : end])])
            yield prefix + translate(words)
        else:
            end = at + 1
            yield line
        at = end


def code_end(lines: list[str], at: int, in_list: bool) -> int:
    """Where the code ends that begins at a line; the line itself where it is no code."""
    end = at
    if fence := FENCE.match(lines[at]):
        end += 1
        while end < len(lines) and not lines[end].strip().startswith(fence[1]):
            end += 1
        return min(end + 1, len(lines))
    if lines[at].lstrip().startswith(PROMPT):
        while end < len(lines) and lines[end].strip():
            end += 1
    elif lines[at].startswith(CODE_INDENT) and not in_list:
        while end < len(lines) and lines[end].startswith(CODE_INDENT):
            end += 1
    return end


def paragraph_end(lines: list[str], at: int) -> int:
    """Where the paragraph ends that begins at a line."""
    end = at + 1
    while end < len(lines) and lines[end].strip():
        if ITEM.match(lines[end]) or FENCE.match(lines[end]):
            break
        end += 1
    return end
