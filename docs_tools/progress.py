"""How far each translation is: the tables of the page Translations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from docs_tools.languages import ROOT, languages
from docs_tools.translations.drift import State
from docs_tools.translations.pages import compare_edition
from docs_tools.translations.report import counts
from docs_tools.translations.trees import project

if TYPE_CHECKING:
    from pathlib import Path

    from docs_tools.languages import Language
    from docs_tools.translations.pages import Comparison


def draw(own: Language, root: Path = ROOT) -> str:
    """Draw a table for each language: its pages, and how many blocks are in which state.

    Args:
        own: The language of the page that shows the tables.
        root: The folder of the project.

    Raises:
        UsageError: A page cannot be read.
        LockError: A lock cannot be read.
    """
    names = {each.code: each for each in languages(root)}
    tables = [
        table(names[edition.language], compare_edition(edition), own, root)
        for edition in project(root)
    ]
    return str(Markup("\n").join(tables))


def table(language: Language, comparisons: list[Comparison], own: Language, root: Path) -> Markup:
    """Draw the table of one language."""
    words = own.words["progress"]
    heads = [Markup('<th scope="col">{}</th>').format(words["page"])]
    heads += [
        Markup('<th scope="col">{}</th>').format(words[state.name.lower()]) for state in State
    ]
    rows = [
        row(comparison.page.translation.relative_to(root).as_posix(), counts(comparison), "td")
        for comparison in comparisons
    ]
    total = {state: sum(counts(each)[state] for each in comparisons) for state in State}
    caption = Markup('<span lang="{}">{}</span>').format(language.tag, language.name)
    return Markup(
        '<table class="progress"><caption>{} {}</caption><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody><tfoot>{}</tfoot></table>"
    ).format(
        caption,
        share(total, words),
        Markup("").join(heads),
        Markup("").join(rows),
        row(words["together"], total, "th"),
    )


def share(total: dict[State, int], words: dict[str, str]) -> str:
    """How much of a language is in step, as a sentence."""
    wanted = sum(total.values()) - total[State.EXTRA]
    percent = 100 * total[State.IN_STEP] // wanted if wanted else 100
    return words["share"].format(percent=percent)


def row(name: str, amounts: dict[State, int], tag: str) -> Markup:
    """A row: the page, then a number for each state."""
    first = Markup("<code>{}</code>").format(name) if tag == "td" else name
    cells = [Markup('<th scope="row">{}</th>').format(first)]
    cells += [
        Markup('<td class="progress__{}">{}</td>').format(
            "none" if not amount else state.name.lower(), amount
        )
        for state, amount in amounts.items()
    ]
    return Markup("<tr>{}</tr>").format(Markup("").join(cells))
