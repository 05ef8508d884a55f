"""A script plays against any ASGI application, in process as on a real server."""

import os
import re
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from conversations import CONVERSATIONS, FRAMEWORKS, ON_TRIO, holds, script_of
from patience import MOMENT, PROCESS
from running_server import serve

from docs_tools.project.languages import ROOT, languages
from duologue._programs import load_beside
from duologue.cli import main
from duologue.scripts import ScriptFailure, play
from duologue.testclient import TestClient

FOLDER = Path(__file__).parent


def load(framework):
    """Load an application afresh, as it is done for a script that lies beside it."""
    return load_beside(FOLDER / f"foreign_{framework}.duo")


def verdict(name, target, backend="asyncio"):
    """Play a script; tell whether it holds."""

    async def run():
        with anyio.fail_after(MOMENT):
            await play(script_of(name), target)

    try:
        anyio.run(run, backend=backend)
    except ScriptFailure:
        return False
    return True


@pytest.mark.parametrize("name", CONVERSATIONS)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_script_in_process(framework, name):
    assert verdict(name, load(framework)) == holds(framework, name)


@pytest.mark.parametrize("name", CONVERSATIONS)
@pytest.mark.parametrize("framework", sorted(ON_TRIO))
def test_a_script_in_process_on_trio(framework, name):
    assert verdict(name, load(framework), "trio") == holds(framework, name)


@pytest.mark.parametrize("framework", sorted(set(FRAMEWORKS) - ON_TRIO))
def test_the_others_need_asyncio(framework):
    # In a process of its own: they leave tasks behind that no event loop ends.
    code = f"from test_foreign import *; print(verdict('echo', load('{framework}'), 'trio'))"
    folders = os.pathsep.join([str(FOLDER), str(FOLDER.parent), str(ROOT), *sys.path])
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": folders},
        capture_output=True,
        text=True,
        timeout=PROCESS,
        check=False,
    )
    assert ended.stdout == "False\n", ended.stderr


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_test_client_talks_with_it(framework):
    with TestClient(load(framework)) as client, client.websocket_connect("/echo") as session:
        session.send_text("hello")
        assert session.receive_text() == "hello"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_scripts_on_uvicorn(framework):
    with serve(load(framework), lifespan="auto") as url:
        verdicts = {name: verdict(name, url) for name in CONVERSATIONS}
    assert verdicts == {name: holds(framework, name) for name in CONVERSATIONS}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_command_plays_against_an_application(framework, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(FOLDER)
    script = tmp_path / "echo.duo"
    script.write_text(CONVERSATIONS["echo"])
    assert main(["play", str(script), "--app", f"foreign_{framework}:app"]) == 0
    assert capsys.readouterr().out.endswith("1 script passes\n")


def row_of(framework):
    """What the page for users of other frameworks has to say about one."""

    def of(kind):
        return next(
            name.removeprefix(kind)
            for name in CONVERSATIONS
            if name.startswith(kind) and holds(framework, name)
        )

    return [
        "✓" if holds(framework, "denied") else "✗",
        of("no route: "),
        of("an exception: "),
        "✓" if framework in ON_TRIO else "✗",
    ]


@pytest.mark.parametrize("language", [each.code for each in languages()])
def test_the_table_of_the_page_says_what_they_do(language):
    text = (ROOT / "docs" / language / "others.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (?:Django )?(\w+) \| ((?:[✓✗0-9]+ \| ?){4})$", text, re.MULTILINE))
    said = {name.lower(): row.strip("| ").split(" | ") for name, row in rows.items()}
    assert said == {framework: row_of(framework) for framework in FRAMEWORKS}
