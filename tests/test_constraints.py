"""What the project is developed with runs on every supported Python, from its first release."""

import tomllib
from importlib.metadata import distributions
from pathlib import Path

from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent
PYTHON = "Programming Language :: Python :: 3."


def first_releases() -> list[str]:
    """The first release of each Python that the project supports."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    minors = [each.removeprefix(PYTHON) for each in project["classifiers"] if PYTHON in each]
    return [f"3.{minor}.0" for minor in minors]


def test_everything_that_is_installed_runs_on_every_python() -> None:
    # The Python of Debian 12 is 3.11.2, and a release later than that may be asked for.
    pythons = first_releases()
    assert pythons[0] == "3.11.0"
    wanted = {
        f"{each.name} {each.version}": SpecifierSet(each.metadata["Requires-Python"] or "")
        for each in distributions()
    }
    assert len(wanted) > 50
    too_new = {
        name: str(specifier)
        for name, specifier in wanted.items()
        if not all(specifier.contains(python) for python in pythons)
    }
    assert too_new == {}, "pin an earlier version of these in constraints.txt"
