"""The list of modules on the first page of the API reference."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from markdown import markdown
from markupsafe import Markup

from docs_tools.project.reference import FOLDER, directives

if TYPE_CHECKING:
    from pathlib import Path

    from docs_tools.catalogues.messages import Translate


def module_list(names: list[str], root: Path, translate: Translate) -> str:
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
