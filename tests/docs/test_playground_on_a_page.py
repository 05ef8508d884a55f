"""Dialogues on a site without a server of its own: the programs run in the page, in Chromium."""

import contextlib
import re
import threading

import anyio
import pytest
from axe import expect_accessible
from browsing import serving
from patience import PAGE, PROCESS
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from docs_tools.project.languages import ROOT, languages
from docs_tools.project.snippets import NOT_IN_THE_BROWSER, snippets

LANGUAGES = {each.code: each for each in languages()}
WORDS = {code: each.words["play"] | each.words["playing"] for code, each in LANGUAGES.items()}
ECHO = '[data-duologue="websockets/echo"]'
CHANGE = """([stage, text, instead]) => {
    const program = document.querySelector(stage).previousElementSibling.querySelector("code")
    window.original ??= program.innerHTML
    program.innerHTML = window.original
    program.textContent = program.textContent.replace(text, instead)
}"""
ECHO_PROGRAM = f".highlight:has(+ {ECHO})"


class Static:
    """The site without a server of its own. One of the files of Python may be held back."""

    HELD = "/python_stdlib.zip.gz"

    def __init__(self, site):
        self.files = Starlette(routes=[Mount("/", StaticFiles(directory=site, html=True))])
        self.lets_through = threading.Event()
        self.lets_through.set()

    async def __call__(self, scope, receive, send):
        if scope.get("path", "").endswith(self.HELD):
            await anyio.to_thread.run_sync(self.lets_through.wait, PROCESS)
        await self.files(scope, receive, send)

    @contextlib.contextmanager
    def holding_back(self):
        self.lets_through.clear()
        try:
            yield
        finally:
            self.lets_through.set()


def workers(page):
    """How many Pythons a page has."""
    return sum("playground" in worker.url for worker in page.workers)


@pytest.fixture(scope="module", autouse=True)
def wait_for_python():
    """Before any play, Python may begin, again too, and what a program imports is fetched."""
    expect.set_options(timeout=PROCESS * 1000)  # milliseconds
    yield
    expect.set_options(timeout=PAGE * 1000)


@pytest.fixture(scope="module")
def static(site):
    return Static(site)


@pytest.fixture(scope="module")
def server(static):
    with serving(static) as address:
        yield address


@pytest.fixture(scope="module", params=LANGUAGES)
def code(request):
    return request.param


@pytest.fixture(scope="module")
def page(long_visit, code):
    """A page of each language, in which Python is loaded once."""
    with long_visit(f"{LANGUAGES[code].prefix}websockets/") as page:
        yield page


def accessible(page):
    expect_accessible(page, ECHO, ECHO_PROGRAM)


def test_a_dialogue_plays_in_the_page(page, code, static):
    words = WORDS[code]
    stage = page.locator(ECHO)
    button = stage.locator(".duologue__play")
    expect(button).to_have_text(words["play"])
    with static.holding_back():
        button.click()
        expect(stage.locator(".duologue__progress")).to_be_visible()
        expect(button).to_have_text(words["stop"])
        accessible(page)
    expect(stage.locator(".duologue__status")).to_have_text(words["holds"])
    expect(stage.locator(".turn:not(.turn--came)")).to_have_count(0)
    expect(button).to_have_text(words["again"])
    expect(stage.locator(".duologue__progress")).to_be_hidden()
    expect(stage.locator(".duologue__output")).to_be_hidden()


def test_what_does_not_hold_is_told_in_the_words_of_the_page(page, code):
    stage = page.locator(ECHO)
    page.evaluate(CHANGE, [ECHO, "Message text was", "You said"])
    stage.locator(".duologue__play").click()
    told = WORDS[code]["differs"].format(
        line=5, expected='< "Message text was: hello"', got='< "You said: hello"'
    )
    expect(stage.locator(".duologue__status")).to_have_text(told)
    expect(stage.locator(".turn--wrong")).to_have_attribute("data-line", "5")
    accessible(page)


def test_a_play_that_waits_is_stopped_by_its_button(page, code):
    stage = page.locator(ECHO)
    button = stage.locator(".duologue__play")
    accept = "await websocket.accept()"
    forever = f"{accept}; import anyio; await anyio.sleep_forever()"
    page.evaluate(CHANGE, [ECHO, accept, forever])
    button.click()
    expect(stage.locator(".turn--came[data-line='3']")).to_be_visible()
    button.click()
    expect(stage.locator(".duologue__status")).to_have_text(WORDS[code]["stopped"])
    expect(stage.locator(".turn--wrong")).to_have_count(0)
    accessible(page)


MISTAKES = {
    "await": ("await websocket.accept()", "websocket.accept()"),
    "name": ("websocket.accept", "websocket.acept"),
    "indentation": ("    await websocket.accept()", "  await websocket.accept()"),
    "app": ("def app(", "def application("),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_comes_with_a_hint(page, code, mistake):
    stage = page.locator(ECHO)
    page.evaluate(CHANGE, [ECHO, *MISTAKES[mistake]])
    stage.locator(".duologue__play").click()
    expect(stage).to_have_class(re.compile("duologue--false"))
    expect(stage.locator(".duologue__hint")).to_have_text(WORDS[code][f"hint_{mistake}"])


def test_what_a_program_raises_stands_below_and_its_line_is_marked(page, code):
    stage = page.locator(ECHO)
    page.evaluate(CHANGE, [ECHO, "async def", "1 / 0\nasync def"])
    stage.locator(".duologue__play").click()
    expect(stage.locator(".duologue__traceback")).to_contain_text("~~^~~")
    expect(stage.locator(".duologue__status")).to_have_text(WORDS[code]["broken_program"])
    marked = "[...CSS.highlights.get('duologue-wrong')].map(range => range.toString())"
    assert page.evaluate(marked) == ["1 / 0"]
    accessible(page)


def test_what_a_program_prints_stands_below(page, code):
    stage = page.locator(ECHO)
    accept = "await websocket.accept()"
    page.evaluate(CHANGE, [ECHO, accept, f"{accept}; print('here, 여기, 这里')"])
    stage.locator(".duologue__play").click()
    expect(stage.locator(".duologue__output")).to_have_text("here, 여기, 这里\n")
    expect(stage.locator(".duologue__status")).to_have_text(WORDS[code]["holds"])
    accessible(page)


def use(stage, word):
    stage.locator(".duologue__tools").get_by_role("button", name=word, exact=True).click()


def test_a_program_is_edited_and_run(page, code):
    words = WORDS[code]
    stage, status = page.locator(ECHO), page.locator(ECHO).locator(".duologue__status")
    page.evaluate(CHANGE, [ECHO, "", ""])  # as it was
    use(stage, words["edit"])
    program = page.get_by_role("textbox", name="docs_src/websockets/echo.py")
    script = page.get_by_role("textbox", name="docs_src/websockets/echo.duo")
    expect(program).to_be_focused()
    accessible(page)
    program.press("Control+Home")
    page.keyboard.type("1 / 0\n")
    page.keyboard.press("Control+Enter")
    expect(stage.locator(".duologue__traceback")).to_contain_text("ZeroDivisionError")
    expect(page.locator(".cm-wrong")).to_have_text("1 / 0")
    accessible(page)
    page.keyboard.press("Control+Home")
    for _ in range(6):
        page.keyboard.press("Delete")
    page.keyboard.press("Escape")
    expect(stage.locator(".duologue__play")).to_be_focused()
    script.press("Control+End")
    page.keyboard.type("> clse\n")
    stage.locator(".duologue__play").click()
    expect(status).to_have_text(words["broken_script"])
    expect(stage.locator(".duologue__hint")).to_have_text(words["hint_script"])
    expect(page.locator(".cm-wrong")).to_have_text("> clse")
    use(stage, words["reset"])
    stage.locator(".duologue__play").click()
    expect(status).to_have_text(words["holds"])
    expect(stage.locator(".cm-came")).to_have_count(5)
    accessible(page)
    use(stage, words["leave"])
    expect(program).to_have_count(0)
    expect(stage.locator(".turn").first).to_be_visible()


def test_a_link_carries_the_changes(page, code):
    words = WORDS[code]
    stage = page.locator(ECHO)
    use(stage, words["edit"])
    page.get_by_role("textbox", name="docs_src/websockets/echo.py").press("Control+Home")
    page.keyboard.type("# é, 说, 말\n")
    use(stage, words["link"])
    link = stage.get_by_role("textbox", name=words["link"], exact=True).input_value()
    accessible(page)
    use(stage, words["leave"])
    tab = page.context.new_page()
    status = tab.locator(ECHO).locator(".duologue__status")
    tab.goto(link)
    expect(tab.locator(".highlight > .cm-editor .cm-line").first).to_have_text("# é, 说, 말")
    expect(status).to_have_text(words["shared"])
    accessible(tab)
    assert workers(tab) == 0
    tab.goto("about:blank")
    tab.goto(link.partition("&")[0] + "&code=!")
    expect(status).to_have_text(words["damaged"])
    accessible(tab)
    tab.close()


def test_the_reader_talks_to_a_program_and_keeps_the_script(page, code):
    words = WORDS[code]
    stage = page.locator(ECHO)
    use(stage, words["talk"])
    said = stage.locator(".talk .turn__content")
    message = stage.get_by_role("textbox", name=words["message"])
    expect(message).to_be_focused()
    page.keyboard.type("hello")
    page.keyboard.press("Enter")
    expect(said.last).to_have_text("Message text was: hello")
    stage.get_by_role("button", name=words["connect"]).click()
    expect(stage.get_by_role("combobox")).to_have_value("bob")
    page.keyboard.type("bob")
    page.keyboard.press("Enter")
    expect(said.last).to_have_text("Message text was: bob")
    accessible(page)
    stage.get_by_role("spinbutton").fill("4000")
    stage.get_by_role("button", name=words["close"], exact=True).click()
    expect(stage.get_by_role("combobox")).to_be_hidden()
    stage.get_by_role("button", name=words["keep"]).click()
    expect(stage.locator(".duologue__status")).to_have_text(words["holds"])
    lines = stage.locator(".cm-line").all_text_contents()
    assert "ada> open /ws" in lines
    assert "bob> close 4000" in lines
    accessible(page)


# One dialogue of each page.
FIRST = {
    page: name
    for page in sorted(path.stem for path in (ROOT / "docs" / "en").glob("*.md"))
    for name in [
        name
        for name in re.findall(
            r"```dialogue\n\s*(\S+)", (ROOT / "docs" / "en" / f"{page}.md").read_text("utf-8")
        )
        if name not in NOT_IN_THE_BROWSER
    ][:1]
}
SOME = ["index", "frameworks", "websockets"]


# Shows another page in this document: of its scripts, only the one that plays runs. What has been
# loaded stays, and so does Python.
SHOW = """async address => {
    const text = await (await fetch(address)).text()
    const { body } = new DOMParser().parseFromString(text, "text/html")
    const playing = body.querySelector("script[src$='assets/playing.js']")
    history.pushState(null, "", address)
    document.body.replaceWith(body)
    const script = document.createElement("script")
    script.src = playing.getAttribute("src")
    body.append(script)
}"""


def test_a_dialogue_of_each_page_plays(page, server, code):
    """Each in one of the languages: all of them play in Node."""
    words = WORDS[code]
    turn = [*LANGUAGES].index(code)
    for name, snippet in [*FIRST.items()][turn :: len(LANGUAGES)]:
        path = "" if name == "index" else f"{name}/"
        page.evaluate(SHOW, f"{server}{LANGUAGES[code].prefix}{path}")
        stage = page.locator(f'[data-duologue="{snippet}"]').first
        stage.locator(".duologue__play").click()
        expect(stage.locator(".duologue__status")).to_have_text(words["holds"])
    assert workers(page) == 1


def test_the_playground_begins_with_any_snippet(page, server, code):
    """A few play; more of them play on their own pages, above."""
    page.evaluate(SHOW, f"{server}{LANGUAGES[code].prefix}playground/")
    choice = page.get_by_role("combobox").first
    playable = len(snippets()) - len(NOT_IN_THE_BROWSER)
    expect(choice.locator("option")).to_have_count(playable)
    stage = page.locator(".duologue")
    for name in [FIRST[each] for each in SOME]:
        choice.select_option(name)
        program = page.get_by_role("textbox", name=f"docs_src/{name}.py")
        expect(program).to_be_visible()
        if name == "index/greeting":
            expect(program).to_contain_text("Who is there?")
        expect(stage).not_to_have_class(re.compile("duologue--true"))
        stage.locator(".duologue__play").click()
        held = stage.locator(".duologue__status", has_text=WORDS[code]["holds"])
        expect(held).to_be_visible()
    assert workers(page) == 1
    choice.select_option("websockets/echo")
    expect(page.locator(".highlight > .cm-editor").first).to_contain_text("Message text was")


def test_every_dialogue_of_a_page_plays(page, server, code):
    page.evaluate(SHOW, f"{server}{LANGUAGES[code].prefix}origins/")
    stages = page.locator(".duologue")
    buttons = page.locator(".duologue__play:visible")
    expect(buttons).to_have_count(stages.count())
    for each in buttons.all():
        each.click()
        stage = each.locator("xpath=ancestor::section")
        expect(stage).to_have_class(re.compile("duologue--(true|false)"))
    expect(page.locator(".duologue--true")).to_have_count(stages.count())


CRASH = (
    "Pyodide has suffered a fatal error",
    "The cause of the fatal error",
    "RangeError: Maximum call stack",
    "Maximum call stack",
    "SystemError: Cannot enter a promising task",
)


def test_python_itself_may_crash_and_begins_anew(visit):
    """WebAssembly has no room for as much recursion in C as Python expects."""
    deep = ["websocket.accept()", "websocket.accept()\n    __import__('json').loads('[' * 100_000)"]
    with visit("websockets/", forgiven=CRASH) as page:
        stage = page.locator(ECHO)
        for change, word in [(deep, "crashed"), (["", ""], "holds")]:
            page.evaluate(CHANGE, [ECHO, *change])
            stage.locator(".duologue__play").click()
            status = stage.locator(".duologue__status")
            expect(status).to_have_text(WORDS["en"][word])
            accessible(page)


def test_what_needs_a_real_server_says_so(visit):
    with visit("frameworks/") as page:
        for snippet in snippets():
            if snippet.name.startswith("frameworks/") and snippet.name in NOT_IN_THE_BROWSER:
                stage = page.locator(f'[data-duologue="{snippet.name}"]')
                expect(stage.locator(".duologue__status")).to_contain_text("needs a real server")
                expect(stage.locator(".duologue__play")).to_be_hidden()
        expect_accessible(page, ".duologue")


def test_a_browser_that_cannot_run_python_shows_the_dialogue(visit):
    with visit("websockets/") as page:
        page.add_init_script("delete window.DecompressionStream")
        page.reload(wait_until="networkidle")
        stage = page.locator(ECHO)
        expect(stage.locator(".duologue__status")).to_have_text(WORDS["en"]["too_old"])
        expect(stage.locator(".duologue__play")).to_be_hidden()
        expect(stage.locator(".turn")).to_have_count(6)
        accessible(page)


def test_who_goes_on_by_the_menu_and_comes_back_leaves_no_worker_behind(visit):
    with visit("websockets/") as page:
        stage = page.locator(ECHO).first
        stage.locator(".duologue__play").click()
        expect(stage).to_have_class(re.compile("duologue--true"))
        assert workers(page) == 1
        page.locator('.md-nav--primary a[href$="/endings/"]:visible').first.click()
        page.wait_for_url("**/endings/")
        assert workers(page) == 0
        page.go_back(wait_until="networkidle")
        assert workers(page) == 0
        stage.locator(".duologue__play").click()
        expect(stage).to_have_class(re.compile("duologue--true"))
        assert workers(page) == 1
