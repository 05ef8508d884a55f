"""Link targets, in a form that is the same in every language."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True)
class Counterpart:
    """A file or folder of the source, and the same in another language."""

    source: Path
    translation: Path


class Targets:
    """Follows links, and takes the language out of where they lead.

    A link to a translated page leads to the same place as a link to its source, in whichever
    language.

    Args:
        counterparts: What is translated, in all languages.
    """

    def __init__(self, counterparts: Iterable[Counterpart]) -> None:
        self.counterparts = list(counterparts)

    def of(self, page: Path) -> Callable[[str], str]:
        """What follows the links of this page."""

        def resolve(target: str) -> str:
            try:
                parts = urlsplit(target)
            except ValueError:  # it leads nowhere, in any language
                return target
            if parts.scheme or parts.netloc or parts.path.startswith("/"):
                return target
            path = page.parent / unquote(parts.path) if parts.path else page
            end = f"?{parts.query}" * bool(parts.query) + f"#{parts.fragment}" * bool(
                parts.fragment
            )
            return self.fold(path).as_posix() + unquote(end)

        return resolve

    def fold(self, path: Path) -> Path:
        """The file of the source that a file of any language stands for."""
        plain = normal(path)
        for each in self.counterparts:
            translation = normal(each.translation)
            if plain.is_relative_to(translation):
                # Joined to ".", a file would get a slash at its end.
                return normal(each.source / plain.relative_to(translation))
        return plain


def normal(path: Path) -> Path:
    """An absolute path without ``..``."""
    return Path(os.path.normpath(path.absolute()))
