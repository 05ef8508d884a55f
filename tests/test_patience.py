"""Time limits of tests come from one place, where an environment variable scales them."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import patience
import pytest

FOLDER = Path(__file__).parent
FILES = sorted(path for path in FOLDER.rglob("*.py") if path.name != "patience.py")
LIMITS = {"fail_after", "wait", "join", "settimeout", "set_default_timeout", "result"}
LONG = 1  # what is shorter is waited for on purpose, since nothing will come


def bare_limits(source):
    """The lines in which a number of seconds stands where a limit belongs."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        values = [each.value for each in call.keywords if (each.arg or "").endswith("timeout")]
        if name in LIMITS:
            values += call.args[:1]
        if name == "create_connection":
            values += call.args[1:2]
        for value in values:
            number = value.value if isinstance(value, ast.Constant) else 0
            if type(number) in (int, float) and number >= LONG:
                found.append(call.lineno)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_a_limit_is_no_bare_number(path):
    source = path.read_text(encoding="utf-8")
    assert bare_limits(source) == [], "take MOMENT, PROCESS or another limit of tests/patience.py"


@pytest.mark.parametrize(
    ("source", "bare"),
    [
        ("with anyio.fail_after(5): pass", True),
        ("with anyio.fail_after(MOMENT): pass", False),
        ("process.wait(10)", True),
        ("thread.join(limit(10))", False),
        ("subprocess.run(words, timeout=60)", True),
        ("connect(url, open_timeout=20.0)", True),
        ("await failure(text, timeout=0.2)", False),
        ("', '.join(words)", False),
        ("future.result(10)", True),
        ("future.result()", False),
    ],
)
def test_bare_numbers_are_found(source, bare):
    program = f"async def test():\n    {source}\n"
    assert bare_limits(program) == [2] * bare


@pytest.mark.parametrize(("text", "factor"), [("", 1), ("1", 1), ("3", 3), ("0.5", 0.5)])
def test_a_factor_is_read(text, factor):
    assert patience.read_factor(text) == factor


@pytest.mark.parametrize("text", ["0", "-1", "soon", "nan", "inf"])
def test_what_is_no_factor_is_refused(text):
    with pytest.raises(patience.TimeLimitsError, match=f"TIME_LIMITS={text} is not a factor"):
        patience.read_factor(text)


def test_every_limit_is_scaled():
    program = "import patience; print(patience.MOMENT, patience.PROCESS, patience.TEST)"
    shown = {
        factor: subprocess.run(
            [sys.executable, "-c", program],
            cwd=FOLDER,
            env=os.environ | {"TIME_LIMITS": factor},
            capture_output=True,
            text=True,
            timeout=patience.PROCESS,
            check=True,
        ).stdout
        for factor in ("1", "3")
    }
    assert shown == {"1": "10.0 60.0 180.0\n", "3": "30.0 180.0 540.0\n"}


def test_a_test_that_hangs_is_ended(request):
    options = request.config.option
    assert (options.timeout, options.session_timeout) == (patience.TEST, patience.RUN)
    assert float(request.config.getini("faulthandler_timeout")) == patience.WORKER
    assert patience.TEST < patience.BUILD < patience.WORKER < patience.RUN < patience.STAGE
