"""The objects that the API reference shows, and what they say.

An object is called by the path under which the reference shows it, wherever it is defined:
``duologue.websockets.WebSocket``, not ``duologue.websockets._websocket.WebSocket``. So its
translation stays with it when its code moves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import griffe

from docs_tools.catalogues.files import CatalogueError
from docs_tools.catalogues.messages import Collector
from docs_tools.catalogues.sections import translate_section
from docs_tools.project.reference import PACKAGE, directives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docs_tools.catalogues.messages import Message

HIDDEN = re.compile("_[^_]")  # as the filter of mkdocstrings has it


@dataclass(frozen=True)
class Shown:
    """An object that the reference shows.

    Attributes:
        path: Its public path.
        object: The object, where it is defined.
    """

    path: str
    object: griffe.Object


def package(root: Path) -> griffe.Object:
    """Read the package without running it."""
    found = griffe.load(
        PACKAGE, search_paths=[root / "src"], docstring_parser="google", resolve_aliases=True
    )
    assert isinstance(found, griffe.Object)
    return found


def shown(everything: griffe.Object, root: Path) -> Iterator[Shown]:
    """The objects that the reference shows, in the order of the pages and of the code.

    Args:
        everything: The package.
        root: The folder of the project, for the pages.

    Raises:
        CatalogueError: A page shows a module that is not there.
    """
    for each in directives(root):
        try:
            found = everything[each.module.removeprefix(f"{PACKAGE}.")]
        except KeyError as error:
            raise CatalogueError(
                f"{each.page} shows {each.module}, which is not there or cannot be parsed"
            ) from error
        yield from with_members(found, each.module, each.members)


def with_members(
    parent: griffe.Object, path: str, names: tuple[str, ...] | None
) -> Iterator[Shown]:
    """An object and the members of it that mkdocstrings shows."""
    yield Shown(path, parent)
    for name, member in parent.members.items():
        imported = member.is_imported and not member.is_public  # asking more would resolve it
        chosen = name in names if names else not HIDDEN.match(name) and not imported
        if not chosen or member.is_module:
            continue
        target = member.final_target if isinstance(member, griffe.Alias) else member
        if target.is_class:
            yield from with_members(target, f"{path}.{name}", None)
        else:
            yield Shown(f"{path}.{name}", target)


def public_paths(everything: griffe.Object, root: Path) -> dict[str, str]:
    """The public path of each object that the reference shows, by where it is defined."""
    return {each.object.canonical_path: each.path for each in shown(everything, root)}


def messages(root: Path) -> list[Message]:
    """What the docstrings of these objects say."""
    collector = Collector()
    for each in shown(package(root), root):
        collect(each, root, collector)
    return collector.messages


def collect(each: Shown, root: Path, collector: Collector) -> None:
    """Collect what the docstring of an object says."""
    docstring = each.object.docstring
    if docstring:
        assert isinstance(each.object.filepath, Path)
        collector.file = each.object.filepath.relative_to(root).as_posix()
        for section in docstring.parse():
            translate_section(section, each.path, collector)
