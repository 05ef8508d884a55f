"""Tables of what servers take for a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docs_tools.project.languages import Language
    from docs_tools.project.performance import Performance

MEMORY = "memory"
RAW = "raw ASGI"  # the name of an application without a library


def performance_table(found: Performance, works: Sequence[str], language: Language) -> str:
    """Draw a row for each contender, a column for each of these works, and what was measured with.

    The least of each column is in bold.
    """
    words = language.words["performance"]
    least = {work: min(results[work] for results in found.results.values()) for work in works}
    heads = [words["server"], words["application"], *(words[f"work.{work}"] for work in works)]
    rows = Markup("").join(
        Markup('<tr><th scope="row">{}</th><td>{}</td>{}</tr>').format(
            *(words["raw"] if each == RAW else each for each in split(name)),
            Markup("").join(cell(work, results[work], least[work]) for work in works),
        )
        for name, results in found.results.items()
    )
    versions = ", ".join(f"{name} {version}" for name, version in found.versions.items())
    return str(
        Markup(
            "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table><p><small>{}</small></p>"
        ).format(
            Markup("").join(Markup('<th scope="col">{}</th>').format(head) for head in heads),
            rows,
            words["measured"].format(date=found.date, python=found.python, versions=versions),
        )
    )


def effects_table(found: Performance, language: Language) -> str:
    """Draw what each choice changes."""
    words = language.words["performance"]
    rows = Markup("").join(
        Markup('<tr><th scope="row">{}</th><td>{}</td></tr>').format(
            words[f"effect.{name}"],
            f"+ {value:.0f} µs" if name.endswith("_time") else f"× {value:.2f}",
        )
        for name, value in found.effects.items()
    )
    return str(
        Markup(
            '<table><thead><tr><th scope="col">{}</th><th scope="col">{}</th></tr></thead>'
            "<tbody>{}</tbody></table>"
        ).format(words["choice"], words["effect"], rows)
    )


def split(contender: str) -> tuple[str, str]:
    """Tell the server and the application of a contender; a server may have its own."""
    app, _, server = contender.rpartition(" on ")
    return server, app


def cell(work: str, value: float, least: float) -> Markup:
    """Draw a time, or memory."""
    text = f"{value / 1024:.1f} kB" if work == MEMORY else f"{value:.1f} µs"
    return Markup("<td><strong>{}</strong></td>" if value == least else "<td>{}</td>").format(text)
