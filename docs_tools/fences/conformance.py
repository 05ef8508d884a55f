"""The conformance table: what each server does with each feature, and why."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup

from docs_tools.project.languages import SOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docs_tools.project.conformance import Conformance, Server
    from docs_tools.project.languages import Language


def conformance_table(found: Conformance, language: Language) -> str:
    """Draw the features, a column for each server, and under them the reasons.

    A script shows what chooses servers (``conformance.js``): without one, all of them are there.
    """
    words = language.words["conformance"]
    groups = Markup("").join(
        group_rows(found, group, features, words) for group, features in found.groups.items()
    )
    return str(
        Markup(
            '{}<div class="conformance" role="region" aria-label="{}" tabindex="0">'
            '<table class="conformance__table"><thead>{}</thead>{}</table></div><ol>{}</ol>'
        ).format(
            choice(found, words),
            words["table"],
            table_heads(found, words),
            groups,
            reason_items(found, language),
        )
    )


def choice(found: Conformance, words: Mapping[str, str]) -> Markup:
    """Draw a box to tick for each package, and a line that says how much of the table is shown."""
    boxes = Markup("").join(
        Markup('<label><input type="checkbox" value="{0}"> {0}</label>').format(name)
        for name in dict.fromkeys(server.server for server in found.servers)
    )
    return Markup(
        '<fieldset class="conformance__choice" data-search-exclude="true" hidden>'
        '<legend>{}</legend>{}<p role="status" data-words="{}"></p></fieldset>'
    ).format(words["choice"], boxes, words["shown"])


def table_heads(found: Conformance, words: Mapping[str, str]) -> Markup:
    """Draw the names of the packages, and under them their settings."""
    packages = [(key, [*group]) for key, group in groupby(found.servers, lambda each: each.server)]
    cells = Markup("").join(
        Markup('<th data-server="{}" {} scope="{}">{}<br><small>{}</small></th>').format(
            name,
            Markup('colspan="{}"').format(len(group))
            if group[0].setting
            else Markup('rowspan="2"'),
            "colgroup" if group[0].setting else "col",
            name,
            group[0].version,
        )
        for name, group in packages
    )
    settings = Markup("").join(
        Markup('<th scope="col">{}</th>').format(server.setting)
        for server in found.servers
        if server.setting
    )
    corner = Markup('<th rowspan="2" scope="col">{}</th>').format(words["feature"])
    return Markup("<tr>{}{}</tr><tr>{}</tr>").format(corner, cells, settings)


def group_rows(
    found: Conformance, group: str, features: Mapping[str, str], words: Mapping[str, str]
) -> Markup:
    """Draw the rows of a group, its name above them."""
    head = Markup('<tr><th colspan="{}" scope="rowgroup"><span>{}</span></th></tr>').format(
        len(found.servers) + 1, words[f"group.{group}"]
    )
    rows = [
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            words[f"feature.{feature}"],
            Markup("").join(cell_of(found, server, feature, words) for server in found.servers),
        )
        for feature in features
    ]
    return Markup("<tbody>{}{}</tbody>").format(head, Markup("").join(rows))


def cell_of(found: Conformance, server: Server, feature: str, words: Mapping[str, str]) -> Markup:
    """Draw what a server does, with the number of the reason where that is not what is right."""
    seen = server.seen[feature]
    text = words.get(f"value.{seen}", seen)
    number = found.difference(server, feature)
    if number is None:
        return Markup("<td>{}</td>").format(text)
    link = Markup('<sup><a href="#difference-{0}">{0}</a></sup>').format(number + 1)
    return Markup("<td><strong>{}</strong>{}</td>").format(text, link)


def reason_items(found: Conformance, language: Language) -> Markup:
    """Draw the reasons as the points of a list."""
    return Markup("").join(
        Markup('<li id="difference-{}">{}</li>').format(
            number, with_code(each.reasons.get(language.code) or each.reasons[SOURCE])
        )
        for number, each in enumerate(found.differences, 1)
    )


def with_code(text: str) -> Markup:
    """Draw what stands in backticks as code."""
    pieces = [
        Markup("<code>{}</code>" if number % 2 else "{}").format(piece)
        for number, piece in enumerate(text.split("`"))
    ]
    return Markup("").join(pieces)
