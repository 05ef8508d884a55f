"""The voice of the English pages and docstrings: what a pattern can judge.

``python -m docs_tools.wording.voice`` names what breaks the rules of CONTRIBUTING, "Style". It
leaves alone what needs a reader's judgement. The exit status is 1 if there is something to mend.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from docs_tools.catalogues.messages import Collector
from docs_tools.catalogues.reference import collect, package, shown
from docs_tools.project.languages import ROOT, SOURCE
from docs_tools.project.pages import page_files
from docs_tools.wording.glossary import Finding
from docs_tools.wording.style import Line, page_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 35

# These pages may keep the picture of a dialogue: people stand, speak and hear on a stage.
DIALOGUES = frozenset({"index.md", "scripts.md"})
PICTURES = {
    r"stands?": "is",
    r"speaks?": "sends",
    r"hears?": "receives",
    r"at rest": "idle",
    r"goodbye": "a close frame",
}
WORDS = {
    r"in silence": "without an error",
    r"come(?:s)? true": "happens",
    r"for ever": "without a limit",
    r"the client(?: has|'s)? (?:gone|left|leaving|leaves)": "the client disconnects",
    r"behind (?:it|the block)": "after it",
    r"(?:is|are|that) none": "is not",
    r"will do": "works",
}
# A sentence that begins so, and is no question.
INVERSIONS = {
    r"(?:Who|Whoever)": 'begin with the subject: "A client that …", or "If …"',
    r"What": "name the thing",
    r"Where": "write If or When",
    r"Nor": "write a sentence with not",
}
SENTENCE = re.compile(r"(?<=[.!?:])[\"”)]?\s+")


def judge_voice(line: Line, page: str) -> Iterator[str]:
    """What is wrong with the voice of a line.

    Args:
        line: A line of an English page.
        page: The name of the page's file.
    """
    words = WORDS if page in DIALOGUES else WORDS | PICTURES
    heading = line.source.lstrip().startswith(("#", "|", "!!!", "???"))
    for cell in line.cells:
        for pattern, better in words.items():
            for match in re.finditer(rf"\b{pattern}\b", cell, re.IGNORECASE):
                yield f"{match[0]}: write {better}"
        for sentence in SENTENCE.split(cell):
            count = len(sentence.split())
            if count > LONGEST:
                yield f"{sentence[:30]}…: {count} words; a sentence has at most {LONGEST}"
            if heading or sentence.endswith("?"):
                continue
            for pattern, better in INVERSIONS.items():
                if re.match(rf"{pattern}\b", sentence):
                    yield f"{sentence[:30]}…: {better}"


def voice_findings(root: Path = ROOT) -> Iterator[Finding]:
    """Find what is to be mended in the English pages."""
    for page, path in page_files(root, SOURCE).items():
        for line in page_lines(path.read_text(encoding="utf-8")):
            for message in judge_voice(line, page):
                yield Finding(path.relative_to(root), line.number, message)


def docstring_findings(root: Path = ROOT) -> Iterator[Finding]:
    """Find what is to be mended in the docstrings that the reference shows."""
    for each in shown(package(root), root):
        collector = Collector()
        collect(each, root, collector)
        for text in collector.messages:
            for line in page_lines(text.text):
                for message in judge_voice(line, text.file):
                    at = each.object.docstring.lineno if each.object.docstring else None
                    yield Finding(Path(text.file), at or 1, f"{text.context}: {message}")


def main(arguments: list[str] | None = None) -> int:
    """Check the English; the exit status is 1 if there is something to mend."""
    parser = argparse.ArgumentParser(
        prog="python -m docs_tools.wording.voice",
        description="Check the voice of the English pages and docstrings.",
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="default: this project")
    root = parser.parse_args(arguments).root
    findings = [*voice_findings(root), *docstring_findings(root)]
    for finding in findings:
        print(finding)
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main())
