"""The changelog as a page: its links lead to pages of the site, and its headings have ids.

On a code host the same file is read as it is. There links lead to the files of pages, and an id
after a heading would be shown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from docs_tools.project.languages import SOURCE

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from markdown import Markdown

AFTER_ATTRIBUTES = 7  # ids that are written have been read, and none has been made
FOLDER = f"docs/{SOURCE}/"
HEADING = re.compile(r"h[2-6]")


class Changelog(Extension):
    """An extension of Python-Markdown for the page of changes, in any language.

    Attributes:
        is_here: Whether that page is rendered next.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_here = False

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown calls it so
        """Register what works on the tree of a page."""
        md.treeprocessors.register(Writer(md, self), "changelog", AFTER_ATTRIBUTES)


class Writer(Treeprocessor):
    """Changes links and ids in the tree of the page, before MkDocs follows its links."""

    def __init__(self, md: Markdown, settings: Changelog) -> None:
        super().__init__(md)
        self.settings = settings

    def run(self, root: Element) -> None:
        """Work on the page."""
        if not self.settings.is_here:
            return
        for link in root.iter("a"):
            link.set("href", link.get("href", "").removeprefix(FOLDER))
        above: list[str] = []
        for heading in root.iter():
            if HEADING.fullmatch(heading.tag):
                del above[int(heading.tag[1]) - 2 :]
                if "id" not in heading.attrib:
                    heading.set("id", identifier("".join(heading.itertext()), above))
                above.append(heading.attrib["id"])


def identifier(title: str, above: list[str]) -> str:
    """The id of a heading, made of what is above it: each version has the same groups.

    Args:
        title: The words of the heading. Those after the number of a version say when it was made.
        above: The ids of the headings that it is under.
    """
    words = title if above else title.partition(" ")[0]
    own = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    return "-".join([*above[-1:], own])
