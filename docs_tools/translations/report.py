"""Reports of the commands: short for people, complete for tools."""

from __future__ import annotations

import json
import shlex
from difflib import unified_diff
from typing import TYPE_CHECKING

from docs_tools.translations.blocks import WORDLESS
from docs_tools.translations.drift import BlockState, State
from docs_tools.translations.pages import findings, places
from docs_tools.translations.structure import Problem
from docs_tools.translations.trees import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from docs_tools.translations.pages import Comparison

Json = dict[str, object]


def place(path: Path, line: int) -> str:
    """A file, and a line of it unless the whole is meant."""
    return f"{show(path)}:{line}" if line else show(path)


def check_text(comparisons: Sequence[Comparison], command: Sequence[str]) -> Iterator[str]:
    """What ``check`` says to people."""
    first: dict[Problem, str] = {}  # a page that has it
    count = pages = 0
    for comparison in comparisons:
        found = findings(comparison)
        count += len(found)
        pages += bool(found)
        source, translation = comparison.page.source, comparison.page.translation
        for each in found:
            origin = place(source, each.source_line)
            yield f"{place(translation, each.translation_line)}: {each} ({origin})"
            first.setdefault(each.problem, show(translation))
    if not count:
        yield f"In step: {number(len(comparisons), 'page')}."
        return
    yield ""
    yield f"{number(count, 'finding')} on {pages} of {number(len(comparisons), 'page')}."
    stale = first.pop(Problem.STALE, "")
    unaccepted = first.pop(Problem.NEW, "")
    if first:
        yield f"Once it is mended:      {run(command, 'check', next(iter(first.values())))}"
    if stale:
        yield f"See what has changed:   {run(command, 'diff', stale)}"
    if stale or unaccepted:
        yield f"Once it says the same:  {run(command, 'accept', stale or unaccepted)}"


def check_json(comparisons: Sequence[Comparison]) -> Json:
    """What ``check`` says to tools."""
    found = [
        {
            "problem": each.problem,
            "message": each.message,
            **where(comparison, each.source_line, each.translation_line),
        }
        for comparison in comparisons
        for each in findings(comparison)
    ]
    return {"in_step": not found, "pages": len(comparisons), "findings": found}


def status_text(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """What ``status`` says to people: a table for each language."""
    width = max(len(show(comparison.page.translation)) for comparison in comparisons)
    for language in dict.fromkeys(comparison.edition.language for comparison in comparisons):
        own = [each for each in comparisons if each.edition.language == language]
        rows = [(show(each.page.translation), counts(each)) for each in own]
        total = {state: sum(row[state] for _, row in rows) for state in State}
        yield " ".join([language.ljust(width), *(state.rjust(8) for state in State)])
        for name, row in [*rows, ("together", total)]:
            yield " ".join([name.ljust(width), *(str(row[state]).rjust(8) for state in State)])
        yield ""


def status_json(comparisons: Sequence[Comparison]) -> Json:
    """What ``status`` says to tools."""
    return {
        "pages": [
            {
                **where(comparison, 0, 0),
                "blocks": {state.value: amount for state, amount in counts(comparison).items()},
            }
            for comparison in comparisons
        ]
    }


def counts(comparison: Comparison) -> dict[State, int]:
    """How many blocks of a page are in each state."""
    return {state: len(comparison.in_state(state)) for state in State}


def diff_text(
    found: Sequence[tuple[Comparison, BlockState]], command: Sequence[str]
) -> Iterator[str]:
    """What ``diff`` says to people: where, what has changed, what to do."""
    for comparison, each in found:
        stale = place(comparison.page.translation, places(each)[1])
        yield f"{stale}: stale"
        yield from changes(comparison, each)
        yield f"Once it says the same:  {run(command, 'accept', stale)}"
        yield ""
    yield f"{number(len(found), 'stale block')}."


def diff_json(found: Sequence[tuple[Comparison, BlockState]]) -> Json:
    """What ``diff`` says to tools."""
    return {
        "stale": [
            {
                **where(comparison, *places(each)),
                "before": each.entry.source if each.entry else "",
                "now": each.source.text if each.source else "",
                "diff": "\n".join(changes(comparison, each)),
            }
            for comparison, each in found
        ]
    }


def changes(comparison: Comparison, each: BlockState) -> list[str]:
    """What has changed in the source of a stale block, as a unified diff of its sentences."""
    if not each.source or not each.entry:
        return []
    is_code = each.source.kind in WORDLESS
    before, now = (
        text.splitlines() if is_code else sentences(text)
        for text in (each.entry.source, each.source.text)
    )
    path = comparison.page.source
    names = f"{show(path)} (as it was accepted)", f"{place(path, each.source.line)} (now)"
    return list(unified_diff(before, now, *names, lineterm=""))


def sentences(text: str) -> list[str]:
    """A text with a line for each sentence, so that a difference shows where it is."""
    for end in (". ", "? ", "! ", ": ", "; ", " | "):
        text = text.replace(end, f"{end.rstrip()}\n")
    return text.splitlines()


def accept_text(accepted: Sequence[tuple[Comparison, list[BlockState]]]) -> Iterator[str]:
    """What ``accept`` says to people."""
    for comparison, fresh in accepted:
        name = show(comparison.page.translation)
        yield f"{name}: {number(len(fresh), 'block')} accepted"
        if comparison.findings:
            yield f"{name}: its structure still differs, see check"


def accept_json(accepted: Sequence[tuple[Comparison, list[BlockState]]]) -> Json:
    """What ``accept`` says to tools."""
    return {
        "accepted": [
            {"was": each.state, **where(comparison, *places(each))}
            for comparison, fresh in accepted
            for each in fresh
        ]
    }


def where(comparison: Comparison, source: int, translation: int) -> Json:
    """A place on both sides, for tools."""
    return {
        "language": comparison.edition.language,
        "page": comparison.page.name,
        "source": {"file": show(comparison.page.source), "line": source or None},
        "translation": {"file": show(comparison.page.translation), "line": translation or None},
    }


def as_json(content: Json) -> str:
    """JSON as tools and people read it."""
    return json.dumps(content, ensure_ascii=False, indent=2)


def number(amount: int, noun: str) -> str:
    """A number of things."""
    return f"{amount} {noun}" if amount == 1 else f"{amount} {noun}s"


def run(command: Sequence[str], verb: str, page: str) -> str:
    """A command to run next."""
    return shlex.join(["python", "-m", "docs_tools.translations", verb, *command, page])
