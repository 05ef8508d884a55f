"""Which installed distributions a program needs, and whether the browser can have them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.metadata import packages_distributions as installed_packages
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from docs_tools.project.requirements import imports

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

OWN = "duologue"

FALLBACKS = frozenset({"markupsafe", "multidict"})
"""Distributions that do without their compiled part, in pure Python."""

PROCESSES = frozenset({"hypercorn"})
"""Distributions that cannot be imported where there are no processes."""

# What the markers of requirements are asked for: Pyodide's Python.
BROWSER = {
    "extra": "",
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "wasm32",
    "platform_python_implementation": "CPython",
    "platform_system": "Emscripten",
    "python_full_version": "3.14.2",
    "python_version": "3.14",
    "sys_platform": "emscripten",
}


class PackageError(Exception):
    """A distribution cannot be had in the browser; the message says which one, and why."""


@dataclass(frozen=True)
class Package:
    """A distribution, as the browser is given it.

    Attributes:
        name: Its normalized name.
        modules: The names of its modules and packages that can be imported.
        requires: The normalized names of those that it needs.
    """

    name: str
    modules: tuple[str, ...]
    requires: tuple[str, ...]


@cache
def package(name: str) -> Package:
    """Look at a distribution that is installed.

    Raises:
        PackageError: It is not installed, or cannot do without what a browser has not.
    """
    try:
        found = distribution(name)
    except PackageNotFoundError:
        raise PackageError(f"{name} is not installed") from None
    if name != OWN and name not in FALLBACKS and not is_pure(found):
        raise PackageError(f"{name} has a compiled part")
    if name in PROCESSES:
        raise PackageError(f"{name} starts processes")
    return Package(name, tuple(modules_of(name)), tuple(requirements(found)))


def is_pure(found: Distribution) -> bool:
    """Whether a distribution is Python alone, as its wheel says."""
    return "Root-Is-Purelib: true" in (found.read_text("WHEEL") or "")


def requirements(found: Distribution) -> Iterator[str]:
    """The names of the distributions that one needs in the browser."""
    for line in found.requires or ():
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate(BROWSER):
            yield canonicalize_name(needed.name)


def modules_of(name: str) -> Iterator[str]:
    """The names that a distribution lets one import."""
    if name == OWN:
        yield OWN  # an editable installation does not list its files
    else:
        for module, owners in providers().items():
            if name in owners:
                yield module


@cache
def providers() -> dict[str, frozenset[str]]:
    """The normalized names of the distributions that have a module, by the module's name."""
    return {
        module: frozenset(map(canonicalize_name, names))
        for module, names in sorted(installed_packages().items())
    }


def closure(names: Iterable[str]) -> list[Package]:
    """Distributions and all that they need, in order of their names.

    Raises:
        PackageError: One of them cannot be had.
    """
    found: dict[str, Package] = {}
    waiting = [*names]
    while waiting:
        name = waiting.pop()
        if name not in found:
            try:
                found[name] = package(name)
            except PackageError as error:
                path = f" ({', '.join(names)} needs it)" if name not in names else ""
                raise PackageError(f"{error}{path}") from None
            waiting += found[name].requires
    return [found[name] for name in sorted(found)]


def needed_by(program: Path) -> set[str]:
    """The distributions that a program imports, by name, without those that these need.

    Raises:
        PackageError: Nothing that is installed has such a module.
    """
    found: set[str] = set()
    for module in imports(program.read_text(encoding="utf-8")):
        if module in sys.stdlib_module_names or module == "__future__":
            continue
        if module == OWN:
            found.add(OWN)
        elif module in providers():
            found |= providers()[module]
        else:
            raise PackageError(f"nothing that is installed has a module {module}")
    return found
