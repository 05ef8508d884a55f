"""Which way imports go in docs_tools, as its first docstring says: only to what stands above."""

import ast
import re

from docs_tools.project.languages import ROOT

TOOLS = ROOT / "docs_tools"

ROOMS = [
    "translations",
    "project",
    "node",
    "catalogues",
    "wording",
    "fences",
    "playground",
    "site",
    "plugin",
    "build",
    "serve",
]

# The command of a package that knows nothing of this project has to be told of it.
TOLD = TOOLS / "translations" / "__main__.py"


def imported(path):
    """The modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            # `from docs_tools import build` imports a module of the package.
            yield from (
                [node.module]
                if "." in node.module
                else [f"{node.module}.{each.name}" for each in node.names]
            )
        elif isinstance(node, ast.Import):
            yield from [each.name for each in node.names]


def files(room):
    return [*(TOOLS / room).rglob("*.py"), *TOOLS.glob(f"{room}.py")]


def test_every_module_is_in_a_room():
    first = {path.stem for path in TOOLS.glob("*.py")} - {"__init__"}
    assert first | {path.parent.name for path in TOOLS.glob("*/__init__.py")} == set(ROOMS)


def test_a_room_imports_from_those_above_it_alone():
    wrong = [
        f"{path.relative_to(TOOLS)} imports {module}"
        for place, room in enumerate(ROOMS)
        for path in files(room)
        for module in imported(path)
        if module.startswith("docs_tools.") and path != TOLD
        if module.split(".")[1] not in ROOMS[: place + 1]
    ]
    assert wrong == []


def test_translations_know_nothing_of_this_project():
    own = re.compile(r"docs_tools\.translations\b")
    wrong = [
        f"{path.relative_to(TOOLS)} imports {module}"
        for path in files("translations")
        for module in imported(path)
        if module.partition(".")[0] in {"docs_tools", "docs_src", "duologue"}
        if not own.match(module) and path != TOLD
    ]
    assert wrong == []


ENGINE = {"griffe", "markdown", "mkdocs", "mkdocs_static_i18n", "pymdownx"}


def test_what_needs_mkdocs_is_named_to_whoever_moves_to_another_engine():
    _, _, named = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("ties the site to MkDocs")
    tied = {
        str(path.relative_to(TOOLS))
        for path in TOOLS.rglob("*.py")
        if any(module.partition(".")[0] in ENGINE for module in imported(path))
    }
    assert {path for path in tied if f"`{path}`" not in named} == set()
    assert "plugin.py" in tied
