"""What the page says while programs run in it, and the snippets to choose from there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from docs_tools.catalogues.comments import localise
from docs_tools.project.highlights import take_highlights
from docs_tools.project.snippets import in_browser, read_file

if TYPE_CHECKING:
    from pathlib import Path

    from docs_tools.catalogues.messages import Translate
    from docs_tools.project.languages import Language

PLACE = "assets/playground"
"""Where in the site of a language the modules lie that read this."""


def write_words(language: Language, site: Path) -> None:
    """Put the words of a language into its site."""
    words = {**language.words["play"], **language.words["playing"]}
    write(site / PLACE / "words.json", words | {"dialogue": language.words["dialogue"]})


def write_snippets(translate: Translate, site: Path, root: Path) -> None:
    """Put the snippets into the site of a language, their comments translated."""

    def read(name: str) -> str:
        return localise(name, read_file(name, root), translate)

    found = {
        name: {"program": take_highlights(read(f"{name}.py"))[0], "script": read(f"{name}.duo")}
        for name in (each.name for each in in_browser(root))
    }
    write(site / PLACE / "snippets.json", found)


def write(path: Path, content: object) -> None:
    """Write JSON."""
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
