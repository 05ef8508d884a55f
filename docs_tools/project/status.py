"""How every translation is, compared once for each state of its files.

The notices and the tables of a build ask for the same comparisons, and in the preview most pages
are as they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs_tools.translations.lock import load
from docs_tools.translations.pages import compare
from docs_tools.translations.trees import project

if TYPE_CHECKING:
    from pathlib import Path

    from docs_tools.translations.lock import Entry
    from docs_tools.translations.pages import Comparison

# When a file was written and how long it is; nothing for one that is not there.
Stamp = tuple[int, int] | None
Key = tuple[Stamp, Stamp, tuple["Entry", ...]]

_kept: dict[tuple[Path, Path], tuple[Key, Comparison]] = {}


def standing(root: Path) -> dict[str, list[Comparison]]:
    """Compare all pages of a project with their source.

    Args:
        root: The folder of the project.

    Returns:
        By the code of the language, its pages, those that it lacks among them.

    Raises:
        UsageError: A page cannot be read.
        LockError: A lock cannot be read.
    """
    found: dict[str, list[Comparison]] = {}
    for edition in project(root):
        lock = load(edition.lock) if edition.lock else {}
        found[edition.language] = own = []
        for page in edition.pages:
            entries = lock.get(page.name, [])
            key = stamp(page.source), stamp(page.translation), tuple(entries)
            kept = _kept.get((page.source, page.translation))
            if kept is None or kept[0] != key:
                kept = key, compare(edition, page, entries)
                _kept[page.source, page.translation] = kept
            own.append(kept[1])
    return found


def stamp(path: Path) -> Stamp:
    """What changes when a file does."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size
