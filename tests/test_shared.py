"""What many tests share fails once, with its own message."""

from pathlib import Path

import pytest
import shared

pytest_plugins = ["pytester"]

HOOKS = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from shared import (
    pytest_handlecrashitem,
    pytest_runtest_makereport,
    pytest_runtest_setup,
    pytest_sessionfinish,
)
"""


@pytest.fixture
def run(pytester):
    """Run a module of tests with the hooks: its report."""

    def run(source, *options, **outcomes):
        pytester.makeconftest(HOOKS)
        pytester.makepyfile(test_it=source)
        result = pytester.runpytest("-p", "no:cacheprovider", "-W", "ignore", *options)
        result.assert_outcomes(**outcomes)
        return result.stdout.str()

    return run


FUTURE = """
import concurrent.futures, pytest
future = concurrent.futures.Future()
future.set_exception(LookupError("full moon\\nand more"))

@pytest.mark.parametrize("number", range(90))
def test_one(number):
    future.result()
"""


def test_an_exception_of_a_future_is_shown_once(run):
    shown = run(FUTURE, failed=90)
    assert shown.count("def test_one(number):") == 1
    assert shown.count("               LookupError: full moon") == 1
    pointer = "the same failure: LookupError: full moon (see test_it.py::test_one[0])"
    assert shown.count(f"\n{pointer}\n") == 89


FIXTURE = """
import pytest

@pytest.fixture(scope="module")
def table():
    raise LookupError("full moon")

def test_one(table): pass
def test_two(table): pass
def test_three(table): pass
"""


def test_a_fixture_that_fails_is_shown_once(run):
    shown = run(FIXTURE, errors=3)
    assert shown.count("E       LookupError: full moon") == 1
    assert (
        shown.count("\nthe same failure: LookupError: full moon (see test_it.py::test_one)\n") == 2
    )


REMEMBERED = """
from shared import remember

calls = []

@remember
def measure(what):
    calls.append(what)
    raise LookupError("full moon")

def test_one(): measure("sky")
def test_two(): measure("sky")
def test_three(): assert calls == ["sky"]
"""


def test_a_function_that_fails_is_called_once(run):
    shown = run(REMEMBERED, failed=2, passed=1)
    assert (
        shown.count("\nthe same failure: LookupError: full moon (see test_it.py::test_one)\n") == 1
    )


def test_a_function_that_works_is_called_once():
    calls = []
    measure = shared.remember(lambda what: calls.append(what) or len(calls))
    assert [measure("sky"), measure("sky"), measure("sea")] == [1, 1, 2]


BREAKS = """
import pytest
from shared import watch

alive = True

@pytest.fixture(scope="module")
def server():
    with watch("the server", lambda: None if alive else "it has ended with status -9") as server:
        yield server

@pytest.fixture(scope="module")
def other():
    with watch("the other", lambda: None) as other:
        yield other

def test_passes(server): pass
def test_fails_for_itself(server): assert 0
def test_still_works(server): pass
def test_breaks(server, other):
    global alive
    alive = False
    assert 0, "no answer"
def test_needs_it(server): raise AssertionError("is never called")
def test_needs_it_too(server): raise AssertionError("is never called")
def test_needs_the_other(other): pass
"""


def test_what_breaks_is_handed_to_no_further_test(run):
    shown = run(BREAKS, passed=3, failed=2, errors=2)
    assert "is never called" not in shown.partition("short test summary")[0].replace(BREAKS, "")
    assert shown.count("Broken from here on") == 1
    broken = "what it needs is broken: it has ended with status -9 (see test_it.py::test_breaks)"
    assert shown.count(f"\n{broken}\n") == 2


DIES = """
import pytest
from shared import watch

log = [f"line {number}\\n" for number in range(100)]

@pytest.fixture(scope="module")
def server():
    with watch("the server", lambda: "it has ended with status 0", log) as server:
        yield server

def test_breaks(server): raise LookupError("\\n".join(["no answer", *"abcdefghijkl"]))
def test_needs_it(server): pass
"""


@pytest.mark.parametrize("options", [[], ["-n", "1"]], ids=["here", "in a worker"])
def test_what_has_failed_is_said_once_more_at_the_end(run, options):
    shown = run(DIES, *options, failed=1, errors=1)
    end = shown.rpartition(" what has failed, once more ")[2].splitlines()
    assert end[1:13] == [
        "test_it.py::test_breaks (call)",
        "    no answer",
        *(f"    {letter}" for letter in "abcdefghi"),
        "    [3 lines more]",
    ]
    assert end[13:] == [
        "    it has ended with status 0",
        *(f"    line {number}" for number in range(60, 100)),
    ]


def test_nothing_is_said_once_more_where_nothing_has_failed(run):
    assert "once more" not in run("def test_one(): pass", passed=1)


ENDS = """
import os, pytest

@pytest.mark.parametrize("number", range(9))
def test_one(number):
    if number == 4:
        os._exit(1)
"""


def test_a_test_that_ends_its_process_has_failed_once(run):
    shown = run(ENDS, "-n", "1", "--dist", "loadfile", passed=8, failed=1)
    end = shown.rpartition(" what has failed, once more ")[2].splitlines()
    assert end[1:] == [
        "test_it.py::test_one[4] (???)",
        "    worker 'gw0' crashed while running 'test_it.py::test_one[4]'",
    ]


HANGS = """
import threading, pytest

def wait():
    threading.Event().wait()

@pytest.mark.parametrize("number", range(3))
def test_one(number):
    if number == 1:
        wait()
"""


def test_a_test_that_hangs_fails_and_says_where(run, pytester):
    shown = run(HANGS, "--timeout", "0.5", passed=2, failed=1)
    end = shown.rpartition(" what has failed, once more ")[2].splitlines()
    assert end[1:3] == [
        "test_it.py::test_one[1] (call)",
        "    Timeout (>0.5s) from pytest-timeout.",
    ]
    assert f"    {pytester.path / 'test_it.py'}:4 in wait" in end[3:]


SKIPS = """
import pytest

@pytest.fixture(scope="module")
def chromium():
    pytest.skip("no Chromium")

def test_one(chromium): pass
def test_two(chromium): pass
"""


def test_what_is_skipped_stays_skipped(run):
    run(SKIPS, skipped=2)


def test_a_server_that_answers_is_not_silent(monkeypatch):
    monkeypatch.setattr(shared, "MOMENT", 0.05)
    with shared.socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        assert shared.silence(host, port) == "it has said nothing for 0.05 s"
        connection, _ = listener.accept()  # the first one, which has given up
        connection.close()
    assert shared.silence(host, port) == "it does not listen any more"
