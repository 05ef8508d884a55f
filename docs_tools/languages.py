"""The languages of the site, and the words that it says in each of them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from mkdocs.utils.yaml import yaml_load

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
    """Read the languages of ``mkdocs.yml``, in their order, the source first, and their words."""
    with (root / "mkdocs.yml").open(encoding="utf-8") as file:
        entries = yaml_load(file)["plugins"]["i18n"]["languages"]
    source = read_words(root, SOURCE)
    return [
        Language(
            entry["locale"],
            entry["extra"]["tag"],
            entry["name"],
            {
                name: table | read_words(root, entry["locale"]).get(name, {})
                for name, table in source.items()
            },
        )
        for entry in entries
    ]


def language(code: str, root: Path = ROOT) -> Language:
    """Read one language.

    Raises:
        ValueError: There is no such language; the message names those that are there.
    """
    found = languages(root)
    for each in found:
        if each.code == code:
            return each
    known = ", ".join(each.code for each in found)
    raise ValueError(f"There is no language {code!r} in mkdocs.yml. There are {known}.")


def read_words(root: Path, code: str) -> dict[str, dict[str, str]]:
    """Read the words of a language; what it lacks, or all of them, is said in the source's."""
    path = root / "i18n" / code / "words.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
