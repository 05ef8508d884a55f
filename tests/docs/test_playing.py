"""The player in the page agrees with the player in Python on what a message is."""

import json

import pytest
from playwright.sync_api import expect
from sayings import BIG, SAYINGS

from docs_tools.fences.steps import steps
from duologue.scripts import parse
from duologue.scripts._differences import matches

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
    "9007199254740993": ["9007199254740993", "9007199254740992", "9007199254740992.0", "1e16"],
    "9007199254740992": ["9007199254740992.0", "9007199254740993", "9.007199254740992e15"],
    "1e23": ["1e23", "1E+23", "99999999999999991611392", "100000000000000000000000"],
    "0.1": ["0.1", "1e-1", "0.10000000000000000001", "0.2", '"0.1"', '"n0.1"'],
    "-0.0": ["0", "-0", "0e5", "1e-999"],
    "9" * 309: ["9" * 309, "9" * 308, "1e308", "1e309"],
    "[any]": [
        "[1e999]",
        "[NaN]",
        "[-Infinity]",
        f"[{BIG}]",
        f"[{BIG}9]",
        f"[-{BIG}]",
        f"[-{BIG}9]",
    ],
    '{"a": any}': ['{"a":1,"a":2}', '{"\\u0061":1}', '{"a":1,}', "[]"],
    '{"a": 2}': ['{"a":1,"a":2}', '{"a":2,"a":1}', '{"\\u0061":2}'],
    '{"__proto__": 1}': ['{"__proto__": 1}', "{}"],
    '{"sa": "s"}': ['{"sa":"s"}', '{"a":"s"}', '{"sa":"ss"}'],
    '["1", like "*"]': ['["1","\\ud800"]', '["1","\\ud83c\\udf19"]', "[1,2]", '["1",2]'],
    '[like "n*"]': ['["n1"]', "[1]", '["1"]'],
    "[any, 1]": ["[[],1]", "\ufeff[1,1]", " \t[2,1]\r\n", "\u00a0[1,1]"],
    "[[any]]": ["[" * 100 + "]" * 100, "[" * 101 + "]" * 101, '[["' + "[" * 200 + '"]]'],
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


def parsed(value):
    """Hand a value to JavaScript. In a literal of its own, `__proto__` would be no plain name."""
    return f"JSON.parse({json.dumps(json.dumps(value))})"


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
    source = SERVER.replace("MESSAGES", parsed(messages)).replace("STEPS", parsed(scripts))
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


# What the page sends, as a client sees it that keeps all of it.
EAR = """
window.received = []
window.WebSocket = class {
    constructor() {
        this.protocol = ""
        setTimeout(() => this.onopen())
    }
    send(data) {
        window.received.push(typeof data === "string" ? data : [...data])
    }
    close() {
        setTimeout(() => this.onclose({ code: 1000, reason: "" }))
    }
}
// The page is there, and its scripts have not run yet.
document.addEventListener("readystatechange", () => {
    if (document.readyState !== "interactive") return
    const echo = document.querySelector('[data-duologue="websockets/echo"]')
    for (const line of echo.querySelectorAll("[data-line]")) line.removeAttribute("data-line")
    STEPS.forEach(({ line }) => {
        const turn = document.createElement("li")
        turn.dataset.line = line
        echo.append(turn)
    })
    echo.querySelector("script").textContent = JSON.stringify({ steps: STEPS, why: null })
})
"""


def test_the_page_sends_what_the_library_sends(server, browser):
    said = "".join(f"> {line}\n" for line in SAYINGS)
    script = steps(parse(f"> open /\n< accept\n{said}> close\n"))
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(EAR.replace("STEPS", parsed(script)))
    page.goto(server + "websockets/", wait_until="networkidle")
    stage = page.locator('[data-duologue="websockets/echo"]')
    stage.locator(".duologue__play").click()
    expect(page.locator(".duologue--true")).to_have_count(1)
    received = [
        each if isinstance(each, str) else bytes(each) for each in page.evaluate("received")
    ]
    context.close()
    assert received == list(SAYINGS.values())
