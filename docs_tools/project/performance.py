"""What servers take for a message: ``benchmarks/servers/results.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from docs_tools.project.conformance import load_toml
from docs_tools.project.languages import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RESULTS = "benchmarks/servers/results.toml"


@dataclass(frozen=True)
class Performance:
    """What was measured.

    Attributes:
        date: When.
        python: The version of Python.
        versions: The versions of the packages.
        effects: What each choice of a deployment changes: a ratio, or µs as `…_time`.
        results: For each contender, by the name of the work: µs of the processor for a message,
            and the bytes of an idle connection as ``memory``.
    """

    date: str
    python: str
    versions: Mapping[str, str]
    effects: Mapping[str, float]
    results: Mapping[str, Mapping[str, float]]


def read_performance(root: Path = ROOT) -> Performance:
    """Read what `make bench-servers` has written."""
    found = load_toml(root / RESULTS)
    return Performance(**{name: found[name] for name in Performance.__annotations__})
