"""The statistics of the home page, counted in what is there."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from docs_tools.project.conformance import read_conformance
from docs_tools.project.languages import ROOT, languages
from docs_tools.project.snippets import snippets

if TYPE_CHECKING:
    from docs_tools.project.languages import Language

FILE = Path("docs_tools", "fences", "stats.toml")


@dataclass(frozen=True)
class Stats:
    """What there is to show.

    Attributes:
        servers: The servers that every script is played against.
        setups: The ways in which these servers are run.
        scripts: The scripts of the snippets.
        languages: The languages of the site.
        tests: At least as many tests.
    """

    servers: int
    setups: int
    scripts: int
    languages: int
    tests: int


def count_stats(root: Path = ROOT) -> Stats:
    """Count what is in a project.

    Raises:
        ConformanceError: What the servers were seen doing cannot be read.
    """
    data = tomllib.loads((root / FILE).read_text(encoding="utf-8"))
    servers = read_conformance(root).servers
    return Stats(
        servers=len({each.server for each in servers}),
        setups=len(servers),
        scripts=sum(snippet.script.is_file() for snippet in snippets(root)),
        languages=len(languages(root)),
        tests=data["tests"],
    )


def stats_list(stats: Stats, language: Language) -> str:
    """Draw the numbers as a list that can be read aloud: the number, then what it counts."""
    words = language.words["stats"]
    numbers = {
        "servers": stats.servers,
        "scripts": stats.scripts,
        "tests": f"{stats.tests:,}+",
        "languages": stats.languages,
    }
    item = Markup("<li><strong>{}</strong> {}</li>")
    items = [
        item.format(number, words[name].format(setups=stats.setups))
        for name, number in numbers.items()
    ]
    return str(Markup('<ul class="stats">{}</ul>').format(Markup("").join(items)))
