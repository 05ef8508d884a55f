"""Every script of the pages against a real server: the one of `make run`, a real uvicorn."""

import subprocess
import sys

import anyio
import pytest
from patience import PROCESS

from docs_tools.project.languages import ROOT
from docs_tools.project.snippets import snippets
from duologue.scripts import ScriptFailure, load, parse, play


def live(server, name):
    return server.replace("http", "ws", 1) + f"live/{name}"


@pytest.mark.parametrize("snippet", snippets(), ids=lambda snippet: snippet.name)
async def test_the_script_of_a_snippet_holds_on_a_real_server(server, snippet):
    with anyio.fail_after(2 * PROCESS):
        await play(load(snippet.script), live(server, snippet.name), timeout=PROCESS)


async def test_a_script_that_does_not_hold_fails_on_a_real_server(server):
    script = parse('> open /ws\n< accept\n> "hello"\n< "good-bye"\n> close\n')
    with (
        anyio.fail_after(2 * PROCESS),
        pytest.raises(ScriptFailure, match="Message text was: hello"),
    ):
        await play(script, live(server, "websockets/echo"), timeout=PROCESS)


async def test_a_snippet_that_is_not_live_is_refused(server):
    script = parse("> open /ws\n< deny 403\n")
    with anyio.fail_after(2 * PROCESS):
        await play(script, live(server, "websockets/nothing"), timeout=PROCESS)


def test_the_command_that_the_pages_show(server):
    script = "docs_src/websockets/echo.duo"
    ended = subprocess.run(
        [sys.executable, "-m", "duologue.cli", "play", script, "--url", live(server, script[9:-4])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PROCESS,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
