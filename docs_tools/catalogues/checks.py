"""Checks of a catalogue: what is missing, fuzzy, superfluous or damaged."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docs_tools.catalogues.files import load_catalogue
from docs_tools.translations.blocks import walk
from docs_tools.translations.reading import read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polib

    from docs_tools.catalogues.project import Catalogue

PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)[sdrf]|%[sdrf]\b")
CODE = re.compile(r"`[^`]*`")


@dataclass(frozen=True)
class Finding:
    """Something to mend in a catalogue.

    Attributes:
        path: The catalogue.
        line: The line of the entry; 0 where there is none.
        context: Whose words it is about.
        what: What is wrong, and the words.
    """

    path: Path
    line: int
    context: str
    what: str


def check(catalogue: Catalogue) -> Iterator[Finding]:
    """Find what is missing, fuzzy, superfluous or damaged."""
    entries = {(each.msgctxt, each.msgid): each for each in load_catalogue(catalogue.path)}
    for message in catalogue.messages:
        entry = entries.pop(message.key, None)
        if entry is None or entry.obsolete:
            line, problems = 0, ["not in the catalogue, run `update`"]
        else:
            line, problems = entry.linenum or 0, list(problems_of(entry))
        for problem in problems:
            what = f"{problem}: {shortened(message.text)}"
            yield Finding(catalogue.path, line, message.context, what)
    for entry in entries.values():
        what = f"gone from the code, run `update`: {shortened(entry.msgid)}"
        yield Finding(catalogue.path, entry.linenum or 0, entry.msgctxt or "", what)


def problems_of(entry: polib.POEntry) -> Iterator[str]:
    """What is wrong with one entry."""
    if not entry.msgstr.strip():
        yield "not translated"
    elif entry.fuzzy:
        yield f"fuzzy, it was {shortened(entry.previous_msgid or '?')}"
    else:
        if entry.msgid.count("\n") != entry.msgstr.count("\n"):
            yield f"{entry.msgstr.count(chr(10)) + 1} lines instead of {lines(entry.msgid)}"
        before, after = facts(entry.msgid), facts(entry.msgstr)
        if lost := before - after:
            yield f"the translation lacks {listed(lost)}"
        if extra := after - before:
            yield f"the translation has {listed(extra)} too many"


def lines(text: str) -> int:
    """How many lines a text has."""
    return text.count("\n") + 1


def facts(text: str) -> Counter[str]:
    """What a translation must have, too: inline code, targets of links, placeholders."""
    blocks = walk(read_blocks(text))
    found = Counter(f"{fact.aspect} {fact.shown}" for each in blocks for fact in each.facts)
    found.update(f"placeholder {each}" for each in PLACEHOLDER.findall(CODE.sub("", text)))
    return found


def listed(found: Counter[str]) -> str:
    """Facts as a list of words."""
    return ", ".join(sorted(found.elements()))


def shortened(text: str) -> str:
    """The first words of a text."""
    text = " ".join(text.split())
    return f'"{text}"' if len(text) <= 60 else f'"{text[:59].rstrip()}…"'
