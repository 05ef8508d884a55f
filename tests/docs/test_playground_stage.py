"""The stage that runs in the browser, here on the Python that runs the tests."""

import asyncio
import json

import anyio
import pytest
from patience import MOMENT

from docs_tools.playground.stage import Stage, mend

ECHO = """\
from duologue import Duologue, WebSocketRoute


async def ws(websocket):
    await websocket.accept()
    async for message in websocket.iter_text():
        LINE


app = Duologue(routes=[WebSocketRoute("/ws", ws)])
"""
SCRIPT = '> open /ws\n# Hello?\n< accept\n> "hello"\n< "hello"\n> close 1000\n'


@pytest.fixture(scope="module")
def anyio_backend():
    return "asyncio"  # the only one of Pyodide


@pytest.fixture
def play(tmp_path):
    async def play(line="await websocket.send_text(message)", script=SCRIPT, program=ECHO):
        reports = []
        stage = Stage(lambda report: reports.append(json.loads(report)), tmp_path)
        with anyio.fail_after(MOMENT):
            await stage.play("page/name", program.replace("LINE", line), script, seconds=MOMENT)
        return reports

    return play


async def test_each_line_is_told_as_it_comes_true(play):
    *told, end = await play()
    assert told == [
        {"event": "told", "line": 1, "said": "> open /ws"},
        {"event": "told", "line": 3, "said": "< accept"},
        {"event": "told", "line": 4, "said": '> "hello"'},
        {"event": "told", "line": 5, "said": '< "hello"'},
        {"event": "told", "line": 6, "said": "> close 1000"},
    ]
    assert end == {"event": "held"}


async def test_what_differs_is_told_with_its_line(play):
    end = (await play("await websocket.send_text(message.upper())"))[-1]
    assert end == {
        "event": "failed",
        "what": "the server sent something else",
        "line": 5,
        "expected": '< "hello"',
        "got": '< "HELLO"',
        "why": "they differ from character 1 on",
        "crash": None,
    }


async def test_an_error_is_told_by_the_lines_of_the_program_alone(play):
    end = (await play("await websocket.close(9)"))[-1]
    assert (end["event"], end["line"], end["got"]) == ("failed", 5, "< close 1011")
    assert (end["crash"]["kind"], end["crash"]["line"]) == ("ValueError", 7)
    first, *frames, last = end["crash"]["text"].splitlines()
    assert first == "Traceback (most recent call last):"
    assert frames[:2] == [
        '  File "docs_src/page/name.py", line 7, in ws',
        "    await websocket.close(9)",
    ]
    assert "  File" not in "".join(frames[1:])
    assert last.startswith("ValueError: 9 is not a close code")


BROKEN = {
    "1 / 0": ("program", "ZeroDivisionError", 1),
    "app = (": ("program", "SyntaxError", 1),
    "if app:\napp = 1": ("program", "IndentationError", 2),
    "import anyio\nanyio.run(anyio.sleep, 0)": ("program", "RuntimeError", 2),
    "import sys\n\nsys.exit(1)": ("program", "SystemExit", 3),
    "application = 1": ("program", "AppError", None),
}


@pytest.mark.parametrize("program", BROKEN)
async def test_a_program_without_an_app_is_broken(play, program):
    (report,) = await play(program=program)
    where, kind, line = BROKEN[program]
    assert report["event"] == "broken"
    assert (report["where"], report["kind"], report["line"]) == (where, kind, line)
    assert "docs_src/page/name.py" in report["text"]
    assert "duologue" not in report["text"]


async def test_a_script_that_does_not_parse_is_broken(play, tmp_path):
    (report,) = await play(script="> open /ws\n< accpet\n")
    assert (report["event"], report["where"], report["line"]) == ("broken", "script", 2)
    assert report["text"].startswith("docs_src/page/name.duo:2:3: expected")


async def test_each_play_begins_anew(play):
    for said in ("hello", "good-bye"):
        reports = await play(f"await websocket.send_text({said!r})")
        assert [each["event"] for each in reports][-1] == ("held" if said == "hello" else "failed")


async def test_a_play_is_stopped_wherever_it_is(tmp_path):
    reports = []
    stage = Stage(lambda report: reports.append(json.loads(report)), tmp_path)
    stage.stop()
    program = ECHO.replace("LINE", "pass")
    for turns in range(40):
        playing = asyncio.ensure_future(stage.play("page/name", program, SCRIPT))
        for _ in range(turns):
            await asyncio.sleep(0)
        stage.stop()
        with anyio.fail_after(MOMENT):
            await playing
        assert reports[-1] == {"event": "stopped"}
    assert len(reports) > 40


def test_what_is_due_already_is_called_at_once():
    delays = []

    class Loop:
        def call_later(self, delay, callback, *, context=None):
            delays.append((delay, callback, context))

    loop = Loop()
    mend(loop)
    loop.call_later(-0.001, "early", context="a")
    loop.call_later(2, "late")
    assert delays == [(0, "early", "a"), (2, "late", None)]
