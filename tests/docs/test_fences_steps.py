import pytest

from docs_tools.fences.steps import steps, why_not
from docs_tools.project.languages import language
from docs_tools.project.snippets import snippets
from duologue.scripts import load, parse

OPEN = "> open /ws\n< accept\n"


def step(line, before=OPEN):
    """What a page does for one line."""
    ending = "" if " close" in line or "drop" in line else "> close\n"
    return steps(parse(f"{before}{line}\n{ending}"))[before.count("\n")]


def test_a_conversation():
    script = (
        "# Hello.\n> open /ws?x=1\n    subprotocols: a, b\n< accept a\n> wait 0.5\n> close 1000\n"
    )
    assert steps(parse(script)) == [
        {"line": 1, "do": "narrate"},
        {"line": 2, "do": "open", "client": "", "path": "/ws?x=1", "subprotocols": ["a", "b"]},
        {
            "line": 4,
            "do": "accept",
            "client": "",
            "subprotocol": "a",
            "unseen": False,
            "shown": "accept a",
        },
        {"line": 5, "do": "wait", "client": "", "seconds": 0.5},
        {"line": 6, "do": "close", "client": "", "code": 1000, "reason": ""},
    ]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('"a\\nb"', {"kind": "text", "expected": "a\nb"}),
        ("0x00ff", {"kind": "bytes", "expected": "00ff"}),
        ('{"a": "é"}', {"kind": "text", "expected": '{"a":"é"}'}),
        ("binary [1]", {"kind": "bytes", "expected": b"[1]".hex()}),
    ],
)
def test_what_a_page_sends(said, message):
    assert step(f"> {said}")["message"] == message


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ('"a"', {"kind": "text", "frame": "text", "expected": "a"}),
        ("0x", {"kind": "bytes", "frame": "binary", "expected": ""}),
        ('like "a*"', {"kind": "like", "frame": "text", "expected": "a*"}),
        ("any", {"kind": "any"}),
        ("true", {"kind": "json", "frame": "text", "expected": ["value", True]}),
        ("[1.0]", {"kind": "json", "frame": "text", "expected": ["array", [["number", "1.0"]]]}),
        ('["x"]', {"kind": "json", "frame": "text", "expected": ["array", [["string", "x"]]]}),
        (
            'binary {"a": [any, like "x*", null]}',
            {
                "kind": "json",
                "frame": "binary",
                "expected": [
                    "object",
                    {"a": ["array", [["any", None], ["like", "x*"], ["value", None]]]},
                ],
            },
        ),
    ],
)
def test_what_a_page_expects(expected, message):
    assert step(f"< {expected}")["message"] == message


def test_what_is_expected_can_be_shown():
    assert step("< [\n    1,\n    2]")["shown"] == "[1, 2]"
    assert step('< "a  b"')["shown"] == '"a  b"'
    assert step("< accept\n    x-a: any", "> open /\n")["shown"] == "accept x-a: any"
    assert step('< close 1000 like "b*"') == {
        "line": 3,
        "do": "closed",
        "client": "",
        "code": 1000,
        "reason": ["like", "b*"],
        "shown": 'close 1000 like "b*"',
    }


def test_what_a_browser_hides_is_marked():
    assert step("< accept\n    x-a: any", "> open /\n")["unseen"]
    assert steps(parse("> open /\n< deny 403\n"))[1]["unseen"]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (f"{OPEN}> close 1000\n", None),
        (f"{OPEN}> close\n", None),
        (f"{OPEN}> close 3000\n", None),
        (f"{OPEN}> close 1001\n", "code"),
        (f"{OPEN}> drop\n", "drop"),
        ("> open /\n    x-a: b\n< accept\n> close\n", "headers"),
        ("> open /\n    subprotocols: a\n< accept\n> close\n", "subprotocol"),
        ("> open /\n    subprotocols: a\n< accept a\n> close\n", None),
        ("> open /\n< deny 403\n", None),
        ("> open /~a/...;x=(1)|[2]?q=^`{}a/../b%20\n< deny 403\n", None),
        *[
            (f"> open {path}\n< deny 403\n", "path")
            for path in (
                *['/a"', "/<", "/a^b", "/`", "/{a}", "/a\\b", '/?a="', "/?a='b'", "/?<"],
                *["/a/../b", "/.", "/a/%2E%2e?", "/./a"],
            )
        ],
    ],
)
def test_what_a_browser_cannot_play(script, why):
    assert why_not(parse(script)) == why
    assert why is None or f"why_{why}" in language("en").words["play"]


@pytest.mark.parametrize("snippet", snippets(), ids=lambda snippet: snippet.name)
def test_every_script_has_steps(snippet):
    script = load(snippet.script)
    assert [one["line"] for one in steps(script)] == [line.number for line in script.lines]
