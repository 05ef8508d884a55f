"""Brings a catalogue up to what the code says now."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import polib  # type: ignore[import-untyped]

from docs_tools.catalogues.files import empty, is_translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from docs_tools.catalogues.messages import Message

# Two texts of one parameter or section that are less alike than this have nothing in common.
ALIKE = 0.6


@dataclass
class Outcome:
    """What a merge has changed.

    Attributes:
        catalogue: The new catalogue.
        new: Entries without a translation that were not there.
        changed: Entries that became fuzzy.
        gone: Entries that were dropped.
    """

    catalogue: polib.POFile
    new: int = 0
    changed: int = 0
    gone: int = 0


def merge(old: polib.POFile, messages: Sequence[Message]) -> Outcome:
    """Make the catalogue of these messages, with every translation that is still of use.

    A translation stays with its context and text. One of the same text elsewhere is taken where
    there is none yet, if all its translations agree. Of a text that has changed, the translation
    stays, marked fuzzy, beside the text that it was made for. What nothing says any more goes.
    """
    there = {(each.msgctxt, each.msgid): each for each in old if not each.obsolete}
    wanted = {message.key for message in messages}
    left = [each for key, each in there.items() if key not in wanted]
    gone = len(left)
    shared = agreed(old)
    outcome = Outcome(empty(old.metadata["Language"]))
    for message in messages:
        entry = fresh(message)
        if former := there.get(message.key):
            keep(entry, former)
        if not entry.msgstr and message.text in shared:
            entry.msgstr = shared[message.text]
        elif not entry.msgstr and (changed := closest(message, left)):
            left.remove(changed)
            outcome.changed += revise(entry, changed)
        if not entry.msgstr and not former:
            outcome.new += 1
        outcome.catalogue.append(entry)
    outcome.gone = gone - outcome.changed
    return outcome


def fresh(message: Message) -> polib.POEntry:
    """An entry without a translation."""
    return polib.POEntry(
        msgctxt=message.context, msgid=message.text, occurrences=[(message.file, "")]
    )


def keep(entry: polib.POEntry, former: polib.POEntry) -> None:
    """Take over what a translator has written."""
    entry.msgstr = former.msgstr
    entry.tcomment = former.tcomment
    if former.fuzzy:
        entry.flags = ["fuzzy"]
        entry.previous_msgid = former.previous_msgid


def revise(entry: polib.POEntry, former: polib.POEntry) -> bool:
    """Take over the translation of an older text; returns whether it has to be revised."""
    made_for = former.previous_msgid if former.fuzzy else former.msgid
    entry.msgstr = former.msgstr
    entry.tcomment = former.tcomment
    if made_for == entry.msgid:  # the change has been taken back
        return False
    entry.flags = ["fuzzy"]
    entry.previous_msgid = made_for
    return True


def agreed(catalogue: polib.POFile) -> dict[str, str]:
    """The texts whose translations are the same wherever they stand."""
    found: dict[str, set[str]] = {}
    for each in catalogue:
        if is_translated(each):
            found.setdefault(each.msgid, set()).add(each.msgstr)
    return {text: words.pop() for text, words in found.items() if len(words) == 1}


def closest(message: Message, left: Iterable[polib.POEntry]) -> polib.POEntry | None:
    """The translated entry of the same context whose text is most like that of a message."""
    candidates = [
        (likeness(message.text, each), position, each)
        for position, each in enumerate(left)
        if each.msgctxt == message.context and each.msgstr
    ]
    best = max(candidates, key=lambda each: (each[0], -each[1]), default=None)
    return best[2] if best and best[0] >= ALIKE else None


def likeness(text: str, entry: polib.POEntry) -> float:
    """How much a text is like the one an entry is for, or was made for, from 0 to 1."""
    texts = filter(None, [entry.msgid, entry.previous_msgid])
    return max(SequenceMatcher(None, each, text, autojunk=False).ratio() for each in texts)
