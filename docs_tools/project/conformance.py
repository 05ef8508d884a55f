"""What each server does with each feature: the table of the page *Conformance*.

It is drawn from ``conformance/``: ``features.toml`` says what is tried and what is right, one file
for each server what it was seen doing (``make conformance`` writes it), ``differences.toml`` why
that is not what is right.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup

from docs_tools.project.languages import ROOT, SOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from docs_tools.project.languages import Language

FOLDER = "conformance"
FEATURES = "features.toml"
DIFFERENCES = "differences.toml"


class ConformanceError(ValueError):
    """The files do not fit together; the message says which and what to do."""


@dataclass(frozen=True)
class Server:
    """A server in one of its settings.

    Attributes:
        name: The name of its file.
        server: The package.
        setting: What it was told to use, empty where there is nothing to choose.
        version: The version of the package.
        seen: What it does, by the name of the feature.
    """

    name: str
    server: str
    setting: str
    version: str
    seen: Mapping[str, str]


@dataclass(frozen=True)
class Difference:
    """Why servers do something else than what is right.

    Attributes:
        feature: What they do otherwise.
        servers: Who does.
        seen: What they do instead.
        reasons: Why, by the code of the language.
    """

    feature: str
    servers: tuple[str, ...]
    seen: str
    reasons: Mapping[str, str]


@dataclass(frozen=True)
class Conformance:
    """Everything that is known.

    Attributes:
        groups: The features and what is right, by group; empty where nothing says what is right.
        servers: The servers, those of one package side by side.
        differences: The reasons, in the order of the file.
    """

    groups: Mapping[str, Mapping[str, str]]
    servers: tuple[Server, ...]
    differences: tuple[Difference, ...]

    def difference(self, server: Server, feature: str) -> int | None:
        """The number of the reason why a server differs here, from 0."""
        for number, each in enumerate(self.differences):
            if each.feature == feature and server.name in each.servers:
                return number
        return None


def read_features(root: Path = ROOT) -> dict[str, str]:
    """Read what is right, by the name of the feature."""
    groups = load(root / FOLDER / FEATURES)
    return {name: norm for group in groups.values() for name, norm in group.items()}


def read(root: Path = ROOT) -> Conformance:
    """Read all files, and see that they fit together.

    Raises:
        ConformanceError: They do not: a difference has no reason, a reason has no difference, or a
            file lacks a feature or has one too many.
    """
    folder = root / FOLDER
    paths = sorted(folder.glob("*.toml"))
    servers = [
        Server(path.stem, **load(path))
        for path in paths
        if path.name not in (FEATURES, DIFFERENCES)
    ]
    order = [server.server for server in servers]
    servers.sort(key=lambda each: (-order.count(each.server), each.server, each.name))
    differences = [
        Difference(
            row["feature"],
            tuple(row["servers"]),
            row["seen"],
            {key: row[key] for key in row if key not in ("feature", "servers", "seen")},
        )
        for row in load(folder / DIFFERENCES).get("difference", [])
    ]
    found = Conformance(load(folder / FEATURES), tuple(servers), tuple(differences))
    check(found, read_features(root))
    return found


def check(found: Conformance, norms: Mapping[str, str]) -> None:
    """See that what was seen is what is right, or that there is a reason, and no other reasons.

    Raises:
        ConformanceError: It is not so.
    """
    explained: dict[tuple[str, str], str] = {}
    for row in found.differences:
        for name in row.servers:
            if (name, row.feature) in explained:
                raise ConformanceError(
                    f"{DIFFERENCES}: {name} has two reasons for {row.feature}; keep one."
                )
            explained[name, row.feature] = row.seen
    for server in found.servers:
        if set(server.seen) != set(norms):
            wrong = ", ".join(sorted(set(server.seen) ^ set(norms)))
            raise ConformanceError(
                f"{server.name}.toml and {FEATURES} differ in {wrong}: run `make conformance`."
            )
        for feature, seen in server.seen.items():
            reason = explained.pop((server.name, feature), None)
            differs = norms[feature] not in ("", seen)
            if differs and reason is None:
                raise ConformanceError(
                    f"{server.name} does something else than what is right: {feature} is {seen!r}, "
                    f"not {norms[feature]!r}. Say why in {DIFFERENCES}."
                )
            if reason is not None and (not differs or reason != seen):
                raise ConformanceError(
                    f"{DIFFERENCES} says {feature} of {server.name} is {reason!r}, but {seen!r} "
                    "was seen. Mend the row, or take the server out of it."
                )
    if explained:
        name, feature = next(iter(explained))
        raise ConformanceError(f"{DIFFERENCES}: there is no {feature} of {name} to explain.")


def draw(found: Conformance, language: Language) -> str:
    """Draw the features, a column for each server, and under them the reasons."""
    words = language.words["conformance"]
    groups = Markup("").join(
        draw_group(found, group, features, words) for group, features in found.groups.items()
    )
    return str(
        Markup(
            '<div class="conformance"><table><thead>{}</thead>{}</table></div><ol>{}</ol>'
        ).format(draw_heads(found, words), groups, draw_reasons(found, language))
    )


def draw_heads(found: Conformance, words: Mapping[str, str]) -> Markup:
    """Draw the names of the packages, and under them their settings."""
    packages = [(key, [*group]) for key, group in groupby(found.servers, lambda each: each.server)]
    cells = Markup("").join(
        Markup('<th {} scope="{}">{}<br><small>{}</small></th>').format(
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


def draw_group(
    found: Conformance, group: str, features: Mapping[str, str], words: Mapping[str, str]
) -> Markup:
    """Draw the rows of a group, its name above them."""
    head = Markup('<tr><th colspan="{}" scope="rowgroup">{}</th></tr>').format(
        len(found.servers) + 1, words[f"group.{group}"]
    )
    rows = [
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            words[f"feature.{feature}"],
            Markup("").join(draw_cell(found, server, feature, words) for server in found.servers),
        )
        for feature in features
    ]
    return Markup("<tbody>{}{}</tbody>").format(head, Markup("").join(rows))


def draw_cell(found: Conformance, server: Server, feature: str, words: Mapping[str, str]) -> Markup:
    """Draw what a server does, with the number of the reason where that is not what is right."""
    seen = server.seen[feature]
    text = words.get(f"value.{seen}", seen)
    number = found.difference(server, feature)
    if number is None:
        return Markup("<td>{}</td>").format(text)
    link = Markup('<sup><a href="#difference-{0}">{0}</a></sup>').format(number + 1)
    return Markup("<td><strong>{}</strong>{}</td>").format(text, link)


def draw_reasons(found: Conformance, language: Language) -> Markup:
    """Draw the reasons as the points of a list."""
    return Markup("").join(
        Markup('<li id="difference-{}">{}</li>').format(
            number, mark_code(each.reasons.get(language.code) or each.reasons[SOURCE])
        )
        for number, each in enumerate(found.differences, 1)
    )


def mark_code(text: str) -> Markup:
    """Draw what stands in backticks as code."""
    pieces = [
        Markup("<code>{}</code>" if number % 2 else "{}").format(piece)
        for number, piece in enumerate(text.split("`"))
    ]
    return Markup("").join(pieces)


def load(path: Path) -> dict[str, dict[str, str]]:
    """Read a file.

    Raises:
        ConformanceError: It is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConformanceError(f"{FOLDER}/{path.name}: {error}") from error
