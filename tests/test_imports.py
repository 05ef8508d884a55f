"""Imports go one way, and importing the library stays light."""

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from patience import PROCESS

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "duologue"

# A module imports from the layers above its own, never from its own or from those below.
LAYERS = [
    {"types", "status", "termination", "expressions", "index", "eventloops"},
    {"background"},
    {"convertors", "automaton", "cancellation", "timelimits"},
    {"protocol", "exceptions", "lifespan", "paths", "scopes", "servers"},
    {"codec", "urls", "limits"},
    {"datastructures", "origins", "reverse"},
    {"connection", "responses", "proxies"},
    {"conversation"},
    {"denial", "inbox"},
    {"websockets"},
    {"refusal", "authorization", "callables", "endpoints", "connections"},
    {"drain"},
    {"middleware"},
    {"router"},
    {"routing"},
    {"applications"},
    {"__init__"},
    {"stopwatch", "testhandshake"},
    {"testserver", "testtask"},
    {"testsession"},
    {"asynctestclient"},
    {"testclient"},
    {"scripts"},
    {"cli"},
    {"__main__"},
]
# Packages: their modules import from each other, but in no circle.
HOUSES = {"middleware", "scripts"}
# What only an extra brings, and what a plugin is loaded by.
OPTIONAL = {"websockets", "uvicorn", "trio", "pytest", "_pytest"}
# What the core seldom needs, and what would make it heavy.
HEAVY = {"anyio", "duologue.denial", "duologue.inbox"}
# Every run of pytest loads the plugin, also where there are no scripts: it imports what plays late.
LAZY = {"scripts/pytest_plugin.py"}
# What pytest and Pygments load through an entry point, each the only one that imports its package.
PLUGINS = {
    "duologue.scripts.pytest_plugin": "pytest",
    "duologue.scripts.pygments_lexer": "pygments",
}

MODULES = sorted(SOURCE.rglob("*.py"))


def room(path):
    """The module of a file, or the house that it stands in."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def layer(name):
    [found] = [number for number, names in enumerate(LAYERS) if name in names]
    return found


def file_of(module):
    return (ROOT / "src").joinpath(*module.split(".")).with_suffix(".py")


def imports(node):
    """The names of the modules that are imported anywhere below a node of the tree."""
    for found in ast.walk(node):
        if isinstance(found, ast.Import):
            yield from (alias.name for alias in found.names)
        elif isinstance(found, ast.ImportFrom):
            assert found.level == 0, "imports are absolute"
            for alias in found.names:
                whole = f"{found.module}.{alias.name}"
                yield whole if file_of(whole).exists() else found.module


def own_rooms(node):
    for name in imports(node):
        top, *rest = name.split(".")
        assert top != "docs_tools", "the library never imports what builds its site"
        if top == "duologue":
            yield rest[0] if rest else "__init__"


def modules():
    return [pytest.param(path, id=str(path.relative_to(SOURCE))) for path in MODULES]


@pytest.mark.parametrize("path", modules())
def test_imports_go_one_way(path):
    here = room(path)
    tree = ast.parse(path.read_text("utf-8"))
    for name in own_rooms(tree):
        assert layer(name) < layer(here) or name == here in HOUSES, f"{here} imports {name}"


def house_graph(house):
    names = {path.stem: path for path in (SOURCE / house).glob("*.py")}
    graph = {}
    for stem, path in names.items():
        tree = ast.parse(path.read_text("utf-8"))
        found = {name for name in imports(tree) if name.startswith(f"duologue.{house}")}
        graph[stem] = {[*name.split("."), "__init__"][2] for name in found} & names.keys()
    return graph


@pytest.mark.parametrize("house", sorted(HOUSES))
def test_the_modules_of_a_house_form_no_circle(house):
    graph = house_graph(house)
    while graph:
        free = {name for name, needed in graph.items() if not needed}
        assert free, f"these import each other: {sorted(graph)}"
        graph = {name: needed - free for name, needed in graph.items() if name not in free}


def is_optional(name):
    """Whether a module comes with an extra, or is one of ours that needs such a one."""
    top = name.split(".")[0]
    if top != "duologue":
        return top in OPTIONAL
    tree = ast.parse(file_of(name).read_text("utf-8"))
    return any(needed.split(".")[0] in OPTIONAL for needed in imports(tree))


@pytest.mark.parametrize("path", [path for path in modules() if path.id not in LAZY])
def test_only_what_is_optional_is_imported_in_a_function(path):
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = set(imports(node)) - HEAVY
            assert [name for name in names if not is_optional(name)] == []


@pytest.mark.parametrize("path", modules())
def test_nothing_needs_a_plugin_or_what_it_plugs_into(path):
    needed = set(imports(ast.parse(path.read_text("utf-8"))))
    for plugin, package in PLUGINS.items():
        assert plugin not in needed
        assert package not in needed or path == file_of(plugin)


def loaded_by(module):
    """What a fresh interpreter has loaded after an import."""
    program = f"import sys; import {module}; print(*sys.modules)"
    # Coverage, which measures new interpreters too, would have loaded what is looked for here.
    environment = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=PROCESS,
        env=environment,
    )
    return set(run.stdout.split())


@pytest.mark.parametrize("module", ["duologue", "duologue.websockets"])
def test_the_core_stays_light(module):
    loaded = loaded_by(module)
    assert "duologue.websockets" in loaded
    heavy = {"anyio", "asyncio", "trio", "inspect", "dataclasses", "ssl", "socket", "logging"}
    assert not loaded & heavy


def test_the_library_requires_two_packages():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    required = [entry.partition(">=")[0] for entry in project["dependencies"]]
    assert required == ["anyio", "multidict"]


def test_every_module_says_what_it_is_for():
    without = [str(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text()))]
    assert without == []
