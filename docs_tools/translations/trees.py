"""Pairs of pages: those of a language, or of any two trees."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from docs_tools.translations.targets import Counterpart, Targets, normal


class UsageError(Exception):
    """What was asked for cannot be done; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page and its translation; one of the two may not exist.

    Attributes:
        name: How the lock calls it.
        source: The file of the source.
        translation: The file of the translation.
    """

    name: str
    source: Path
    translation: Path


@dataclass(frozen=True, slots=True)
class Edition:
    """Everything in one language.

    Attributes:
        language: Its code; empty for two trees of which nothing is known.
        pages: Its pages.
        targets: Follows the links of its pages.
        lock: Where its lock is, or will be; none without one.
    """

    language: str
    pages: tuple[Page, ...]
    targets: Targets
    lock: Path | None


def two_trees(source: Path, translation: Path, lock: Path | None) -> Edition:
    """Any two folders of Markdown, or any two files.

    Raises:
        UsageError: One of them is not there, or there is nothing to compare.
    """
    for path in (source, translation):
        if not path.exists():
            raise UsageError(f"{path} is not there.")
    if source.is_dir() != translation.is_dir():
        raise UsageError(f"{source} and {translation} must both be folders, or both be files.")
    if normal(source) == normal(translation):
        raise UsageError(f"{source} is both the source and the translation.")
    if source.is_dir():
        pages = pages_of(source, translation)
    else:
        pages = (Page(source.name, source, translation),)
    if not pages:
        raise UsageError(f"There is no page (*.md) in {source}, and none in {translation}.")
    return Edition("", pages, Targets([Counterpart(source, translation)]), lock)


def pages_of(source: Path, translation: Path) -> tuple[Page, ...]:
    """The pages of two folders, by their names."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in (source, translation)
        for path in folder.rglob("*.md")
        if path.is_file()
    }
    return tuple(Page(name, source / name, translation / name) for name in sorted(names))


def show(path: Path) -> str:
    """A path as one types it here."""
    plain = normal(path)
    here = normal(Path())
    return os.fspath(plain.relative_to(here) if plain.is_relative_to(here) else path)
