"""The pages of the API reference: which modules they show, and which of their members.

A page ``docs/LANGUAGE/reference/NAME.md`` shows modules, each by a line ``::: duologue.NAME``. A
new module gets such a line on a page, in every language. A new page gets its name in the fence
``modules`` of ``reference/index.md``, too, and a line in the ``nav`` of ``mkdocs.yml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from yaml import safe_load

from docs_tools.project.languages import SOURCE
from docs_tools.translations.blocks import Kind, walk
from docs_tools.translations.reading import read_blocks

if TYPE_CHECKING:
    from pathlib import Path

    from docs_tools.translations.blocks import Block

PACKAGE = "duologue"
FOLDER = "reference"
MARK = ":::"


@dataclass(frozen=True)
class Directive:
    """What a page shows of a module: ``::: duologue.websockets``, and perhaps which members.

    Attributes:
        page: The page, from the folder of its language.
        module: The name of the module.
        members: The names that are shown; none for all that are public.
    """

    page: str
    module: str
    members: tuple[str, ...] | None


def is_private(module: str) -> bool:
    """Whether nobody imports a module, or a member of it, by this name: it has an underscore."""
    return any(part.startswith("_") for part in module.split("."))


def directives(root: Path, language: str = SOURCE) -> list[Directive]:
    """Read them from the pages of a language, in the order of the list of modules."""
    folder = root / "docs" / language
    found = [
        directive(path.relative_to(folder).as_posix(), block.text)
        for path in sorted(folder.rglob("*.md"))
        if MARK in path.read_text(encoding="utf-8")  # few have one, and to read blocks takes time
        for block in page_blocks(path)
        if block.kind is Kind.DIRECTIVE
    ]
    order = listed(folder / FOLDER / "index.md")
    places = {f"{FOLDER}/{name}.md": place for place, name in enumerate(order)}
    return sorted(found, key=lambda each: places.get(each.page, len(places)))


def directive(page: str, text: str) -> Directive:
    """Read one: the name, and below it YAML."""
    name, _, settings = text.partition("\n")
    given: dict[str, dict[str, list[str]]] = safe_load(settings) or {}
    members = given.get("options", {}).get("members")
    return Directive(page, name.removeprefix(MARK).strip(), tuple(members) if members else None)


def listed(index: Path) -> list[str]:
    """The pages that the list of modules names, in its order."""
    fences = [block for block in page_blocks(index) if block.traits.get("info") == "modules"]
    return [name for fence in fences for name in fence.text.split()]


def page_blocks(path: Path) -> list[Block]:
    """The blocks of a page; none where there is no page."""
    return list(walk(read_blocks(path.read_text(encoding="utf-8")))) if path.is_file() else []
