"""The progress of each translation as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from docs_tools.translations.drift import State
from docs_tools.translations.report import counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docs_tools.project.languages import Language
    from docs_tools.translations.pages import Comparison


def progress_tables(
    statuses: Mapping[str, list[Comparison]], others: list[Language], own: Language
) -> str:
    """Draw a table for each language: its pages, and how many blocks are in which state.

    Args:
        statuses: How the pages of each language are, by its code.
        others: The languages, for their names.
        own: The language of the page that shows the tables.
    """
    names = {each.code: each for each in others}
    parts = [language_part(names[code], comparisons, own) for code, comparisons in statuses.items()]
    return str(Markup("\n").join(parts))


def language_part(language: Language, comparisons: list[Comparison], own: Language) -> Markup:
    """Draw one language: a line, and its table, folded where there is nothing to do."""
    words = own.words["progress"]
    total = {state: sum(counts(each)[state] for each in comparisons) for state in State}
    is_complete = not any(amount for state, amount in total.items() if state is not State.IN_STEP)
    titles = [words["page"], *(words[state.name.lower()] for state in State)]
    heads = [Markup('<th scope="col">{}</th>').format(title) for title in titles]
    rows = [row(each.page.name, counts(each)) for each in comparisons]
    return Markup(
        '<details class="progress"{}><summary><strong lang="{}">{}</strong> {}</summary>\n'
        "<table><thead><tr>{}</tr></thead><tbody>{}{}</tbody></table>\n</details>"
    ).format(
        Markup("" if is_complete else " open"),
        language.tag,
        language.name,
        share(total, words),
        Markup("").join(heads),
        Markup("").join(rows),
        row(words["together"], total),
    )


def share(total: dict[State, int], words: dict[str, str]) -> str:
    """How much of a language is in step, as a sentence."""
    wanted = sum(total.values()) - total[State.EXTRA]
    percent = 100 * total[State.IN_STEP] // wanted if wanted else 100
    return words["share"].format(percent=percent)


def row(name: str, amounts: dict[State, int]) -> Markup:
    """A row: the page, then a number for each state; what is to do stands out."""
    cells = [
        Markup("<td>{}</td>").format(
            Markup("<strong>{}</strong>").format(amount)
            if amount and state is not State.IN_STEP
            else amount
        )
        for state, amount in amounts.items()
    ]
    # A long name may be broken where a folder ends.
    words = Markup("/<wbr>").join(name.split("/"))
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(words, Markup("").join(cells))
