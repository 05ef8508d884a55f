"""The JavaScript of the guide "Reconnect in the browser": in a browser, with its program."""

import pytest
from patience import PAGE
from playwright.sync_api import expect
from running_server import serve

from docs_src.how_to import reconnect
from duologue import Duologue, Mount
from duologue.responses import HTMLResponse, PlainTextResponse

SECONDS = 1000


async def cut(scope, receive, send):
    """Close all connections of the program, as a server that restarts does."""
    await reconnect.app.close_all(1012, "restart")
    await PlainTextResponse("cut")(scope, receive, send)


async def say(scope, receive, send):
    await reconnect.rooms.send_json("chat", scope["query_string"].decode())
    await PlainTextResponse("said")(scope, receive, send)


app = Duologue(
    [
        Mount("/empty", app=HTMLResponse("<!doctype html><title>Empty</title>")),
        Mount("/cut", app=cut),
        Mount("/say", app=say),
        Mount("", app=reconnect.app),
    ]
)

CONNECT = """async ([url, options]) => {
    const { connect } = await import("/reconnect.js")
    window.states = []
    window.connection = connect(url, () => {}, {
        ...options, onState: (name, { code } = {}) => states.push([name, code])
    })
}"""

# A socket that opens and fails at once, and a clock that waits for nothing, eight times.
DELAYS = """async ([random, options]) => {
    const { connect } = await import("/reconnect.js")
    const delays = []
    Math.random = () => random
    window.WebSocket = class {
        constructor() {
            queueMicrotask(() => {
                this.onopen()
                this.onclose({ code: 1006, reason: "" })
            })
        }
    }
    return await new Promise(resolve => {
        window.setTimeout = (open, delay) => delays.push(delay) < 8 ? open() : resolve(delays)
        connect("/chat", () => {}, options)
    })
}"""


@pytest.fixture(scope="module")
def address():
    with serve(app) as url:
        yield url.replace("ws", "http", 1)


@pytest.fixture
def page(browser, address):
    """A page whose timers go on only when a test says so."""
    page = browser.new_page()
    page.set_default_timeout(PAGE * 1000)
    page.clock.install()
    page.clock.pause_at("2030-01-01")
    page.goto(f"{address}/empty")
    yield page
    page.close()


def test_after_a_restart_each_message_comes_once(page, address):
    page.goto(f"{address}/")
    state, messages = page.locator("#state"), page.locator("#messages li")
    expect(state).to_have_text("open")
    page.get_by_label("Message").fill("first")
    page.get_by_role("button").click()
    expect(messages).to_have_text(["first"])

    page.request.get(f"{address}/cut")
    expect(state).to_have_text("waiting")
    page.request.get(f"{address}/say?meanwhile")
    page.get_by_label("Message").fill("kept")
    page.get_by_role("button").click()  # nothing is sent, and the text stays in its field
    page.clock.run_for(SECONDS)
    expect(state).to_have_text("open")
    expect(messages).to_have_text(["first", "meanwhile"])

    page.get_by_role("button").click()
    expect(messages).to_have_text(["first", "meanwhile", "kept"])


def test_it_connects_at_once_when_the_network_is_back(page, address):
    page.goto(f"{address}/")
    expect(page.locator("#state")).to_have_text("open")
    page.request.get(f"{address}/cut")
    expect(page.locator("#state")).to_have_text("waiting")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#state")).to_have_text("open")


def test_a_client_that_is_refused_does_not_come_again(page):
    page.evaluate(CONNECT, ["/chat?after=yesterday", {}])
    page.wait_for_function("states.length == 2")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.clock.run_for(60 * SECONDS)
    assert page.evaluate("states") == [["open", None], ["closed", 1008]]


def test_a_page_chooses_which_codes_are_final(page, address):
    page.evaluate(CONNECT, ["/chat", {"final": [1012]}])
    page.wait_for_function("states.length == 1")
    page.request.get(f"{address}/cut")
    page.wait_for_function("states.length == 2")
    assert page.evaluate("states") == [["open", None], ["closed", 1012]]


@pytest.mark.parametrize(("options", "attempts"), [({}, 5), ({"firstAttempts": 2}, 2)])
def test_a_handshake_that_is_always_denied_is_not_tried_without_a_limit(page, options, attempts):
    page.evaluate(CONNECT, ["/nowhere", options])
    for attempt in range(1, attempts + 1):
        page.wait_for_function(f"states.length == {attempt}")
        page.clock.run_for(16 * SECONDS)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.clock.run_for(60 * SECONDS)
    waiting, closed = ["waiting", 1006], ["closed", 1006]
    assert page.evaluate("states") == [waiting] * (attempts - 1) + [closed]


def test_a_page_that_closes_stays_closed(page):
    page.evaluate(CONNECT, ["/chat", {}])
    page.wait_for_function("states.length == 1")
    page.evaluate("connection.close()")
    page.clock.run_for(60 * SECONDS)
    assert page.evaluate("states") == [["open", None], ["closed", 1000]]
    assert page.evaluate("connection.send('too late')") is False


@pytest.mark.parametrize(
    ("random", "options", "delays"),
    [
        (1, {}, [1, 2, 4, 8, 16, 30, 30, 30]),
        (0.5, {}, [0.5, 1, 2, 4, 8, 15, 15, 15]),
        (1, {"firstDelay": 3000, "longestDelay": 10_000}, [3, 6, 10, 10, 10, 10, 10, 10]),
    ],
)
def test_it_waits_longer_after_each_failure_but_not_too_long(page, random, options, delays):
    assert page.evaluate(DELAYS, [random, options]) == [each * SECONDS for each in delays]
