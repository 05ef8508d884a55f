"""The glossary as a table, a column for each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from docs_tools.project.languages import Language
    from docs_tools.wording.glossary import Glossary


def glossary_table(glossary: Glossary, own: Language, others: list[Language]) -> str:
    """Draw the terms as a table, a column for each language, the page's own first."""
    columns = [own, *(each for each in others if each != own)]
    heads = [cell("th", each, each.name, own) for each in columns]
    rows = [
        [cell("td", each, term.words.get(each.code, "—"), own) for each in columns]
        for term in glossary.terms
    ]
    row = Markup("<tr>{}</tr>")
    return str(
        Markup("<table><thead>{}</thead><tbody>{}</tbody></table>").format(
            row.format(Markup("").join(heads)),
            Markup("").join(row.format(Markup("").join(cells)) for cells in rows),
        )
    )


def cell(tag: str, language: Language, text: str, own: Language) -> Markup:
    """A cell of the table, which says its language where that is not the page's."""
    attribute = "" if language == own else Markup(' lang="{}"').format(language.tag)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), attribute, text)
