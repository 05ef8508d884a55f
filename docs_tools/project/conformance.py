"""What each server was seen doing with each feature, and why that is not always what is right.

It is read from ``conformance/``: ``features.toml`` says what is tried and what is right, one file
for each server what it was seen doing (``make conformance`` writes it), ``differences.toml`` why
that is not what is right.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docs_tools.project.languages import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER = "conformance"
FEATURES = "features.toml"
DIFFERENCES = "differences.toml"
AUTOBAHN = "autobahn.toml"


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
    groups: Mapping[str, Mapping[str, str]] = load_toml(root / FOLDER / FEATURES)
    return {name: norm for group in groups.values() for name, norm in group.items()}


def read_conformance(root: Path = ROOT) -> Conformance:
    """Read all files, and see that they fit together.

    Raises:
        ConformanceError: They do not: a difference has no reason, a reason has no difference, or a
            file lacks a feature or has one too many.
    """
    folder = root / FOLDER
    paths = sorted(folder.glob("*.toml"))
    servers = [
        Server(path.stem, **load_toml(path))
        for path in paths
        if path.name not in (FEATURES, DIFFERENCES, AUTOBAHN)
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
        for row in load_toml(folder / DIFFERENCES).get("difference", [])
    ]
    found = Conformance(load_toml(folder / FEATURES), tuple(servers), tuple(differences))
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


def load_toml(path: Path) -> dict[str, Any]:
    """Read a file.

    Raises:
        ConformanceError: It is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConformanceError(f"{FOLDER}/{path.name}: {error}") from error
