"""Chinese as zhlint wants it: ``python -m docs_tools.wording.zhlint``.

zhlint reads CommonMark. So that it sees what a page of ours says, and nothing else, it is given
each heading, paragraph, item and cell by itself, as the parser of our dialect finds them. Its
rules, and the exceptions from them, are in ``zhlint.mjs``. Beside it,
:mod:`docs_tools.wording.style` sees what stands around inline code and emphasis; no text is wrong
for one and right for the other.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polib

from docs_tools.node import NodeError, node, tool
from docs_tools.project.languages import ROOT
from docs_tools.wording.glossary import Finding
from docs_tools.wording.style import CODE, PARSER, difference, word_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

# Attributes behind a link, an image or inline code, which only our dialect has.
ATTRIBUTES = re.compile(r"(?<=[)`\]])\{[:#. ][^}\n]*\}")
PROGRAM = Path(__file__).with_suffix(".mjs")
LANGUAGE = "zh"


@dataclass(frozen=True)
class Piece:
    """A text that stands by itself: a heading, a paragraph, an item, a cell, a word of the site.

    Attributes:
        path: The file.
        line: Where the text begins.
        text: As it is written, in Markdown.
    """

    path: Path
    line: int
    text: str


def lint(root: Path = ROOT) -> Iterator[Finding]:
    """Find what is to be mended in everything that the project says in Chinese.

    Raises:
        NodeError: Node or zhlint is missing.
    """
    found = list(pieces(root))
    for piece, problems in zip(found, ask([piece.text for piece in found]), strict=True):
        for problem in problems:
            line = piece.line + piece.text.count("\n", 0, problem["index"])
            message = f"{difference(piece.text, problem['result'])} ({problem['message']})"
            yield Finding(piece.path.relative_to(root), line, message)


def pieces(root: Path) -> Iterator[Piece]:
    """Every text in Chinese: pages, the README, words of the site, catalogues."""
    for path in [root / f"README.{LANGUAGE}.md", *sorted((root / "docs" / LANGUAGE).rglob("*.md"))]:
        if path.is_file():
            yield from parts(path, path.read_text(encoding="utf-8"))
    for path in sorted((root / "i18n" / LANGUAGE).glob("words.toml")):
        for line in word_lines(path.read_text(encoding="utf-8")):
            yield Piece(path, line.number, line.cells[0].replace(CODE, "`…`"))
    for path in sorted((root / "i18n" / LANGUAGE).glob("*.po")):
        for entry in polib.pofile(str(path)).translated_entries():
            for piece in parts(path, entry.msgstr):
                yield Piece(path, entry.linenum or 0, piece.text)


def parts(path: Path, markdown: str) -> Iterator[Piece]:
    """The texts of a page."""
    line = 0
    for token in PARSER.parse(markdown):
        line = token.map[0] if token.map else line
        if token.type == "inline" and token.content.strip():
            yield Piece(path, line + 1, ATTRIBUTES.sub("", token.content))


def ask(texts: list[str]) -> list[list[dict[str, Any]]]:
    """What zhlint says of each text: where, why, and the text as it should be."""
    tool("zhlint/package.json")
    command = [*node(), str(PROGRAM)]
    said = subprocess.run(
        command, input=json.dumps(texts), stdout=subprocess.PIPE, encoding="utf-8", check=True
    )
    answers: list[list[dict[str, Any]]] = json.loads(said.stdout)
    return answers


def main() -> int:
    """Check the Chinese; the exit status is 1 where there is something to mend."""
    try:
        findings = list(lint())
    except NodeError as error:
        print(error, file=sys.stderr)
        return 1
    for finding in findings:
        print(finding)
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main())
