"""Brings a catalogue up to what the code says now: polib's merge, and what it does not know.

polib matches what has stayed, and finds what nothing says any more. Which translation belongs to a
text that has changed, and for which text it was made, is found here. (Babel's ``Catalog.update``
would look for it in every context, and forgets the text that a fuzzy entry was made for; its
reader does not know the ``#|`` lines, in which that text stands.)
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import polib

from docs_tools.catalogues.files import empty_catalogue, is_translated

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
    shared = agreed(old)
    made_for = {each.msgid_with_context: each.previous_msgid for each in old}
    outcome = Outcome(template(old.metadata["Language"], messages))
    old.merge(outcome.catalogue)
    merged = {each.msgid_with_context: each for each in old}
    left = [each for each in old if each.obsolete]
    outcome.gone = len(left)
    outcome.catalogue[:] = [merged[each.msgid_with_context] for each in outcome.catalogue]
    for entry in outcome.catalogue:
        key = entry.msgid_with_context
        entry.previous_msgid = made_for.get(key) if entry.fuzzy else None
        if not entry.msgstr and entry.msgid in shared:
            entry.msgstr = shared[entry.msgid]
        elif not entry.msgstr and (changed := closest(entry, left)):
            left.remove(changed)
            outcome.changed += revise(entry, changed)
        outcome.new += not entry.msgstr and key not in made_for
    outcome.gone -= outcome.changed
    return outcome


def template(language: str, messages: Iterable[Message]) -> polib.POFile:
    """The catalogue of these messages, without a translation."""
    made = empty_catalogue(language)
    made.extend(
        polib.POEntry(msgctxt=each.context, msgid=each.text, occurrences=[(each.file, "")])
        for each in messages
    )
    return made


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


def closest(entry: polib.POEntry, left: Iterable[polib.POEntry]) -> polib.POEntry | None:
    """The translated entry of the same context whose text is most like that of another."""
    candidates = [
        (likeness(entry.msgid, each), position, each)
        for position, each in enumerate(left)
        if each.msgctxt == entry.msgctxt and each.msgstr
    ]
    best = max(candidates, key=lambda each: (each[0], -each[1]), default=None)
    return best[2] if best and best[0] >= ALIKE else None


def likeness(text: str, entry: polib.POEntry) -> float:
    """How much a text is like the one an entry is for, or was made for, from 0 to 1."""
    texts = filter(None, [entry.msgid, entry.previous_msgid])
    return max(SequenceMatcher(None, each, text, autojunk=False).ratio() for each in texts)
