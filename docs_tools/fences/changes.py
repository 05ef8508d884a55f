"""What changed from one program to the next: a diff that the page draws from two files."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pygments.lexer import Lexer

    from docs_tools.project.languages import Language

CONTEXT = 3  # lines that did not change, before and after each change
FEW = 3  # so many lines are shown rather than counted


@dataclass(frozen=True)
class Part:
    """Lines that follow each other and that have one fate.

    Attributes:
        kind: ``"same"``, ``"removed"``, ``"added"``, or ``"skipped"`` where lines are left out.
        first: The number of its first line in the file that it is taken from, from 0.
        last: The number after its last line.
    """

    kind: str
    first: int
    last: int


def compare(before: Sequence[str], after: Sequence[str]) -> list[Part]:
    """Compare the lines of two files.

    Returns:
        The parts in the order in which they are read: what was removed, before what was added in
        its place. The numbers of removed lines are those of the file before, all others those of
        the file after.
    """
    found: list[Part] = []
    seen = 0
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        found += between(seen, group[0][3])
        for tag, first, last, first_after, last_after in group:
            if tag == "equal":
                found.append(Part("same", first_after, last_after))
                continue
            if first < last:
                found.append(Part("removed", first, last))
            if first_after < last_after:
                found.append(Part("added", first_after, last_after))
        seen = group[-1][4]
    return found + between(seen, len(after)) if found else []


def between(first: int, last: int) -> list[Part]:
    """The lines that no change is near to."""
    if first == last:
        return []
    return [Part("same" if last - first <= FEW else "skipped", first, last)]


def render_changes(
    names: tuple[str, str], contents: tuple[str, str], lexer: Lexer, language: Language
) -> str:
    """Draw what changed between two files, with the colours of their language.

    Signs and colours are for the eye. For the ear, what was removed is a ``del`` and what was added
    an ``ins``, and each begins with a word that says so. There is no copy button: whoever copies a
    program copies the whole one.

    Args:
        names: What the two files are called.
        contents: What is in them.
        lexer: Reads both.
        language: That of the page.

    Returns:
        HTML.

    Raises:
        ValueError: Nothing changed.
    """
    words = language.words["changes"]
    before, after = (content.splitlines() for content in contents)
    parts = compare(before, after)
    if not parts:
        raise ValueError(f"nothing changed from {names[0]} to {names[1]}")
    drawn = {"removed": coloured(contents[0], lexer), "added": coloured(contents[1], lexer)}
    drawn["same"] = drawn["added"]
    shown = Markup("").join(draw(part, drawn.get(part.kind, []), words) for part in parts)
    label = words["label"].format(before=names[0], after=names[1])
    block = Markup(
        '<div class="language-{} highlight changes no-copy" role="group" aria-label="{}">'
        '<span class="filename">{}</span><pre><code>{}</code></pre></div>'
    )
    return str(block.format(lexer.aliases[0], label, label, shown))


def coloured(content: str, lexer: Lexer) -> list[Markup]:
    """The lines of a file as HTML; what goes over several lines is coloured in each."""
    formatter: HtmlFormatter[str] = HtmlFormatter(nowrap=True)
    return [Markup(line) for line in highlight(content, lexer, formatter).splitlines()]


def draw(part: Part, lines: Sequence[Markup], words: dict[str, str]) -> Markup:
    """Draw one part: each line is an element of its own, as wide as the block."""
    if part.kind == "skipped":
        skipped = words["skipped"].format(lines=part.last - part.first)
        return Markup('<span class="changes__skipped">{}</span>').format(skipped)
    line = Markup('<span class="changes__line">{}\n</span>')
    drawn = Markup("").join(line.format(each) for each in lines[part.first : part.last])
    if part.kind == "same":
        return drawn
    tag = Markup({"removed": "del", "added": "ins"}[part.kind])
    said = Markup('<span class="sr-only" data-search-exclude="true">{}</span>').format(
        words[part.kind]
    )
    return Markup("<{0}>{1}{2}</{0}>").format(tag, said, drawn)
