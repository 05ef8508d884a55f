"""What stands in Pyodide where a test file imports something that is not to be had there.

So the file can be read, and the tests that do without are run. What nobody can do without fails
when it is called, and `left_out.toml` names the tests that do.
"""

from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

ABSENT = {
    "hypercorn",
    "hypercorn.middleware",
    "msgspec",
    "orjson",
    "time_machine",
    "trio",
    "trio.testing",
    "uvloop",
}


class Absent(ModuleType):
    """A module that is not there, and everything in it."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self.__name__}.{name}")

    def __call__(self, *_, **__):
        raise NotImplementedError(f"{self.__name__} is not to be had in Pyodide")


class Anything:
    """A strategy of Hypothesis, and whatever is made of it: nothing is drawn from it."""

    def __call__(self, *_, **__):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __or__(self, _):
        return self


class Settings:
    """Those of Hypothesis."""

    def __init__(self, *_, **__):
        pass

    def __call__(self, test):
        return test

    @staticmethod
    def register_profile(*_, **__):
        pass

    @staticmethod
    def load_profile(_):
        pass


def drawn(*_, **__):
    """Mark a test: what it is given is drawn, or is an example of that."""
    return pytest.mark.drawn


HYPOTHESIS = {
    "example": drawn,
    "given": drawn,
    "settings": Settings,
    "strategies": Anything(),
}


class Finder(MetaPathFinder, Loader):
    """It comes before those that would find what is installed, and cannot be imported."""

    def find_spec(self, name, path, target=None):
        if name in ABSENT or name == "hypothesis":
            return ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return Absent(spec.name)

    def exec_module(self, module):
        if module.__name__ == "hypothesis":
            vars(module).update(HYPOTHESIS)
