"""Lazy imports: names of a package whose modules are imported when they are first asked for."""

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
