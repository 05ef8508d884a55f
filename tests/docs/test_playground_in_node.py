"""Every snippet in Pyodide, on Node: the files of the site, and the JavaScript of the page."""

import gzip
import json
import subprocess
from collections import defaultdict

import pytest
from patience import BUILD, TEST

from docs_tools.node import node, tool
from docs_tools.playground.archives import BARE, MANIFEST, PLACE, prepare
from docs_tools.project.languages import ROOT
from docs_tools.project.snippets import NOT_IN_THE_BROWSER, snippets

pytestmark = pytest.mark.timeout(BUILD)  # the first test waits for the plays of all snippets

PLAYED = [each for each in snippets() if each.name not in NOT_IN_THE_BROWSER]
PLAYER = ROOT / "docs_tools" / "playground" / "play.mjs"

ECHO = next(each for each in PLAYED if each.name == "websockets/echo")
WRONG = {
    "exits": ("await websocket.accept()", "raise SystemExit"),
    "is_interrupted": ("await websocket.accept()", "raise KeyboardInterrupt"),
    "forgets_to_await": ("await websocket.accept()", "websocket.accept()"),
}


def job(name, program, script):
    return json.dumps({"name": name, "program": program, "script": script})


@pytest.fixture(scope="module")
def folder():
    return prepare()


@pytest.fixture(scope="module")
def reports(folder):
    """What is reported of each play, all of them one after the other in the same Python."""
    names, jobs = [], []
    for snippet in PLAYED:
        names.append(snippet.name)
        program, script = (path.read_text("utf-8") for path in (snippet.program, snippet.script))
        jobs.append(job(snippet.name, program, script))
    program, script = ECHO.program.read_text("utf-8"), ECHO.script.read_text("utf-8")
    for name, (line, instead) in WRONG.items():
        names.append(name)
        jobs.append(job(f"wrong/{name}", program.replace(line, instead), script))
    done = subprocess.run(
        [*node(), str(PLAYER), str(folder)],
        input="\n".join(jobs),
        capture_output=True,
        encoding="utf-8",
        timeout=TEST,
        check=False,
    )
    assert (done.returncode, done.stderr[-2000:]) == (0, "")
    found = defaultdict(list)
    for line in done.stdout.splitlines():
        report = json.loads(line)
        found[names[report.pop("number") - 1]].append(report)
    return found


@pytest.mark.parametrize("snippet", PLAYED, ids=lambda snippet: snippet.name)
def test_the_script_of_a_snippet_holds_in_the_browser(reports, snippet):
    *_, end, over = reports[snippet.name]
    assert (end, over["event"]) == ({"event": "held"}, "over")


def test_a_program_that_exits_leaves_python_alive(reports):
    end = reports["exits"][-2]
    assert (end["event"], end["got"], end["crash"]["kind"]) == (
        "failed",
        "< deny 500",
        "SystemExit",
    )


def test_a_program_that_interrupts_leaves_python_alive(reports):
    end = reports["is_interrupted"][-2]
    assert (end["event"], end["line"]) == ("broken", 6)


def test_what_is_never_awaited_is_said(reports):
    said = [each["text"] for each in reports["forgets_to_await"] if each["event"] == "printed"]
    assert any("'WebSocket.accept' was never awaited" in line for line in said)


def test_a_script_of_the_browser_needs_no_more_than_what_is_served(folder):
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    files = [f"{manifest['pyodide']['folder']}{name}.gz" for name in manifest["pyodide"]["sizes"]]
    files += [f"{each['file']}.gz" for each in manifest["archives"].values()]
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    bare = {f"{manifest['pyodide']['folder']}{name}" for name in ("pyodide.mjs", BARE)}
    assert there == {*files, *bare, MANIFEST}


def test_the_interpreter_is_the_one_from_npm(folder):
    for name in ("pyodide.asm.wasm", "pyodide.asm.mjs"):
        (served,) = folder.glob(f"pyodide-*/{name}.gz")
        assert gzip.decompress(served.read_bytes()) == tool(f"pyodide/{name}").read_bytes()


def test_what_is_loaded_at_the_first_play_stays_small(folder):
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    sizes = [*manifest["pyodide"]["sizes"].values(), manifest["archives"]["duologue"]["size"]]
    assert sum(sizes) <= 8_000_000


def test_a_page_that_nobody_plays_has_little_of_it():
    assets = ROOT / "docs_tools" / "theme" / "assets"
    files = [assets / name for name in ("playing.js", "dialogue.css")]
    assert sum(len(gzip.compress(path.read_bytes(), mtime=0)) for path in files) <= 4_000


def test_the_site_has_what_is_served(site, folder):
    assert (site / PLACE / MANIFEST).read_bytes() == (folder / MANIFEST).read_bytes()
