"""The table of what Autobahn's test suite says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docs_tools.project.autobahn import Run
    from docs_tools.project.languages import Language

COLUMNS = ("ok", "informational", "non_strict", "failed")


def autobahn_table(runs: Sequence[Run], language: Language) -> str:
    """Draw a row for each run of the suite, what is not right in bold."""
    words = language.words["autobahn"]
    heads = [words[name] for name in ("protocol", "cases", *COLUMNS, "date")]
    rows = Markup("").join(
        Markup('<tr><th scope="row">{}</th><td>{}</td>{}<td>{}</td></tr>').format(
            run.protocol,
            words[f"cases.{run.cases}"],
            Markup("").join(cell(name, getattr(run, name)) for name in COLUMNS),
            run.date,
        )
        for run in runs
    )
    return str(
        Markup(
            '<div class="autobahn"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
        ).format(
            Markup("").join(Markup('<th scope="col">{}</th>').format(head) for head in heads), rows
        )
    )


def cell(name: str, count: int) -> Markup:
    """Draw how many cases went like this."""
    wrong = count and name in ("non_strict", "failed")
    return Markup("<td><strong>{}</strong></td>" if wrong else "<td>{}</td>").format(count)
