"""The languages of the site, and its words in each of them."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from mkdocs.utils.yaml import yaml_load  # pyright: ignore[reportUnknownVariableType]

ROOT = Path(__file__).resolve().parents[2]

# The language that the pages are written in first. It lives at the root of the site.
SOURCE = "en"

PLACEHOLDER = re.compile(r"\{[^{}]*\}")


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
    """Read the languages of ``mkdocs.yml``, in their order, the source first, and their words.

    Raises:
        SystemExit: Words are wrong, or are those of no language; the message is one line.
    """
    entries = read_entries((root / "mkdocs.yml").read_text(encoding="utf-8"))
    source = read_words(root, SOURCE)
    known = [entry["locale"] for entry in entries]
    words: dict[str, dict[str, dict[str, str]]] = {}
    for path in sorted((root / "i18n").glob("*/words.toml")):
        code = path.parent.name
        if code not in known:
            refuse(path, f"mkdocs.yml has no language {code!r}. It has {known}.", root)
        words[code] = read_words(root, code)
        check_words(path, words[code], source, root)
    return [
        Language(
            entry["locale"],
            entry["extra"]["tag"],
            entry["name"],
            {
                name: table | words.get(entry["locale"], {}).get(name, {})
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


@functools.cache  # it takes long, and the settings seldom change
def read_entries(text: str) -> list[dict[str, Any]]:
    """Read the entries of the languages from the text of ``mkdocs.yml``."""
    settings: dict[str, Any] = yaml_load(text)
    entries: list[dict[str, Any]] = settings["plugins"]["i18n"]["languages"]
    return entries


def read_words(root: Path, code: str) -> dict[str, dict[str, str]]:
    """Read the words that a language has of its own."""
    path = root / "i18n" / code / "words.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except ValueError as error:  # no TOML, or no UTF-8
        refuse(path, str(error), root)


def check_words(
    path: Path, words: dict[str, dict[str, str]], source: dict[str, dict[str, str]], root: Path
) -> None:
    """Check that words stand where the source has some, with the same placeholders at most."""
    for name, table in words.items():
        if name not in source or not isinstance(table, dict):
            refuse(path, f"there is no table [{name}] in the words of {SOURCE!r}.", root)
        for key, text in table.items():
            if not isinstance(text, str):
                refuse(path, f"{key!r} in [{name}] is not text: put it into quotes.", root)
            if key not in source[name] and name == "theme":
                continue  # the theme has words of its own
            if key not in source[name]:
                refuse(path, f"there is no {key!r} in [{name}] of the words of {SOURCE!r}.", root)
            unknown = set(PLACEHOLDER.findall(text)) - set(PLACEHOLDER.findall(source[name][key]))
            if unknown:
                what = f"{key!r} in [{name}] has {min(unknown)}, which the source does not have."
                refuse(path, what, root)


def refuse(path: Path, what: str, root: Path) -> NoReturn:
    """End whatever runs with one line, for it is the reader's own file that is wrong."""
    raise SystemExit(f"{path.relative_to(root)}: {what}")
