"""A script plays against any ASGI application, in process as on a real server."""

from pathlib import Path

import anyio
import pytest
from conversations import CONVERSATIONS, FRAMEWORKS, ON_TRIO, holds, script_of
from patience import MOMENT
from running_server import serve

from duologue.cli import main
from duologue.scripts import ScriptFailure, play
from duologue.scripts.apps import load_beside


def load(framework):
    """Load an application afresh, as it is done for a script that lies beside it."""
    return load_beside(Path(__file__).with_name(f"in_{framework}.duo"))


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


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_scripts_on_uvicorn(framework):
    with serve(load(framework), lifespan="auto") as url:
        verdicts = {name: verdict(name, url) for name in CONVERSATIONS}
    assert verdicts == {name: holds(framework, name) for name in CONVERSATIONS}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_command_plays_against_an_application(framework, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(Path(__file__).parent)
    script = tmp_path / "echo.duo"
    script.write_text(CONVERSATIONS["echo"])
    assert main(["play", str(script), "--app", f"in_{framework}:app"]) == 0
    assert capsys.readouterr().out.endswith("1 script holds\n")
