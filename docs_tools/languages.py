"""The languages of the site, and the words that it says in each of them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The language that the pages are written in first. It lives at the root of the site.
SOURCE = "en"


@dataclass(frozen=True)
class Language:
    """One language of the site.

    Attributes:
        code: The folder of its pages under ``docs`` and, but for the source, of its site.
        tag: The BCP 47 tag that stands in the pages (``zh-Hans``).
        name: Its name in itself.
        words: Tables of words, by the names of the tables in ``words.toml``.
    """

    code: str
    tag: str
    name: str
    words: dict[str, dict[str, str]] = field(repr=False, compare=False)

    @property
    def prefix(self) -> str:
        """The path of this language's site under the root: ``""`` or ``"zh/"``."""
        return "" if self.code == SOURCE else f"{self.code}/"


def languages(root: Path = ROOT) -> list[Language]:
    """Read ``i18n/LANGUAGE/words.toml`` of every language, in their order, the source first."""
    found = [read(path, root) for path in root.glob("i18n/*/words.toml")]
    return [language for _, language in sorted(found, key=lambda pair: pair[0])]


def language(code: str, root: Path = ROOT) -> Language:
    """Read one language.

    Raises:
        ValueError: There is no such language; the message names those that are there.
    """
    for each in languages(root):
        if each.code == code:
            return each
    known = ", ".join(each.code for each in languages(root))
    raise ValueError(f"There is no i18n/{code}/words.toml. There are languages {known}.")


def read(path: Path, root: Path) -> tuple[int, Language]:
    """Read a file of words: the language and its place among the others.

    A word that is not there yet is taken from the source language.
    """
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    source = tomllib.loads((root / "i18n" / SOURCE / path.name).read_text(encoding="utf-8"))
    words = {
        name: table | content.get(name, {})
        for name, table in source.items()
        if isinstance(table, dict)
    }
    return content["order"], Language(content["code"], content["tag"], content["name"], words)
