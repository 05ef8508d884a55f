import subprocess
import sys

import pytest
from patience import PROCESS

from duologue import scripts


def test_every_name_is_there():
    for name in scripts.__all__:
        assert getattr(scripts, name).__doc__
        assert name in dir(scripts)


def test_no_other_name_is_there():
    with pytest.raises(AttributeError, match="has no attribute 'record'"):
        scripts.record  # noqa: B018


def test_reading_scripts_needs_no_event_loop():
    code = (
        "import sys, duologue.scripts; print({'anyio', 'asyncio', 'websockets'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PROCESS
    )
    assert done.stdout.strip() == "set()"


def test_earlier_names_are_there():
    assert scripts.Close is scripts.ClientClose
    assert scripts.Closed is scripts.ServerClose
    assert scripts.Hear is scripts.ServerMessage
    assert scripts.Heard is scripts.Expected
    assert scripts.Say is scripts.ClientMessage
    assert scripts.Spoken is scripts.Sent
    assert scripts.Recorder.say is scripts.Recorder.send
    assert scripts.Recorder.hear is scripts.Recorder.receive
