"""Catalogues as files (``.po``), and the translator that looks words up in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polib

from docs_tools.project.languages import SOURCE

if TYPE_CHECKING:
    from pathlib import Path

    from docs_tools.catalogues.messages import Translate

REFERENCE = "reference"
SNIPPETS = "snippets"
NO_WRAPPING = 0
HEADER = "How to translate: python -m docs_tools.catalogues --help"


class CatalogueError(ValueError):
    """A catalogue cannot be read."""


def catalogue_path(root: Path, language: str, name: str) -> Path:
    """Where a catalogue lies."""
    return root / "i18n" / language / f"{name}.po"


def load_catalogue(path: Path) -> polib.POFile:
    """Read a catalogue; one that is not there yet is empty.

    Raises:
        CatalogueError: It is broken; the message names the line.
    """
    if not path.exists():
        return empty_catalogue(path.parent.name)
    try:
        return polib.pofile(path, encoding="utf-8", wrapwidth=NO_WRAPPING)
    except (OSError, ValueError) as error:
        raise CatalogueError(f"{path} is not a catalogue: {error}") from error


def empty_catalogue(language: str) -> polib.POFile:
    """A catalogue without entries. Its header holds nothing that changes with time or place."""
    made = polib.POFile(wrapwidth=NO_WRAPPING)
    made.header = HEADER
    made.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    return made


def save_catalogue(path: Path, catalogue: polib.POFile) -> bool:
    """Write a catalogue, if that changes the file; returns whether it did."""
    text = str(catalogue).rstrip("\n") + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def is_translated(entry: polib.POEntry) -> bool:
    """Whether an entry says in the language what the source says now."""
    return bool(entry.msgstr) and not entry.fuzzy and not entry.obsolete


def translator(root: Path, language: str, name: str) -> Translate:
    """What puts the words of a language in the place of those of the source.

    Args:
        root: The folder of the project.
        language: The code of the language; the source language translates nothing.
        name: The name of the catalogue.

    Returns:
        A function of a context and a text. Where there is no translation, it returns the text.
    """
    known: dict[tuple[str | None, str], str] = {}
    if language != SOURCE:
        for each in load_catalogue(catalogue_path(root, language, name)):
            if is_translated(each):
                known[each.msgctxt, each.msgid] = each.msgstr

    def translate(context: str, text: str) -> str:
        return known.get((context, text), text)

    return translate
