"""What a reader is told to install brings all that the programs of the pages import."""

import sys
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from docs_tools.project.requirements import BROUGHT, imports, requirements
from docs_tools.project.snippets import Snippet, snippets


@pytest.fixture(scope="module")
def providers():
    """The distributions that are installed here, by the modules that they have."""
    return {
        module: {canonicalize_name(name) for name in names}
        for module, names in packages_distributions().items()
    }


@pytest.mark.parametrize("snippet", snippets(), ids=lambda snippet: snippet.name)
def test_each_module_has_its_package(snippet, providers):
    named = {canonicalize_name(Requirement(each).name) for each in requirements(snippet)}
    needed = imports(snippet.program.read_text("utf-8")) - set(sys.stdlib_module_names) - BROUGHT
    assert {module for module in needed if not providers[module] & named} == set()


def test_packages_are_named_as_pip_takes_them():
    assert requirements(Snippet("websockets/echo")) == ["duologue[server,cli]"]
    assert requirements(Snippet("how_to/push")) == ["duologue[server,cli]", "fastapi", "pydantic"]
    assert requirements(Snippet("how_to/database")) == [
        "duologue[server,cli]",
        "sqlalchemy[asyncio]",
        "aiosqlite",
    ]
