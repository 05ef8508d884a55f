"""The pages of each language, and the file that each is written in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs_tools.project.languages import SOURCE

if TYPE_CHECKING:
    from pathlib import Path

# The English of this page is the changelog, which is where everybody looks for one.
CHANGES = "changes.md"
CHANGELOG = "CHANGELOG.md"


def page_file(root: Path, code: str, name: str) -> Path:
    """The file of a page in a language; it may not be there.

    Args:
        root: The folder of the project.
        code: The language.
        name: The name of the page in the folder of its language.
    """
    if (code, name) == (SOURCE, CHANGES):
        return root / CHANGELOG
    return root / "docs" / code / name


def page_files(root: Path, code: str) -> dict[str, Path]:
    """The files of the pages that a language has, by the names of the pages, in their order."""
    folder = root / "docs" / code
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*.md")} | {CHANGES}
    files = {name: page_file(root, code, name) for name in sorted(names)}
    return {name: path for name, path in files.items() if path.is_file()}
