"""The catalogues of this project, and the messages that each should hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from docs_tools.catalogues import comments, diagrams, reference
from docs_tools.catalogues.files import REFERENCE, SNIPPETS, catalogue_path
from docs_tools.project.languages import SOURCE, languages

if TYPE_CHECKING:
    from pathlib import Path

    from docs_tools.catalogues.messages import Message


@dataclass(frozen=True)
class Catalogue:
    """A catalogue, and what it should hold.

    Attributes:
        language: The code of its language.
        path: Its file.
        messages: What the code says now.
    """

    language: str
    path: Path
    messages: tuple[Message, ...]


def catalogues(root: Path) -> list[Catalogue]:
    """The catalogues of every language but the source."""
    wanted = {
        REFERENCE: reference.messages(root),
        SNIPPETS: [*comments.messages(root), *diagrams.messages(root)],
    }
    return [
        Catalogue(each.code, catalogue_path(root, each.code, name), tuple(messages))
        for each in languages(root)
        if each.code != SOURCE
        for name, messages in wanted.items()
    ]
