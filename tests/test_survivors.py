"""What is said of changes that the tests notice, and of those that they do not."""

import tomllib
from pathlib import Path

import pytest
import survivors

from docs_tools.project.languages import ROOT

LIST = (ROOT / "tests" / "survivors.toml").read_text(encoding="utf-8")
KNOWN = """
[[survivors]]
module = "limits"
why = "It does not matter."
lines = ["a = 2"]
"""


def difference(line):
    return f"# name: survived\n--- a.py\n+++ a.py\n@@ -1 +1 @@\n-    a = 1\n+    {line}\n b = 1\n"


def judge(became, line="a = 3", module="limits"):
    results = {f"duologue.{module}.x_f__mutmut_{n}": each for n, each in enumerate(became)}
    return survivors.judge(results, survivors.read_known(KNOWN), lambda name: difference(line))


def test_what_mutmut_tells_is_read():
    told = (
        "\n    duologue.limits.x_f__mutmut_1: killed\n    duologue.a.x_g__mutmut_2: not checked\n"
    )
    assert survivors.read_results(told) == {
        "duologue.limits.x_f__mutmut_1": "killed",
        "duologue.a.x_g__mutmut_2": "not checked",
    }
    assert survivors.changed_lines(difference("++a")) == ["++a"]


def test_all_is_well_where_every_change_is_noticed():
    said, well = judge(["killed"] * 9 + ["timeout"])
    assert well
    assert (
        said == "10 of 10 changes were noticed, 100.0 %. 0 others are not in tests/survivors.toml."
    )


def test_a_change_that_survives_is_shown():
    said, well = judge(["killed"] * 19 + ["survived"])
    assert not well
    assert "+    a = 3" in said
    assert said.endswith(
        "19 of 20 changes were noticed, 95.0 %. 1 others are not in tests/survivors.toml."
    )


@pytest.mark.parametrize("became", ["not checked", "no tests", "suspicious"])
def test_what_was_not_tried_was_not_noticed(became):
    assert not judge(["killed"] * 19 + [became])[1]


def test_a_change_that_is_listed_may_survive():
    assert judge(["killed"] * 19 + ["survived"], line="a = 2")[1]
    assert not judge(["killed"] * 19 + ["survived"], line="a = 2", module="origins")[1]


def test_too_many_may_not():
    assert not judge(["killed"] * 8 + ["survived"], line="a = 2")[1]


def test_the_list_is_about_modules_that_are_changed():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]
    paths = [Path(path).with_suffix("") for path in settings["only_mutate"]]
    modules = {".".join(path.relative_to("src/duologue").parts) for path in paths}
    assert {module for module, _ in survivors.read_known(LIST)} <= modules
    assert all(entry["why"] for entry in tomllib.loads(LIST)["survivors"])
