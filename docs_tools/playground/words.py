"""The words of what plays in the page, which are loaded with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from docs_tools.project.languages import Language

PLACE = "assets/playground/words.json"
"""Where in the site of a language the words lie, beside the modules that say them."""


def write_words(language: Language, site: Path) -> None:
    """Put the words of a language into its site."""
    words = {**language.words["play"], **language.words["playing"]}
    content = json.dumps(words | {"dialogue": language.words["dialogue"]}, ensure_ascii=False)
    (site / PLACE).write_text(content, encoding="utf-8")
