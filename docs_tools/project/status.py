"""The status of every translation: its pages, compared with their source.

The notices and the tables of a build ask for the same comparisons, and in the preview most pages
are as they were.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

from docs_tools.project.editions import editions
from docs_tools.project.languages import ROOT
from docs_tools.translations.lock import load_lock
from docs_tools.translations.pages import compare

if TYPE_CHECKING:
    from pathlib import Path

    from docs_tools.translations.lock import Entry
    from docs_tools.translations.pages import Comparison
    from docs_tools.translations.trees import Edition, Page

# When a file was written and how long it is; nothing for one that is not there.
Stamp = tuple[int, int] | None
Key = tuple[Stamp, Stamp, tuple["Entry", ...]]


class TranslationStatus:
    """Compares the pages of a project with their source, each once for each state of its files.

    Args:
        root: The folder of the project.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root
        self._kept: dict[tuple[Path, Path], tuple[Key, Comparison]] = {}

    def by_language(self) -> dict[str, list[Comparison]]:
        """Compare all pages.

        Returns:
            By the code of the language, its pages, those that it lacks among them.

        Raises:
            UsageError: A page cannot be read.
            LockError: A lock cannot be read.
        """
        found: dict[str, list[Comparison]] = {}
        for edition in editions(self._root):
            lock = load_lock(edition.lock) if edition.lock else {}
            found[edition.language] = [
                self._compare(edition, page, lock.get(page.name, [])) for page in edition.pages
            ]
        return found

    def save(self, path: Path) -> None:
        """Write down what has been compared, for another process."""
        path.write_bytes(pickle.dumps(self._kept))

    def load(self, path: Path) -> None:
        """Take over what another process has compared and written down."""
        self._kept.update(pickle.loads(path.read_bytes()))

    def _compare(self, edition: Edition, page: Page, entries: list[Entry]) -> Comparison:
        key = stamp(page.source), stamp(page.translation), tuple(entries)
        kept = self._kept.get((page.source, page.translation))
        if kept is None or kept[0] != key:
            kept = key, compare(edition, page, entries)
            self._kept[page.source, page.translation] = kept
        return kept[1]


def stamp(path: Path) -> Stamp:
    """What changes when a file does."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size
