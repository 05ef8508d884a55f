"""What the project is developed with runs on every release of a Python, from the first one on."""

import sys
from importlib.metadata import distributions

from packaging.specifiers import SpecifierSet


def test_everything_that_is_installed_runs_on_the_first_release_of_this_python() -> None:
    # The Python of Debian 12 is 3.11.2. Something that needs a later one cannot be installed there.
    first = f"{sys.version_info.major}.{sys.version_info.minor}.0"
    wanted = {
        f"{each.name} {each.version}": each.metadata.get("Requires-Python", "")
        for each in distributions()
    }
    assert len(wanted) > 50
    too_new = {
        name: specifier
        for name, specifier in wanted.items()
        if not SpecifierSet(specifier).contains(first)
    }
    assert too_new == {}, "pin an earlier version of these in constraints.txt"
