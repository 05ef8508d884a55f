"""The words of diagrams, for the catalogue of snippets."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from docs_tools.catalogues.messages import Collector
from docs_tools.project.diagrams import diagram_files, parse_diagram
from docs_tools.project.snippets import FOLDER, read_file

if TYPE_CHECKING:
    from pathlib import Path

    from docs_tools.catalogues.messages import Message, Translate
    from docs_tools.project.diagrams import Diagram


def localised_diagram(name: str, content: str, translate: Translate) -> Diagram:
    """Read a diagram in the language of a page.

    Args:
        name: Its file, from ``docs_src``.
        content: What is in the file.
        translate: Knows the words.

    Raises:
        ValueError: It cannot be read.
    """
    context = f"{FOLDER}/{name}"
    return parse_diagram(content, context, partial(translate, context))


def messages(root: Path) -> list[Message]:
    """What all diagrams say."""
    collector = Collector()
    for name in diagram_files(root):
        collector.file = f"{FOLDER}/{name}"
        localised_diagram(name, read_file(name, root), collector)
    return collector.messages
