import sys
from types import ModuleType

import pytest

from duologue._lazy import lazy, lazy_module


@pytest.fixture
def package(monkeypatch):
    """A package whose name `late` is defined by its module `inner`."""
    package, inner = ModuleType("some_package"), ModuleType("some_package.inner")
    inner.late = object()
    monkeypatch.setitem(sys.modules, package.__name__, package)
    monkeypatch.setitem(sys.modules, inner.__name__, inner)
    package.__getattr__, package.__dir__ = lazy(package.__name__, {"late": "inner"})
    return package


def test_a_name_is_what_its_module_has(package):
    assert package.late is sys.modules["some_package.inner"].late


def test_a_name_is_asked_for_once(package):
    first = package.late
    sys.modules["some_package.inner"].late = object()
    assert package.late is first


def test_another_name_is_not_there(package):
    with pytest.raises(AttributeError, match=r"^module 'some_package' has no attribute 'other'$"):
        _ = package.other


def test_names_are_listed_before_they_are_imported(package):
    assert {"late", "__name__"} <= set(dir(package))


def test_a_module_is_imported_when_something_of_it_is_asked_for(tmp_path, monkeypatch):
    (tmp_path / "needed_late.py").write_text("value = object()")
    monkeypatch.syspath_prepend(tmp_path)
    module = lazy_module("needed_late")
    assert "needed_late" not in sys.modules
    value = module.value
    assert sys.modules.pop("needed_late").value is value
