"""The stages of `make test`: each one runs, and the end says which of them failed."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import stages
from patience import PROCESS

ROOT = Path(__file__).parent.parent
MAKEFILE = """
check-ask: ; @echo what; echo > meeting; echo answer
check-answer: ; @echo yes; cat meeting; echo no
check-bad: ; @echo trouble >&2; false
check-last: ; @echo the end
check-hanging: ; @echo > meeting; exec sleep 600
"""

# The signal comes when the process runs, and nobody has taken it in hand.
ENDED_WHILE_ONE_BEGINS = """
import os, signal, subprocess, sys
from tests import stages

class Popen(subprocess.Popen):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        open("meeting").read()
        os.kill(os.getpid(), signal.SIGTERM)

subprocess.Popen = Popen
sys.exit(stages.main(sys.argv[1:]))
"""


@pytest.fixture
def start(tmp_path):
    """Start the stages of a Makefile, in a group of processes of its own."""
    (tmp_path / "Makefile").write_text(MAKEFILE)
    os.mkfifo(tmp_path / "meeting")  # who writes waits for one who reads
    started = []

    def start(*words, program=("-m", "tests.stages")):
        process = subprocess.Popen(
            [sys.executable, *program, *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):  # nothing of the group is left
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=PROCESS)


def test_every_stage_runs_and_those_that_failed_are_named(start):
    process = start("--beside", "bad", "--main", "bad", "last")
    shown, _ = process.communicate(timeout=PROCESS)
    assert process.returncode == 1
    assert len(re.findall(r"\n=== bad, (shown|begun) at [\d:]+\ntrouble\n", shown)) == 2
    assert re.search(r"\n=== last, begun at [\d:]+\nthe end\n", shown)
    assert shown.endswith("\nFAILED: bad bad\n")


@pytest.mark.parametrize(
    "words",
    [
        ("--beside", "ask", "answer"),
        ("--main", "ask", "--beside", "answer"),
        ("--main", "ask", "last", "--beside", "answer"),
    ],
)
def test_they_go_at_once_and_what_they_print_is_not_mixed(start, words):
    process = start(*words)
    shown, _ = process.communicate(timeout=PROCESS)
    assert process.returncode == 0
    assert re.search(r"\n=== ask, (shown|begun) at [\d:]+\nwhat\nanswer\n", shown)
    assert re.search(r"\n=== answer, shown at [\d:]+\nyes\n\nno\n", shown)
    passed = shown.rpartition("\nAll stages passed: ")[2]
    assert {*passed.split()} == {word for word in words if not word.startswith("--")}


@pytest.mark.parametrize("how", ["--beside", "--main"])
@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT])
def test_what_ends_them_ends_what_runs(start, tmp_path, how, ended_by):
    process = start(how, "hanging", "last", "last")
    (tmp_path / "meeting").read_text()
    if ended_by == signal.SIGTERM:
        process.terminate()
    else:
        os.killpg(process.pid, signal.SIGINT)
    # The pipe is closed once the last process that could write to it has gone.
    shown, _ = process.communicate(timeout=PROCESS)
    assert process.returncode == stages.INTERRUPTED
    assert "passed" not in shown
    assert re.search(r"\nENDED at [\d:]+: hanging\b.*\n$", shown)


@pytest.mark.parametrize("how", ["--beside", "--main"])
def test_what_ends_them_ends_a_stage_that_is_about_to_begin(start, how):
    process = start(how, "hanging", program=["-c", ENDED_WHILE_ONE_BEGINS])
    shown, _ = process.communicate(timeout=PROCESS)
    assert process.returncode == stages.INTERRUPTED
    assert re.search(r"\nENDED at [\d:]+: hanging\b.*\n$", shown)


@pytest.mark.parametrize("how", ["--beside", "--main"])
def test_a_stage_that_does_not_end_is_ended_and_the_others_run(start, tmp_path, how):
    process = start("--limit", "1", how, "hanging", "last")
    (tmp_path / "meeting").read_text()
    shown, _ = process.communicate(timeout=PROCESS)
    assert process.returncode == 1
    assert "\nhanging has not ended in 1 s, and is ended.\n" in shown
    assert shown.endswith("\nFAILED: hanging\n")
