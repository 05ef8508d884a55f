"""Python in a worker of the page, in Chromium: how plays begin, end and are stopped."""

import json
import queue

import pytest
from browsing import serving
from patience import MOMENT
from playwright.sync_api import expect
from sayings import SAYINGS

from docs_tools.project.browsers import why_not
from docs_tools.project.snippets import Snippet, snippets
from duologue.scripts import load

ECHO = Snippet("websockets/echo")
ACCEPTS = "await websocket.accept()"

# What the page does when the reader plays something.
SETUP = """async () => {
    const { Session } = await import("/assets/playground/session.mjs")
    window.session = new Session(new URL("/assets/python/", location))
    window.begin = (job, listener) => session[job.address ? "playOnServer" : "play"](job, listener)
    window.play = async job => {
        const reports = []
        reports.push(await begin(job, report => reports.push(report)))
        return reports.filter(({ event }) => event !== "loading")
    }
}"""
STOP = """async ([job, after]) => {
    let begun
    const has_begun = new Promise(resolve => { begun = resolve })
    const listen = ({ event, line }) => { if (event === after || line === after) begun() }
    const end = begin(job, listen)
    await has_begun
    await session.stop()
    return end
}"""


def job(change="", program=None):
    program = program or ECHO.program.read_text("utf-8")
    assert ACCEPTS in program
    return {
        "name": "websockets/echo",
        "program": program.replace(ACCEPTS, f"{ACCEPTS}\n    {change}") if change else program,
        "script": ECHO.script.read_text("utf-8"),
        "seconds": 60,
    }


@pytest.fixture(scope="module")
def page(long_visit):
    """A page in which Python stays for all who do not end it."""
    # Chromium logs a denied handshake, and some scripts expect one.
    with long_visit("websockets/", forgiven="WebSocket connection to") as page:
        page.evaluate(SETUP)
        yield page


@pytest.fixture
def new_page(visit):
    """A page in which nothing has been played yet."""
    with visit("websockets/") as page:
        page.evaluate(SETUP)
        yield page


def play(page, *arguments):
    return page.evaluate("job => play(job)", job(*arguments))


def events(reports):
    return [report["event"] for report in reports]


def test_a_program_holds_its_conversation_in_the_page(page):
    reports = play(page)
    assert events(reports) == ["ready", *["told"] * 5, "held"]
    assert [each["line"] for each in reports[1:-1]] == [2, 3, 4, 5, 6]


def workers(page):
    """Those of the page; its search has one, too."""
    return [worker for worker in page.workers if "playground" in worker.url]


def test_nothing_is_loaded_before_somebody_plays_and_leaving_leaves_no_worker(new_page):
    assert workers(new_page) == []
    play(new_page)
    assert len(workers(new_page)) == 1
    new_page.goto("about:blank")
    expect(new_page).to_have_url("about:blank")
    assert workers(new_page) == []


def test_the_worker_stays_for_the_next_play(page):
    play(page)
    page.evaluate("window.worker = session.worker")
    printed, *told = sorted(events(play(page, 'print("again")'))[1:-1])
    assert (printed, told) == ("printed", ["told"] * 5)
    assert page.evaluate("session.worker === worker")


def test_a_mistake_is_shown_by_the_lines_of_the_reader(page):
    end = play(page, "1 / 0")[-1]
    assert (end["event"], end["crash"]["line"]) == ("failed", 7)
    assert "~~^~~" in end["crash"]["text"]


def test_a_play_that_waits_is_stopped_and_the_worker_stays(page):
    play(page)
    page.evaluate("window.worker = session.worker")
    waiting = job("import anyio; await anyio.sleep_forever()")
    assert page.evaluate(STOP, [waiting, 3])["event"] == "stopped"
    assert page.evaluate("session.worker === worker")
    assert play(page)[-1]["event"] == "held"


def test_an_endless_loop_is_stopped_and_the_page_lives_on(page):
    assert page.evaluate(STOP, [job("while True: pass"), "ready"])["event"] == "stopped"
    assert play(page)[-1]["event"] == "held"


def test_what_is_being_loaded_is_kept_when_a_play_is_stopped(new_page):
    page = new_page
    assert page.evaluate(STOP, [job(), "loading"])["event"] == "stopped"
    page.evaluate("window.worker = session.worker")
    assert play(page)[-1]["event"] == "held"
    assert page.evaluate("session.worker === worker")


def test_another_play_takes_the_place_of_the_one_that_goes_on(page):
    play(page)
    ends = page.evaluate(
        "([first, second]) => Promise.all([first, second].map(job => play(job)))",
        [job("import anyio; await anyio.sleep_forever()"), job()],
    )
    assert [each[-1]["event"] for each in ends] == ["stopped", "held"]


def test_what_cannot_be_loaded_is_lost_and_may_be_tried_again(visit):
    with visit("websockets/", forgiven=("Failed to load", "503")) as page:
        page.evaluate(SETUP)
        page.route("**/python_stdlib.zip.gz", lambda route: route.fulfill(status=503))
        assert play(page)[-1]["event"] == "lost"
        page.unroute("**/python_stdlib.zip.gz")
        assert play(page)[-1]["event"] == "held"


def test_what_a_program_imports_is_fetched_when_it_is_needed(page):
    asked = []
    page.context.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    play(page)
    assert "starlette.zip.gz" not in asked
    snippet = Snippet("frameworks/in_starlette")
    page.evaluate(
        "job => play(job)",
        {
            "name": snippet.name,
            "program": snippet.program.read_text("utf-8"),
            "script": snippet.script.read_text("utf-8"),
        },
    )
    assert asked.count("starlette.zip.gz") == 1


def on_server(page, address, script):
    """How a play against a server ends."""
    job = {"name": "page/name", "address": address, "script": script, "seconds": MOMENT}
    return page.evaluate("job => play(job)", job)


@pytest.fixture(scope="module")
def live(server):
    """Where the server of the page has the program of a snippet."""
    return lambda name: f"{server.replace('http', 'ws')}live/{name}"


@pytest.mark.parametrize(
    "snippet",
    [each for each in snippets() if why_not(load(each.script)) is None],
    ids=lambda snippet: snippet.name,
)
def test_a_script_that_a_browser_can_play_holds_on_the_server(page, live, snippet):
    script = snippet.script.read_text("utf-8")
    end = on_server(page, live(snippet.name), script)[-1]
    is_hidden = "< deny" in script or "< accept\n " in script
    assert end == {"event": "held", "unseen": is_hidden} | {"number": end["number"]}


FAILURES = [
    (
        "websockets/echo",
        '> open /ws\n< accept\n> "hi"\n< "hi"\n> close\n',
        '< "Message text was: hi"',
    ),
    ("websockets/echo", "> open /ws\n    subprotocols: a\n< accept a\n> close\n", "< deny …"),
    ("application/app_state", "> open /nowhere\n< accept\n> close\n", "< deny …"),
    ("websockets/echo", "> open /ws\n< deny 403\n", "< accept"),
]


@pytest.mark.parametrize(("name", "script", "got"), FAILURES)
def test_what_does_not_hold_on_the_server_is_told_with_its_line(page, live, name, script, got):
    end = on_server(page, live(name), script)[-1]
    assert (end["event"], end["got"]) == ("failed", got)
    assert script.splitlines()[end["line"] - 1] == end["expected"].replace("…", "403")


class Ear:
    """An application that keeps what it hears, and says it again."""

    def __init__(self):
        self.heard = queue.Queue()

    async def __call__(self, scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            text, data = message.get("text"), message.get("bytes")
            self.heard.put(data if text is None else text)
            await send({"type": "websocket.send", "text": text, "bytes": data})
        self.heard.put(message["code"])


@pytest.fixture(scope="module")
def ear():
    ear = Ear()
    with serving(ear) as address:
        yield ear, address.replace("http", "ws").rstrip("/")


def hear(ear, number):
    return [ear.heard.get(timeout=MOMENT) for _ in range(number)]


def test_what_travels_is_what_the_library_sends(page, ear):
    ear, address = ear
    lines = ["> open /", "< accept"]
    for said, sent in SAYINGS.items():
        lines += [
            f"> {said}",
            f"< {json.dumps(sent) if isinstance(sent, str) else '0x' + sent.hex()}",
        ]
    lines += ['> close 3000 "é"', ""]
    reports = on_server(page, address, "\n".join(lines))
    assert reports[-1]["event"] == "held"
    assert hear(ear, len(SAYINGS) + 1) == [*SAYINGS.values(), 3000]


def test_a_play_against_a_server_that_is_stopped_leaves_no_connection(page, ear):
    ear, address = ear
    waiting = {"name": "page/name", "address": address, "seconds": 60}
    script = '> open /\n< accept\n> "hello"\n< "hello"\n< "more"\n> close\n'
    assert page.evaluate(STOP, [waiting | {"script": script}, 4])["event"] == "stopped"
    assert hear(ear, 2) == ["hello", 1005]


TALK = """async job => {
    const reports = []
    const listen = report => {
        reports.push(report.said ?? report.event)
        if (report.event === "listening") session.tell({ do: "open", client: "ada", path: "/ws" })
        if (report.said === "ada< accept") session.tell({ do: "say", client: "ada", text: "hi" })
        if (report.said?.startsWith('ada< "')) session.tell({ do: "leave" })
    }
    const { event, script } = await session.talk(job, listen)
    return [event, script]
}"""


def test_the_reader_talks_to_a_program(page):
    said = '> open /ws\n< accept\n> "hi"\n< "Message text was: hi"\n> close 1000\n'
    assert page.evaluate(TALK, job()) == ["kept", said]
    assert page.evaluate("job => play(job)", job() | {"script": said})[-1]["event"] == "held"


EDIT = """async () => {
    const { edit } = await import("/assets/python/editor.mjs")
    const parent = document.createElement("div")
    document.querySelector("main").prepend(parent)
    window.done = []
    const [run, leave] = ["run", "leave"].map(what => () => done.push([what, editor.text]))
    const label = "The program"
    window.editor = edit({ parent, text: TEXT, language: "python", label, run, leave })
}"""


def test_the_editor_of_a_program(page):
    page.evaluate(EDIT.replace("TEXT", json.dumps("def f():\n    return 1\n")))
    box = page.get_by_role("textbox", name="The program")
    expect(page.locator(".cm-line .tok-keyword")).to_have_text(["def", "return"])
    page.evaluate("editor.mark({ wrong: [2, 99] })")
    expect(page.locator(".cm-wrong")).to_have_text(["    return 1"])
    box.focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("End")
    page.keyboard.type("\nx = 2")  # indented as the line above wants it
    expect(page.locator(".cm-wrong")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    changed = "def f():\n    x = 2\n    return 1\n"
    assert page.evaluate("done")[0] == ["run", changed]
    assert page.evaluate("done")[1][0] == "leave"
    page.evaluate("editor.text = '1'")
    assert page.evaluate("editor.text") == "1"
    page.evaluate("editor.destroy()")
    expect(box).to_have_count(0)
