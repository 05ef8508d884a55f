import sys
from enum import Enum
from types import ModuleType

import pytest

from duologue._interop.starlette import also_no_match, match_type, url_path_of
from duologue.routing import NoMatchFound


@pytest.fixture
def starlette(monkeypatch):
    module = ModuleType("starlette.routing")

    class TheirError(Exception):
        def __init__(self, name, params):
            super().__init__("theirs")

    class TheirRoute:
        def url_path_for(self, name, /, **params):
            if name != "page":
                raise TheirError(name, params)
            return TheirPath("/pages/" + params["page"])

    class TheirPath(str):
        protocol = "http"
        host = "pages.example.com"

    module.NoMatchFound = TheirError
    module.BaseRoute = TheirRoute
    monkeypatch.setitem(sys.modules, "starlette.routing", module)
    return module


def test_without_starlette_the_error_is_ours_alone(monkeypatch):
    monkeypatch.delitem(sys.modules, "starlette.routing", raising=False)
    assert also_no_match(NoMatchFound) is NoMatchFound


def test_with_starlette_the_error_is_theirs_as_well(starlette):
    error = also_no_match(NoMatchFound)
    assert also_no_match(NoMatchFound) is error
    with pytest.raises(NoMatchFound) as raised:
        raise error("room", {"x": 1}, [("room", [])])
    assert isinstance(raised.value, starlette.NoMatchFound)
    assert type(raised.value).__name__ == "NoMatchFound"
    assert str(raised.value).startswith('No route exists for name "room" and params "x".')


def test_a_route_of_starlette_is_asked(starlette):
    route = starlette.BaseRoute()
    found = url_path_of(route, "page", {"page": "home"})
    assert (found, found.protocol, found.host) == ("/pages/home", "http", "pages.example.com")
    assert url_path_of(route, "room", {}) is None


@pytest.mark.usefixtures("starlette")
def test_what_else_there_may_be_is_not_asked():
    assert url_path_of(object(), "page", {}) is None


def test_without_starlette_nobody_is_asked(monkeypatch):
    monkeypatch.delitem(sys.modules, "starlette.routing", raising=False)
    assert url_path_of(object(), "page", {}) is None


def test_the_match_is_theirs_where_they_are_loaded(starlette, monkeypatch):
    ours = Enum("Match", "NONE FULL")
    starlette.Match = Enum("Match", "NONE PARTIAL FULL")
    assert match_type(ours) is starlette.Match
    monkeypatch.delitem(sys.modules, "starlette.routing")
    assert match_type(ours) is ours
