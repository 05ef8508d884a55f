"""Drift: which translated blocks still stand for what the source says."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TYPE_CHECKING

from docs_tools.translations.blocks import WORDLESS, Block, digest, worded
from docs_tools.translations.lock import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from docs_tools.translations.alignment import Pair

SIMILAR = 0.5  # the share of words in which a text and its successor agree

Couple = tuple[Block | None, Block | None]


class State(StrEnum):
    """How a block is; the value is how a table calls it."""

    IN_STEP = "in step"
    STALE = "stale"
    NEW = "new"
    MISSING = "missing"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class BlockState:
    """A block of the source and its translation.

    Attributes:
        state: How they are.
        source: The block of the source, unless the translation has too much.
        translation: The translated block, unless it is missing.
        entry: What the translation was accepted for, if it ever was.
    """

    state: State
    source: Block | None
    translation: Block | None
    entry: Entry | None = None


def states(pairs: Iterable[Pair], entries: Iterable[Entry]) -> list[BlockState]:
    """Say of every block that has words whether its translation was accepted for them.

    The lock knows a block by what it says, not by where it stands. What a translation says now
    never counts against what it was accepted for: only accepting makes a stale block fresh.

    Args:
        pairs: Two aligned pages.
        entries: What the lock has about them.
    """
    couples = [couple for pair in pairs for couple in couples_of(pair)]
    return Book(entries).states(couples)


class Book:
    """The entries of one page; each belongs to one block at most."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.left = list(entries)
        self.found: dict[Block, Entry] = {}

    def states(self, couples: list[Couple]) -> list[BlockState]:
        """Find the entries of all blocks, the surest first."""
        both = [(s, t) for s, t in couples if s and t and not needs_no_entry(s, t)]
        self.assign(both, lambda s, t, entry: same_source(s, entry) and same_words(t, entry))
        self.assign(both, lambda _, t, entry: same_words(t, entry))
        self.assign(both, lambda s, _, entry: same_source(s, entry))
        self.assign_similar(both)
        return [self.state(*couple) for couple in couples]

    def assign(
        self, couples: list[tuple[Block, Block]], fits: Callable[[Block, Block, Entry], bool]
    ) -> None:
        """Give blocks that have no entry yet the first one that fits."""
        for source, translation in couples:
            if source not in self.found:
                for position, entry in enumerate(self.left):
                    if fits(source, translation, entry):
                        self.found[source] = self.left.pop(position)
                        break

    def assign_similar(self, couples: list[tuple[Block, Block]]) -> None:
        """Give what is left the entries whose text is most like theirs."""
        scored = [
            (similarity(source.text, entry.source), source, entry)
            for source, _ in couples
            if source not in self.found
            for entry in self.left
        ]
        for score, source, entry in sorted(scored, key=lambda each: each[0], reverse=True):
            if score >= SIMILAR and source not in self.found and entry in self.left:
                self.found[source] = entry
                self.left.remove(entry)

    def state(self, source: Block | None, translation: Block | None) -> BlockState:
        """Say how a block is, from its entry."""
        if source is None:
            return BlockState(State.EXTRA, None, translation)
        if translation is None:
            return BlockState(State.MISSING, source, None)
        entry = self.found.get(source)
        if needs_no_entry(source, translation) or (entry and entry.source == source.text):
            return BlockState(State.IN_STEP, source, translation, entry)
        return BlockState(State.STALE if entry else State.NEW, source, translation, entry)


def accept(
    found: Iterable[BlockState], entries: Iterable[Entry], chosen: Callable[[BlockState], bool]
) -> list[Entry]:
    """Make the entries of a page anew, with what a person has accepted.

    Args:
        found: The states of the page.
        entries: The entries as they were.
        chosen: Which blocks were accepted; the others keep what they had.
    """
    left = list(entries)
    made: list[Entry] = []
    everything = True
    for each in found:
        source, translation, entry = each.source, each.translation, each.entry
        if entry:
            left.remove(entry)
        if not source or not translation:
            continue
        if chosen(each):
            if not needs_no_entry(source, translation):
                made.append(Entry(source.text, digest(translation.text)))
        else:
            everything = False
            if entry:
                made.append(entry)
    # What no block has any more may still be what a block was accepted for, before both changed.
    return made if everything else made + left


def couples_of(pair: Pair) -> Iterator[Couple]:
    """The blocks that have words, each with its translation."""
    source, translation = pair.source, pair.translation
    if not source or not translation or source[0].kind is not translation[0].kind:
        yield from ((block, None) for block in worded(source))
        yield from ((None, block) for block in worded(translation))
        return
    if len(source) == len(translation) == 1:
        own = tuple(block if block.text else None for block in (source[0], translation[0]))
        if any(own):
            yield own[0], own[1]
    for inner in pair.inner:
        yield from couples_of(inner)


def needs_no_entry(source: Block, translation: Block) -> bool:
    """Whether a block is in step by itself: code that is the same, for example."""
    return source.kind in WORDLESS and source.text == translation.text


def same_source(source: Block, entry: Entry) -> bool:
    """Whether an entry is about this text."""
    return entry.source == source.text


def same_words(translation: Block, entry: Entry) -> bool:
    """Whether an entry is about this translation."""
    return entry.translation == digest(translation.text)


def similarity(text: str, former: str) -> float:
    """The share of words in which two texts agree, from 0 to 1."""
    return SequenceMatcher(None, former.split(), text.split(), autojunk=False).ratio()
