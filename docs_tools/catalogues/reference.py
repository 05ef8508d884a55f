"""The pages of the API reference, and the objects that they show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import griffe
from yaml import safe_load  # type: ignore[import-untyped]

from docs_tools.catalogues.docstrings import translate_section
from docs_tools.catalogues.messages import Collector
from docs_tools.languages import SOURCE
from docs_tools.translations.blocks import Kind, walk
from docs_tools.translations.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docs_tools.catalogues.messages import Message

PACKAGE = "duologue"
HIDDEN = re.compile("_[^_]")  # as the filter of mkdocstrings has it


@dataclass(frozen=True)
class Directive:
    """What a page says of a module: ``::: duologue.websockets``, and perhaps which members.

    Attributes:
        page: The page, from the folder of its language.
        name: The path of the module.
        members: The names that are shown; none for all that are public.
    """

    page: str
    name: str
    members: tuple[str, ...] | None


def directives(root: Path) -> list[Directive]:
    """Read them from the pages of the source language."""
    folder = root / "docs" / SOURCE
    return [
        directive(path.relative_to(folder).as_posix(), block.text)
        for path in sorted(folder.rglob("*.md"))
        for block in walk(read(path.read_text(encoding="utf-8")))
        if block.kind is Kind.DIRECTIVE
    ]


def directive(page: str, text: str) -> Directive:
    """Read one: the name, and below it YAML."""
    name, _, settings = text.partition("\n")
    members = ((safe_load(settings) or {}).get("options") or {}).get("members")
    return Directive(page, name.removeprefix(":::").strip(), tuple(members) if members else None)


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
        found = everything[each.name.removeprefix(PACKAGE).lstrip(".")]
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
