"""The player in the page agrees with the player in Python on what a message is."""

import json

import pytest
from playwright.sync_api import expect

from docs_tools.steps import steps
from duologue.scripts import parse
from duologue.scripts.differences import matches

# What a script expects, and messages that may come.
CASES = {
    '"a"': ["a", "A", "", b"a"],
    '""': ["", " "],
    "0x00ff": [b"\x00\xff", b"\x00", b"\x00\xff\x00", "0x00ff"],
    "0x": [b"", "", b"\x00"],
    "any": ["", "x", b"", b"\xff"],
    'like "a*"': ["a", "abc", "a\nb", "ba", b"a"],
    'like "*.\\\\*?"': [".*?", "a.*?", "a.b?", ".*"],
    'like "(*)[*]{*}|^$+-/"': ["()[]{}|^$+-/", "(a)[b]{c}|^$+-/", "()[]{}|^$+-"],
    'like "*a*b*"': ["ab", "xaybz", "ba"],
    "1": ["1", "1.0", "true", '"1"', "2", "[1]", "nonsense", b"1"],
    "true": ["true", "1", "false", "null"],
    "null": ["null", "0", '""', "false"],
    "[1, any]": ["[1, 2]", "[1, null]", "[1]", "[1, 2, 3]", "{}", '{"0": 1, "1": 2}'],
    '{"a": {"b": like "x*"}}': ['{"a":{"b":"xyz"}}', '{"a":{"b":1}}', '{"a":{}}', "[]", "null"],
    '{"a": 1, "b": any}': ['{"b": [], "a": 1.0}', '{"a": 1}', '{"a": 1, "b": 2, "c": 3}'],
    '{"length": 0}': ['{"length": 0}', "[]"],
    "{}": ["{}", "[]", "null", '{"a": 1}'],
    'binary {"a": 1}': [b'{"a": 1}', '{"a": 1}', b'{"a": 2}', b"\xff"],
    "binary any": [b"null", b'"x"', b"x", "null"],
    'binary "é"': ['"é"'.encode(), b'"e"', '"é"'],
}
PAIRS = [(expected, message) for expected, messages in CASES.items() for message in messages]

# A server that answers the message "7" with the seventh of the messages above.
SERVER = """
const messages = MESSAGES.map(
    ([kind, data]) => kind === "text" ? data : Uint8Array.from(data).buffer
)
window.WebSocket = class {
    constructor() {
        this.protocol = ""
        setTimeout(() => this.onopen())
    }
    send(index) {
        setTimeout(() => this.onmessage({ data: messages[Number(index)] }))
    }
    close() {
        if (this.isClosed) return
        this.isClosed = true
        setTimeout(() => this.onclose({ code: 1000, reason: "" }))
    }
}
// The page is there, and its scripts have not run yet.
document.addEventListener("readystatechange", () => {
    if (document.readyState !== "interactive") return
    const echo = document.querySelector('[data-duologue="websockets/echo"]')
    for (const steps of STEPS) {
        const copy = echo.cloneNode(true)
        copy.dataset.copy = ""
        copy.querySelector("script").textContent = JSON.stringify({ steps, why: null })
        echo.after(copy)
    }
})
"""


@pytest.fixture(scope="module")
def verdicts(server, browser):
    """What the page thinks of each pair, all played at once."""
    messages = [
        ["text", message] if isinstance(message, str) else ["binary", [*message]]
        for _, message in PAIRS
    ]
    scripts = [
        steps(
            parse(f'# The lines of echo.duo.\n> open /\n< accept\n> "{i}"\n< {expected}\n> close\n')
        )
        for i, (expected, _) in enumerate(PAIRS)
    ]
    source = SERVER.replace("MESSAGES", json.dumps(messages)).replace("STEPS", json.dumps(scripts))
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(source)
    page.goto(server + "websockets/", wait_until="networkidle")
    stages = page.locator("[data-copy]")
    expect(stages).to_have_count(len(PAIRS))
    page.evaluate(
        "document.querySelectorAll('[data-copy] .duologue__play').forEach(b => b.click())"
    )
    expect(page.locator(".duologue--true, .duologue--false")).to_have_count(len(PAIRS))
    found = stages.evaluate_all("all => all.map(one => one.classList.contains('duologue--true'))")
    context.close()
    return found[::-1]  # each copy stands before the ones made earlier


@pytest.mark.parametrize("index", range(len(PAIRS)), ids=lambda index: repr(PAIRS[index]))
def test_the_page_agrees_with_the_library(verdicts, index):
    expected, message = PAIRS[index]
    content = parse(f"> open /\n< accept\n< {expected}\n> close\n").lines[2].content
    assert verdicts[index] == matches(content, message)
