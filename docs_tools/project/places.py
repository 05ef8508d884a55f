"""Where the pages show each program of ``docs_src``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docs_tools.project.languages import SOURCE

if TYPE_CHECKING:
    from pathlib import Path

HEADING = re.compile(r"^(#+) (?P<title>.+?) \{ #(?P<anchor>[\w-]+)\b.*\}$")
NAME = re.compile(r"^\s*(?P<name>\w+/\w+)(?:\.py)?$")
FENCES = ("```dialogue", "```playground", "```snippet")


@dataclass(frozen=True)
class Place:
    """Where a page shows a program.

    Attributes:
        page: The page, from the folder of its language.
        anchor: The heading above the program.
        title: What the page is called.
    """

    page: str
    anchor: str
    title: str


def places(language: str, root: Path) -> dict[str, Place]:
    """Find where each program is shown; if there are several places, on the page of its folder.

    Pages of all languages show the same under the same anchors. What a language lacks, it shows in
    the source language.
    """
    found: dict[str, Place] = {}
    folder = root / "docs" / SOURCE
    for path in sorted(folder.rglob("*.md")):
        page = path.relative_to(folder)
        own = root / "docs" / language / page
        title = title_of(own if own.is_file() else path)
        for name, anchor in shown_in(path.read_text(encoding="utf-8")):
            topic = name.partition("/")[0].replace("_", "-")
            if name not in found or topic in {page.stem, page.parts[0]}:
                found[name] = Place(page.as_posix(), anchor, title)
    return found


def title_of(path: Path) -> str:
    """What a page is called."""
    headings = map(HEADING.match, path.read_text(encoding="utf-8").splitlines())
    return next((heading["title"] for heading in headings if heading), path.stem)


def shown_in(text: str) -> list[tuple[str, str]]:
    """The programs that a page shows, each with the anchor of the heading above it."""
    found: list[tuple[str, str]] = []
    anchor, before = "", ""
    for line in text.splitlines():
        if heading := HEADING.match(line):
            anchor = heading["anchor"]
        elif before.strip() in FENCES and (named := NAME.match(line)):
            found.append((named["name"], anchor))
        before = line
    return found
