"""The objects that the API reference shows, and what they say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import griffe

from docs_tools.catalogues.docstrings import translate_section
from docs_tools.catalogues.files import CatalogueError
from docs_tools.catalogues.messages import Collector
from docs_tools.reference import PACKAGE, directives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docs_tools.catalogues.messages import Message

HIDDEN = re.compile("_[^_]")  # as the filter of mkdocstrings has it


def package(root: Path) -> griffe.Object:
    """Read the package without running it."""
    found = griffe.load(
        PACKAGE, search_paths=[root / "src"], docstring_parser="google", resolve_aliases=True
    )
    assert isinstance(found, griffe.Object)
    return found


def shown(root: Path) -> Iterator[griffe.Object]:
    """The objects that the reference shows, in the order of the pages and of the code."""
    everything = package(root)
    for each in directives(root):
        try:
            found = everything[each.module.removeprefix(f"{PACKAGE}.")]
        except KeyError as error:
            raise CatalogueError(
                f"{each.page} shows {each.module}, which is not there or cannot be parsed"
            ) from error
        yield from with_members(found, each.members)


def with_members(parent: griffe.Object, names: tuple[str, ...] | None) -> Iterator[griffe.Object]:
    """An object and the members of it that mkdocstrings shows."""
    yield parent
    for name, member in parent.members.items():
        imported = member.is_imported and not member.is_public  # asking more would resolve it
        chosen = name in names if names else not HIDDEN.match(name) and not imported
        if not chosen or member.is_module:
            continue
        target = member.final_target if isinstance(member, griffe.Alias) else member
        if target.is_class:
            yield from with_members(target, None)
        else:
            yield target


def messages(root: Path) -> list[Message]:
    """What the docstrings of these objects say."""
    collector = Collector()
    for each in shown(root):
        if each.docstring:
            assert isinstance(each.filepath, Path)
            collector.file = each.filepath.relative_to(root).as_posix()
            for section in each.docstring.parse():
                translate_section(section, each.canonical_path, collector)
    return collector.messages
