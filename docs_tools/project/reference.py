"""The pages of the API reference, and the list of modules on the first of them.

A page ``docs/LANGUAGE/reference/NAME.md`` shows modules, each by a line ``::: duologue.NAME``. A
new module gets such a line on a page, in every language. A new page gets its name in the fence
``modules`` of ``reference/index.md``, too, and a line in the ``nav`` of ``mkdocs.yml``.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markdown import markdown
from markupsafe import Markup
from yaml import safe_load  # type: ignore[import-untyped]

from docs_tools.project.languages import SOURCE
from docs_tools.translations.blocks import Kind, walk
from docs_tools.translations.reading import read

if TYPE_CHECKING:
    from pathlib import Path

    from docs_tools.catalogues.messages import Translate
    from docs_tools.translations.blocks import Block

PACKAGE = "duologue"
FOLDER = "reference"

# What is still to get a name with an underscore: nobody imports it, and it is on no page.
INTERNAL = frozenset(
    {
        "duologue.cli",
        "duologue.scripts.accounts",
        "duologue.scripts.apps",
        "duologue.scripts.destination",
        "duologue.scripts.differences",
        "duologue.scripts.grammar",
        "duologue.scripts.headers",
        "duologue.scripts.pygments_lexer",
        "duologue.scripts.pytest_plugin",
        "duologue.scripts.recording",
        "duologue.scripts.transcript",
        "duologue.scripts.values",
    }
)


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
        for block in blocks(path)
        if block.kind is Kind.DIRECTIVE
    ]
    order = listed(folder / FOLDER / "index.md")
    places = {f"{FOLDER}/{name}.md": place for place, name in enumerate(order)}
    return sorted(found, key=lambda each: places.get(each.page, len(places)))


def directive(page: str, text: str) -> Directive:
    """Read one: the name, and below it YAML."""
    name, _, settings = text.partition("\n")
    members = ((safe_load(settings) or {}).get("options") or {}).get("members")
    return Directive(page, name.removeprefix(":::").strip(), tuple(members) if members else None)


def listed(index: Path) -> list[str]:
    """The pages that the list of modules names, in its order."""
    fences = [block for block in blocks(index) if block.traits.get("info") == "modules"]
    return [name for fence in fences for name in fence.text.split()]


def blocks(path: Path) -> list[Block]:
    """The blocks of a page; none where there is no page."""
    return list(walk(read(path.read_text(encoding="utf-8")))) if path.is_file() else []


def draw(names: list[str], root: Path, translate: Translate) -> str:
    """Draw the list of modules.

    Args:
        names: The pages whose modules are listed, without folder and ending.
        root: The folder of the project.
        translate: Knows what docstrings say in the language of the page.

    Returns:
        HTML: each module leads to where it stands, and says its first sentence.

    Raises:
        ValueError: The pages that are named are not those that are there.
    """
    found = directives(root)
    there = {each.page.removeprefix(f"{FOLDER}/").removesuffix(".md") for each in found}
    if there != set(names):
        raise ValueError(
            f"the list of modules names {', '.join(names)}; pages of {FOLDER}/ that show modules "
            f"are {', '.join(sorted(there))}"
        )
    row = Markup('<dt><autoref identifier="{0}"><code>{0}</code></autoref></dt>\n<dd>{1}</dd>\n')
    rows = [
        row.format(each.module, Markup(markdown(summary(each.module, root, translate))))
        for each in found
    ]
    return str(Markup('<dl class="modules">\n{}</dl>').format(Markup("").join(rows)))


def summary(module: str, root: Path, translate: Translate) -> str:
    """What a module is, in the language of the page: the first paragraph of its docstring."""
    docstring = ast.get_docstring(ast.parse(source(module, root).read_text(encoding="utf-8")))
    first = " ".join((docstring or "").split("\n\n")[0].split())
    return translate(f"{module}:text", first)


def source(module: str, root: Path) -> Path:
    """The file of a module."""
    path = (root / "src").joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
