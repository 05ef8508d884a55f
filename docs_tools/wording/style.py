"""Style: what a reader sees of a line, and the rules that a pattern can judge."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import autocorrect_py
import polib

from docs_tools.translations.dialect import parser

if TYPE_CHECKING:
    from collections.abc import Iterator

PARSER = parser()
UNSEEN = {"fence", "code_block", "directive", "front_matter"}

# Stands for inline code, and for what a word of the site is filled with.
CODE = "\ue000"
HAN = r"[\u3400-\u9fff]"
FULL_WIDTH = "，。：；？！（）、“”"
CJK = r"[\u3400-\u9fff\uac00-\ud7a3]"
PARTICLES = (
    "은|는|가|을|를|의|에|에서|에게|와|과|로|으로|도|만|까지|부터|보다|처럼|라는|이라는|입니다"
)

MARKUP = [
    (re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)"), CODE),
    (re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)"), r"\1"),
    (re.compile(r"\{[:#. ][^}]*\}\s*$"), ""),
    (re.compile(r"^\s*(?:>\s+)*(?:#+\s+|[-*+]\s+|\d+[.)]\s+)?"), ""),
    (re.compile(r"^(?:!!!|\?\?\?\+?|===)\s+"), ""),
]
EMPHASIS = re.compile(r"\*+(?=\S)([^*]+)(?<=\S)\*+")
TIGHT_EMPHASIS = re.compile(rf"{CJK}{EMPHASIS.pattern}|{EMPHASIS.pattern}{CJK}")
WORD = re.compile(r'^"?[\w.]+"? = (?P<value>".*")$')
# zhlint takes the spaces around emphasis for these, so this is not its matter.
PARTED_HAN = re.compile(rf"{HAN} +{HAN}")
HEADING = re.compile(r"\s*#+\s")

RULES = {
    "zh": [
        (
            re.compile(rf"{HAN} ?[,.;:!?()]|[,;:!?()] ?{HAN}"),
            "full-width punctuation belongs beside Chinese",
        ),
        (
            re.compile(rf"{HAN}{CODE}|{CODE}{HAN}"),
            "a space belongs between Chinese and inline code",
        ),
        (
            re.compile(rf" [{FULL_WIDTH}]|[{FULL_WIDTH}] "),
            "no space belongs beside full-width punctuation",
        ),
    ],
    "ko": [
        (
            re.compile(rf"[A-Za-z{CODE}] (?:{PARTICLES})(?![\w{CODE}])"),
            "no space belongs between a word and its particle",
        ),
        (re.compile(r"[，。：；？！（）、]"), "half-width punctuation belongs into Korean"),
    ],
}


@dataclass(frozen=True)
class Line:
    """A line that readers see something of.

    Attributes:
        number: Its number, the first is 1.
        source: As it is written.
        cells: What is seen: one text, or those of a row of a table.
    """

    number: int
    source: str
    cells: tuple[str, ...]


def page_lines(text: str) -> Iterator[Line]:
    """The lines of a page, without code and with a sign in the place of inline code."""
    lines = text.splitlines()
    unseen = {
        number
        for token in PARSER.parse(text)
        if token.type in UNSEEN and token.map
        for number in range(*token.map)
    }
    for number, line in enumerate(lines):
        if number not in unseen and line.strip():
            yield Line(number + 1, line, tuple(cells(line)))


def cells(line: str) -> list[str]:
    """What is seen of a line of a page."""
    for pattern, replacement in MARKUP:
        line = pattern.sub(replacement, line)
    # Only a row of a table begins with a bar.
    parts = line.strip().strip("|").split("|") if line.lstrip().startswith("|") else [line]
    return [EMPHASIS.sub(r"\1", part).strip() for part in parts]


def word_lines(text: str) -> Iterator[Line]:
    """The lines of a file of words, each with the word that it gives."""
    for number, line in enumerate(text.splitlines(), 1):
        if match := WORD.match(line):
            value = json.loads(match["value"])
            yield Line(number, "", (re.sub(r"\{\w+\}", CODE, value),))


def catalogue_lines(text: str) -> Iterator[Line]:
    """The lines of the translations in a catalogue, each with the line where its entry begins."""
    for entry in polib.pofile(text):
        for line in entry.msgstr.splitlines():
            yield Line(entry.linenum or 0, line, tuple(cells(line)))


def judge(line: Line, language: str) -> Iterator[str]:
    """What is wrong with the style of a line."""
    if language not in RULES:
        return
    if HEADING.match(line.source) and re.search(r"[.,:;!?，。：；？！、…]$", line.cells[0]):
        yield "no punctuation belongs at the end of a heading"
    without_code = MARKUP[0][0].sub(CODE, line.source)
    for match in TIGHT_EMPHASIS.finditer(without_code):
        yield f"{match[0]}: a space belongs between emphasis and the words beside it"
    if language == "zh":
        for match in PARTED_HAN.finditer(without_code):
            yield f"{match[0]}: no space belongs between Chinese characters"
    for cell in line.cells:
        found = [
            f"{around(cell, match)}: {reason}"
            for pattern, reason in RULES[language]
            for match in pattern.finditer(cell)
        ]
        # It damages Korean, and it does not see inline code.
        if not found and language == "zh" and (better := autocorrect_py.format(cell)) != cell:
            found = [f"{difference(cell, better)}"]
        yield from found


def around(text: str, match: re.Match[str]) -> str:
    """A match with a little of what stands beside it."""
    return readable(text[max(match.start() - 4, 0) : match.end() + 4])


def difference(text: str, better: str) -> str:
    """Where two texts begin to differ."""
    pairs = zip(text, better, strict=False)
    start = next((place for place, (a, b) in enumerate(pairs) if a != b), len(better))
    first = max(start - 4, 0)
    return f"{readable(text[first : start + 6])}: write {readable(better[first : start + 6])}"


def readable(text: str) -> str:
    """A text in which the sign for code can be seen."""
    return text.replace(CODE, "`…`").strip()
