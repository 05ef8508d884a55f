"""The lock: which text of the source each block of a translation was accepted for.

One file of TOML for a language. It holds the former text of the source itself, so that no history
is needed to show what has changed, and the digest of the translation, by which a block is found
again wherever it moves. An entry is a few lines, so a review shows what was accepted.
"""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

HEADER = f"""\
# Which text of the source each block of this translation was accepted for.
# Written by: python -m {__package__} accept
"""

Lock = dict[str, list["Entry"]]


class LockError(Exception):
    """A lock cannot be read or written; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One block that was accepted.

    Attributes:
        source: The text of the source, as it was then.
        translation: The digest of the translation, as it was then.
    """

    source: str
    translation: str


def load_lock(path: Path) -> Lock:
    """Read a lock: entries by the names of their pages. One that is not there yet is empty.

    Raises:
        LockError: It is no lock.
    """
    if not path.exists():
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return {
            page: [Entry(str(each["source"]), str(each["translation"])) for each in entries]
            for page, entries in content.items()
        }
    except (OSError, ValueError, TypeError, KeyError) as error:
        message = f"{path} cannot be read as a lock: {error}"
        raise LockError(message) from error


def save_lock(path: Path, lock: Lock) -> None:
    """Write a lock, pages in the order of their names, entries in the order of the source.

    Raises:
        LockError: It cannot be written.
    """
    parts = [
        f"\n[[{quoted(page)}]]\n"
        f"source = {quoted(entry.source)}\n"
        f"translation = {quoted(entry.translation)}\n"
        for page, entries in sorted(lock.items())
        for entry in entries
    ]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, HEADER + "".join(parts))
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}"
        raise LockError(message) from error


def replace(path: Path, content: str) -> None:
    """Write a file as a whole or not at all."""
    descriptor, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(content)
    Path(scratch).chmod(path.stat().st_mode if path.exists() else 0o644)
    Path(scratch).replace(path)


def quoted(text: str) -> str:
    """A string of TOML. JSON's strings are, but for the one character that TOML forbids."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
