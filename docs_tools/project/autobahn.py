"""How uvicorn's WebSocket protocols pass Autobahn's test suite: ``conformance/autobahn.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from docs_tools.project.conformance import AUTOBAHN, FOLDER, load_toml
from docs_tools.project.languages import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Run:
    """A run of some cases of the suite against a protocol.

    Attributes:
        protocol: The protocol.
        cases: Which cases: ``core`` or ``compression``.
        date: When.
        ok: How many cases passed.
        informational: How many have no right or wrong.
        non_strict: How many passed, but not in the way that the suite wants to see.
        failed: How many failed.
        others: The names of those that are neither passed nor informational.
    """

    protocol: str
    cases: str
    date: str
    ok: int
    informational: int
    non_strict: int
    failed: int
    others: list[str]


def read_runs(root: Path = ROOT) -> list[Run]:
    """Read the last run of each protocol."""
    return [Run(**row) for row in load_toml(root / FOLDER / AUTOBAHN)["run"]]
