"""The library's own tests on the Python of the page, on Node: that is Python 3.14.

All that need no sockets, processes or threads: `tests/in_pyodide/left_out.toml` names the others.
"""

import json
import subprocess
import sysconfig
import tomllib
from collections import defaultdict
from contextlib import suppress

import pytest
from patience import BUILD, TEST

from docs_tools.node import node
from docs_tools.playground.archives import prepare
from docs_tools.project.languages import ROOT

TESTS = ROOT / "tests"
TABLE = TESTS / "in_pyodide" / "left_out.toml"
RUNNER = TESTS / "in_pyodide" / "run.mjs"


def read_left_out():
    """Read what is left out: names of folders, of files, and of tests, from `tests/` on."""
    entries = tomllib.loads(TABLE.read_text("utf-8"))["left_out"]
    assert all(entry["why"] for entry in entries)
    return [name for entry in entries for name in entry["what"]]


pytestmark = pytest.mark.timeout(BUILD)
LEFT_OUT = read_left_out()
FILES = sorted(path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py"))
RUN = [
    file
    for file in FILES
    if not any(file == name or (name.endswith("/") and file.startswith(name)) for name in LEFT_OUT)
]


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """What came of the tests of each file, and the last report as that of no file."""
    cache = ROOT / "build" / "pycache-in-pyodide"
    cache.mkdir(parents=True, exist_ok=True)
    job = {
        "site": str(prepare()),
        "project": str(ROOT),
        "packages": sysconfig.get_path("purelib"),
        "cache": str(cache),
        "files": [f"tests/{file}" for file in RUN],
        "left_out": [f"tests/{name}" for name in LEFT_OUT if "::" in name],
    }
    folder = tmp_path_factory.mktemp("in_pyodide")
    told, said = folder / "told", folder / "said"
    with told.open("w") as out, said.open("w") as errors, suppress(subprocess.TimeoutExpired):
        subprocess.run(
            [*node(), str(RUNNER)],
            input=json.dumps(job).encode(),
            stdout=out,
            stderr=errors,
            timeout=2 * TEST,
            check=False,
        )
    found = defaultdict(list)
    last = {}
    for line in told.read_text().splitlines():
        last = json.loads(line)
        if "begun" not in last:
            found[last.get("file", "").removeprefix("tests/")].append(last)
    # Node shows the line that an error is from, and one of Pyodide's has a million characters.
    lines = "\n".join(line[:300] for line in said.read_text().splitlines()[-60:])
    assert "status" in last, f"Python has not come to an end: {last}\n{lines}"
    return found


@pytest.mark.parametrize("file", RUN)
def test_the_tests_of_a_file_pass_in_pyodide(reports, file):
    failed = [each for each in reports[file] if each["outcome"] != "passed"]
    assert not failed, "\n\n".join(f"{each.get('test')}\n{each['text']}" for each in failed)
    assert reports[file], "none of its tests is run: it belongs into left_out.toml"


def test_what_is_left_out_exists(reports):
    (last,) = reports[""]
    assert last["unknown"] == []
    there = {*FILES, *(f"{file.partition('/')[0]}/" for file in FILES)}
    assert {name.partition("::")[0] for name in LEFT_OUT} <= there
    assert len(LEFT_OUT) == len(set(LEFT_OUT))
