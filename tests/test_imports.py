"""Imports go one way, and importing the library stays light."""

import ast
import functools
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from patience import PROCESS

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "duologue"

# The house, from the roof to the ground: a room imports from the floors below its own.
FLOORS = """
    __main__
    cli
    __init__
    applications  convertors
    routing       scripts
    middleware    testclient     connections  drain      proxies  _programs  _targets
    _adapters     authorization  endpoints    limits     origins  rooms  shutdown
    conversation  refusal        uvicorn
    websockets
    connection    responses
    _codec        _failures      _in_process    datastructures
    _asgi         exceptions
    _interop
    _concurrency  _copies        _lazy        _tracebacks  status  types
"""
HEIGHTS = {
    room: height for height, floor in enumerate(FLOORS.splitlines()) for room in floor.split()
}
# What only an extra brings, and what a plugin is loaded by.
OPTIONAL = {"websockets", "uvicorn", "picows", "trio", "pytest", "_pytest", "coredis"}
# What pytest and Pygments load through an entry point, each the only one that imports its package.
PLUGINS = {
    "duologue.scripts.pytest_plugin": "pytest",
    "duologue.scripts.pygments_lexer": "pygments",
}

MODULES = sorted(SOURCE.rglob("*.py"))


def room(path):
    """The file or folder directly below `duologue` that a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def dotted(path):
    """The name of the module that a file is."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def file_of(module):
    path = (ROOT / "src").joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@functools.cache
def tree_of(path):
    return ast.parse(path.read_text("utf-8"))


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


@functools.cache
def own_imports(path):
    """The modules of the library that a file imports."""
    parts = [name.split(".") for name in imports(tree_of(path))]
    assert all(top != "docs_tools" for top, *_ in parts), "the library never imports its site"
    return [
        ".".join(["duologue", *(rest or ["__init__"])]) for top, *rest in parts if top == "duologue"
    ]


def modules():
    return [pytest.param(path, id=str(path.relative_to(SOURCE))) for path in MODULES]


@pytest.mark.parametrize("path", modules())
def test_a_room_imports_from_the_floors_below_its_own(path):
    here = room(path)
    for name in own_imports(path):
        other = name.split(".")[1]
        assert other == here or HEIGHTS[other] > HEIGHTS[here], f"{here} imports {name}"


@pytest.mark.parametrize("path", modules())
def test_what_is_private_is_imported_in_its_own_package_alone(path):
    for name in own_imports(path):
        parent, _, last = name.rpartition(".")
        while parent:
            assert not is_private(last) or f"{dotted(path)}.".startswith(f"{parent}."), name
            parent, _, last = parent.rpartition(".")


def is_private(name):
    return name.startswith("_") and not name.endswith("__")


ROOMS = sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))


@pytest.mark.parametrize("house", ROOMS)
def test_the_modules_of_a_room_form_no_circle(house):
    graph = {
        dotted(path): {name for name in own_imports(path) if name.startswith(f"duologue.{house}")}
        for path in (SOURCE / house).rglob("*.py")
    }
    while graph:
        free = {name for name, needed in graph.items() if not needed & graph.keys() - {name}}
        assert free, f"these import each other: {sorted(graph)}"
        graph = {name: needed for name, needed in graph.items() if name not in free}


def test_every_room_stands_on_a_floor():
    assert {room(path) for path in MODULES} == HEIGHTS.keys()


def test_every_room_is_shown_to_newcomers():
    shown = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    hidden = {name for name in HEIGHTS if f"`{name}`" not in shown}
    assert hidden == {"__init__", "__main__"}


def is_optional(name):
    """Whether a module comes with an extra, or is one of ours that needs such a one."""
    top = name.split(".")[0]
    if top != "duologue":
        return top in OPTIONAL
    tree = tree_of(file_of(name))
    return any(needed.split(".")[0] in OPTIONAL for needed in imports(tree))


@pytest.mark.parametrize("path", modules())
def test_only_what_is_optional_is_imported_in_a_function(path):
    tree = tree_of(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert [name for name in imports(node) if not is_optional(name)] == []


@pytest.mark.parametrize("path", modules())
def test_nothing_needs_a_plugin_or_what_it_plugs_into(path):
    needed = set(imports(tree_of(path)))
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
    without = [str(path) for path in MODULES if not ast.get_docstring(tree_of(path))]
    assert without == []
