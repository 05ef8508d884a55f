"""Structural differences: what a translation lacks, or has too much, in any language."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING

from docs_tools.translations.blocks import Aspect, Block, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from docs_tools.translations.alignment import Blocks, Pair


class Problem(StrEnum):
    """What is wrong; the value is how a message begins."""

    MISSING_PAGE = "missing page"
    EXTRA_PAGE = "extra page"
    MISSING = "missing"
    EXTRA = "extra"
    MOVED = "moved"
    DIFFERENT = "different"
    STALE = "stale"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend.

    Attributes:
        problem: What is wrong.
        message: What it is about, in words.
        source_line: Where it stands in the source, or belongs; 0 for a whole page.
        translation_line: The same in the translation.
    """

    problem: Problem
    message: str
    source_line: int = 0
    translation_line: int = 0

    def __str__(self) -> str:
        return f"{self.problem}: {self.message}"


def compare(pairs: Iterable[Pair]) -> list[Finding]:
    """Name everything in which the structure of two aligned pages differs."""
    return list(compare_pairs(pairs, 1, 1))


def compare_pairs(
    pairs: Iterable[Pair], source_line: int, translation_line: int
) -> Iterator[Finding]:
    """Compare pairs, from these lines on: there belongs what one side lacks."""
    for pair in pairs:
        if not pair.translation:
            line = pair.source[0].line
            yield Finding(Problem.MISSING, name_of(pair.source), line, translation_line)
        elif not pair.source:
            line = pair.translation[0].line
            yield Finding(Problem.EXTRA, name_of(pair.translation), source_line, line)
        else:
            yield from compare_pair(pair)
        if pair.source:
            source_line = pair.source[-1].end + 1
        if pair.translation and not pair.moved:
            translation_line = pair.translation[-1].end + 1


def compare_pair(pair: Pair) -> Iterator[Finding]:
    """Compare what belongs together."""
    source, translation = pair.source[0], pair.translation[0]
    if pair.moved:
        message = f"{name_of(pair.source)} stands at another place in the source"
        yield Finding(Problem.MOVED, message, source.line, translation.line)
    if len(pair.source) == len(pair.translation) == 1:
        for message in differences(source, translation):
            yield Finding(Problem.DIFFERENT, message, source.line, translation.line)
    yield from compare_pairs(pair.inner, source.line, translation.line)


def name_of(blocks: Blocks) -> str:
    """How a message names a block, or a section."""
    if len(blocks) == 1:
        return blocks[0].title
    title = blocks[0].title.removeprefix(f"{blocks[0].kind} ")
    return f"section {title} ({len(blocks)} blocks)"


def differences(source: Block, translation: Block) -> Iterator[str]:
    """In what two blocks differ, themselves and not what is inside them."""
    if source.kind is not translation.kind:
        yield f"a {translation.kind} here, a {source.kind} in the source"
        return
    for name, expected in source.traits.items():
        got = translation.traits.get(name, "")
        if name == "code" and got != expected:
            yield code_difference(expected, got)
        elif got != expected and not (source.kind is Kind.HEADING and not expected):
            yield f"{source.kind}: {name} {got or 'missing'}, in the source {expected}"
    for aspect in Aspect:
        message = fact_difference(aspect, source, translation)
        if message:
            yield message


def code_difference(expected: str, got: str) -> str:
    """Name the first line of code that differs."""
    pairs = zip_longest(expected.splitlines(), got.splitlines(), fillvalue="")
    first = next(pair for pair in pairs if pair[0] != pair[1])
    wanted, found = (line.strip() for line in first)
    if not found:
        return f"code: `{wanted}` is missing"
    if not wanted:
        return f"code: `{found}` is not in the source"
    return f"code: `{found}` here, `{wanted}` in the source"


def fact_difference(aspect: Aspect, source: Block, translation: Block) -> str:
    """Say which facts one of two blocks lacks, or nothing."""
    sides = [
        [each for each in block.facts if each.aspect is aspect] for block in (source, translation)
    ]
    shown = {each.value: each.shown for side in sides for each in side}
    counts = [Counter(each.value for each in side) for side in sides]
    parts: list[str] = []
    for words, over in (("missing", counts[0] - counts[1]), ("too many", counts[1] - counts[0])):
        if over:
            names = [
                shown[value] + f" ({times} times)" * (times > 1) for value, times in over.items()
            ]
            parts.append(f"{words}: {', '.join(names)}")
    return f"{aspect} {'; '.join(parts)}" if parts else ""
