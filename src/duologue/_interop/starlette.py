"""Starlette in the same process: its routers ask our routes, and our routers ask its.

It is never imported: if nobody else has imported it, nobody needs it.
"""

import sys
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

_Error = TypeVar("_Error", bound=Exception)


def also_no_match(ours: type[_Error]) -> type[_Error]:
    """Make an error that is also Starlette's `NoMatchFound`, if Starlette is imported.

    Its routers ask the routes of the applications that are mounted in them, and take no other error
    for a no.
    """
    routing = _routing()
    return ours if routing is None else _both(cast("Any", ours), routing.NoMatchFound)


def url_path_of(route: object, name: str, parameters: Mapping[str, Any]) -> Any:
    """Look for the path of a name in a route of Starlette.

    Returns:
        Its `URLPath`, or `None` if the name is not there, or the route is not one of Starlette's.
    """
    routing = _routing()
    if routing is None or not isinstance(route, routing.BaseRoute):
        return None
    try:
        return cast("Any", route).url_path_for(name, **parameters)
    except routing.NoMatchFound:
        return None


def match_type(ours: type[Enum]) -> Any:
    """Return the `Match` that a router of Starlette compares with; ours if it is not imported."""
    return getattr(_routing(), "Match", ours)


def _routing() -> Any:
    return sys.modules.get("starlette.routing")


@cache
def _both(ours: Any, theirs: Any) -> Any:
    return type(ours.__name__, (ours, theirs), {"__module__": ours.__module__})
