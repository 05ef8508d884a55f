"""Changed files since the preview was built: only the pages that they touch are built anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Changes:
    """Knows some files, and which of them have changed since it was last asked.

    Args:
        folders: The folders, with all that is below them, and single files.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = list(folders)
        self._times: dict[Path, int] = {}

    def take(self) -> set[Path] | None:
        """The files that have changed; ``None`` where some have come or gone, as at first."""
        before, self._times = self._times, self._look()
        if before.keys() != self._times.keys():
            return None
        return {path for path, time in self._times.items() if before[path] != time}

    def _look(self) -> dict[Path, int]:
        return {
            path: path.stat().st_mtime_ns
            for folder in self._folders
            for path in [folder, *folder.rglob("*")]
            if path.is_file() and "__pycache__" not in path.parts
        }
