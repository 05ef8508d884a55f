"""Lazy imports: modules, and names of packages, that are imported when they are first asked for.

`import duologue.websockets` takes a third of the time that Starlette's takes: it leaves out what
most connections never need, which is AnyIO and what stands on it. No import hides in a function for
that. A module that is needed late is named at the top of the module that needs it, as any other:

    if TYPE_CHECKING:
        import anyio
    else:
        anyio = lazy_module("anyio")
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(
    package: str, modules: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make the functions `__getattr__` and `__dir__` of a package (PEP 562).

    Args:
        package: The name of the package.
        modules: For each name the module below the package that defines it.
    """
    attributes = vars(sys.modules[package])

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{modules[name]}"), name)
        attributes[name] = value
        return value

    def names() -> list[str]:
        return sorted({*attributes, *modules})

    return get, names


class _LazyModule:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


def lazy_module(name: str) -> Any:
    """A placeholder for a module until one of its attributes is used.

    `importlib.util.LazyLoader` does much the same, but has to find the module at once, and takes
    time to be imported itself.

    Args:
        name: The full name of the module.
    """
    return _LazyModule(name)
