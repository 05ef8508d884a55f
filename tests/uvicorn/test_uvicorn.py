"""What is imported, and what is said where it cannot be."""

import sys

import pytest


@pytest.fixture
def missing(monkeypatch):
    """Let a module be missing, and ours be imported anew."""

    def miss(name):
        for each in [*sys.modules]:
            if each.startswith(("duologue.uvicorn", f"{name}.")):
                monkeypatch.delitem(sys.modules, each)
        monkeypatch.setitem(sys.modules, name, None)

    return miss


@pytest.mark.parametrize("name", ["picows", "uvicorn"])
def test_the_remedy_is_named_where_something_is_missing(missing, name):
    missing(name)
    with pytest.raises(ModuleNotFoundError) as caught:
        import duologue.uvicorn  # noqa: F401
    assert str(caught.value) == (
        f'duologue.uvicorn needs {name}: pip install "duologue[fast]", '
        "or start uvicorn without its option --ws."
    )
    assert caught.value.name == name


def test_another_module_that_is_missing_is_named_as_it_is(missing):
    missing("duologue.uvicorn._protocol")
    with pytest.raises(ModuleNotFoundError, match=r"duologue\.uvicorn\._protocol"):
        import duologue.uvicorn  # noqa: F401
