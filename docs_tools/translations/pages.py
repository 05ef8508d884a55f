"""Comparison of a page with its translation: structure and drift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from docs_tools.translations import drift, structure
from docs_tools.translations.alignment import Pair, align
from docs_tools.translations.blocks import Block, digest
from docs_tools.translations.drift import State
from docs_tools.translations.lock import Entry, load_lock
from docs_tools.translations.reading import read_blocks
from docs_tools.translations.structure import Finding, Problem
from docs_tools.translations.trees import Edition, Page, UsageError, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from docs_tools.translations.drift import BlockState
    from docs_tools.translations.lock import Entry


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a page and its translation are.

    Attributes:
        edition: The language.
        page: Where both are.
        source: The blocks of the source.
        translation: The blocks of the translation.
        findings: In what their structure differs.
        states: How each block is that has words.
        entries: What the lock has about the page.
    """

    edition: Edition
    page: Page
    source: tuple[Block, ...]
    translation: tuple[Block, ...]
    findings: list[Finding]
    states: list[BlockState]
    entries: Sequence[Entry]

    def in_state(self, state: State) -> list[BlockState]:
        """The blocks that are like this."""
        return [each for each in self.states if each.state is state]


def compare(edition: Edition, page: Page, entries: Sequence[Entry] = ()) -> Comparison:
    """Compare a page with its translation.

    Args:
        edition: The language.
        page: The page.
        entries: What the lock has about it.

    Raises:
        UsageError: One of the files cannot be read.
    """
    source = blocks_of(page.source, edition)
    translation = blocks_of(page.translation, edition)
    accepted = [(digest(entry.source), entry.translation) for entry in entries]
    if source is None or translation is None:
        pairs: tuple[Pair, ...] = (Pair(source or (), translation or ()),)
        findings = list(whole_pages(page))
    else:
        pairs = align(source, translation, accepted)
        findings = structure.compare(pairs)
    states = drift.states(pairs, entries)
    return Comparison(edition, page, source or (), translation or (), findings, states, entries)


def compare_edition(edition: Edition, pages: Iterable[Page] | None = None) -> list[Comparison]:
    """Compare the pages of a language, by what its lock knows.

    Args:
        edition: The language.
        pages: Which of its pages; all of them where this is left out.

    Raises:
        UsageError: A page cannot be read.
        LockError: The lock cannot be read.
    """
    lock = load_lock(edition.lock) if edition.lock else {}
    chosen = edition.pages if pages is None else pages
    return [compare(edition, page, lock.get(page.name, [])) for page in chosen]


def blocks_of(path: Path, edition: Edition) -> tuple[Block, ...] | None:
    """Read a page, if it is there."""
    if not path.exists():
        return None
    try:
        return read_blocks(path.read_text(encoding="utf-8-sig"), edition.targets.of(path))
    except UnicodeDecodeError as error:
        message = f"{show(path)} is not in UTF-8 (byte {error.start})."
    except OSError as error:
        message = f"{show(path)} cannot be read: {error.strerror}."
    except ValueError as error:  # a footnote inside another one, for example
        message = f"{show(path)} cannot be read as Markdown: {error}."
    raise UsageError(message)


def whole_pages(page: Page) -> Iterator[Finding]:
    """Say which of two files is not there."""
    if not page.translation.exists():
        yield Finding(Problem.MISSING_PAGE, "it is not translated yet")
    if not page.source.exists():
        yield Finding(Problem.EXTRA_PAGE, "the source has no such page")


def findings(comparison: Comparison) -> list[Finding]:
    """Everything to mend on a page: its structure and, where there is a lock, its drift."""
    found = list(comparison.findings)
    if comparison.edition.lock:
        found += drifted(comparison)
    return sorted(found, key=lambda finding: (finding.translation_line, finding.source_line))


def drifted(comparison: Comparison) -> Iterator[Finding]:
    """The blocks that nobody has accepted as they are."""
    new = comparison.in_state(State.NEW)
    if len(new) > 1 and not comparison.entries:
        yield Finding(Problem.NEW, f"none of its {len(new)} blocks has been accepted yet")
        new = []
    for each in new:
        yield about(Problem.NEW, each, "has not been accepted yet")
    for each in comparison.in_state(State.STALE):
        yield about(Problem.STALE, each, "has a source that has changed")


def about(problem: Problem, each: BlockState, message: str) -> Finding:
    """A finding about a block and its translation."""
    title = each.translation.title if each.translation else ""
    return Finding(problem, f"{title} {message}", *places(each))


def places(each: BlockState) -> tuple[int, int]:
    """The lines of a block in the source and in the translation, 0 where it is not there."""
    source, translation = (block.line if block else 0 for block in (each.source, each.translation))
    return source, translation
