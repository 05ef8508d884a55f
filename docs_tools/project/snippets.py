"""The snippets of ``docs_src``: programs, and the scripts of the conversations they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from docs_tools.project.languages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "docs_src"

TALK_ON_ASYNCIO = frozenset(
    {"how_to/database", "others/in_channels", "others/in_quart", "others/in_sanic"}
)
"""The snippets that need asyncio to answer anything."""

ASYNCIO_ALONE = TALK_ON_ASYNCIO | {"frameworks/in_quart", "frameworks/quart_lifespan"}
"""The snippets that need asyncio, if only to start and to stop."""

NOT_IN_THE_BROWSER = {
    "frameworks/in_fastapi": "compiled",
    "frameworks/in_litestar": "compiled",
    "frameworks/in_quart": "processes",
    "frameworks/lifespan": "compiled",
    "frameworks/quart_lifespan": "processes",
    "how_to/database": "compiled",
    "how_to/download": "threads",
    "how_to/msgspec_messages": "compiled",
    "how_to/push": "compiled",
    "how_to/pydantic_messages": "compiled",
    "how_to/tracing": "compiled",
    "how_to/upload": "threads",
    "others/in_fastapi": "compiled",
    "others/in_quart": "processes",
    "others/in_sanic": "compiled",
    "others/test_litestar": "compiled",
}
"""The snippets that need a real server, each with the reason.

``compiled``: what they import has a compiled part, and none in Python. ``processes``: what they
import starts processes, which a browser has none of. ``threads``: what they call runs in threads,
which is not seen in what they import.
"""

REMEMBERS = frozenset({"how_to/database", "how_to/rate_limit", "how_to/reconnect"})
"""The snippets whose conversations change what the next one gets: live, each begins anew."""

TESTS = frozenset({"tutorial/test_support"})
"""The tests of a program that lies beside them: pytest runs them, and they have no script."""


@dataclass(frozen=True, order=True)
class Snippet:
    """A program and its script: ``docs_src/PAGE/NAME.py`` and ``docs_src/PAGE/NAME.duo``.

    Attributes:
        name: ``PAGE/NAME``, the name that pages and the address under ``/live/`` use.
        root: The folder that holds ``docs_src``.
    """

    name: str
    root: Path = ROOT

    @property
    def program(self) -> Path:
        """The file of the program."""
        return self.root / FOLDER / f"{self.name}.py"

    @property
    def script(self) -> Path:
        """The file of the script."""
        return self.root / FOLDER / f"{self.name}.duo"

    @property
    def module(self) -> str:
        """The name to import, as in ``uvicorn docs_src.websockets.echo:app``."""
        return f"{FOLDER}.{self.name.replace('/', '.')}"

    @property
    def saved_as(self) -> str:
        """What a reader calls the files: `main`, or what pytest finds."""
        name = self.program.stem
        return name if name.startswith("test_") else "main"


def snippets(root: Path = ROOT) -> list[Snippet]:
    """Find every program under ``docs_src``, in order."""
    folder = root / FOLDER
    programs = (
        path for path in folder.rglob("*.py") if path.name[0] != "_" and path.name != "conftest.py"
    )
    names = (path.relative_to(folder).with_suffix("").as_posix() for path in programs)
    return [Snippet(name, root) for name in sorted(set(names) - TESTS)]


def in_browser(root: Path = ROOT) -> list[Snippet]:
    """Those that a page can play by itself, in order."""
    return [each for each in snippets(root) if each.name not in NOT_IN_THE_BROWSER]


def read_file(name: str, root: Path = ROOT) -> str:
    """Read a file of ``docs_src``.

    Raises:
        ValueError: The name leads out of ``docs_src``, or there is no such file.
    """
    folder = (root / FOLDER).resolve()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise ValueError(f"{name!r} lies outside of {FOLDER}/")
    if not path.is_file():
        raise ValueError(f"there is no file {FOLDER}/{name}")
    return path.read_text(encoding="utf-8")
