"""What a script needs of a server is read from the script."""

import pytest
from checks import SNIPPETS
from needs import needs

from docs_tools.project.conformance import read_features
from duologue.scripts import load, parse

CASES = {
    "< accept\n    x-a: 1\n< close 1000": {"accept_headers": {2}},
    "< deny 401": {"denial": {2}},
    "< deny 403": {},
    '< deny 403\n\n    "no"': {"denial": {2}},
    '< accept\n> ""\n< "received"\n> close': {"empty_messages": {3, 4}},
    "< accept\n< 0x\n> close": {"empty_messages": {3}},
    '< accept\n< "not empty"\n> close': {},
    '< accept\n< close 1000 "bye"': {"reason_sent": {3}},
    "< accept\n< close 1008": {"standard_code_sent": {3}},
    "< accept\n< close 1011": {},
    "< accept\n> close 4000": {},
}


@pytest.mark.parametrize("lines", CASES)
def test_what_one_client_needs(lines):
    assert needs(parse(f"> open /\n{lines}\n")) == CASES[lines]


def test_what_another_client_hears():
    script = parse(
        "eve> open /\neve< accept\n"
        'ada> open /\nada< accept\nada> close 4000 "lunch"\neve< [4000, "lunch"]\n'
        "bob> open /\nbob< accept\nbob> close\neve< [1005, any]\n"
        "cat> open /\ncat< accept\ncat> drop\neve< [1006, any]\n"
        "eve> close\n"
    )
    assert needs(script) == {
        "close_code": {6},
        "close_reason": {6},
        "close_without_code": {10},
        "lost_connection": {14},
    }


def test_headers_that_stand_twice():
    script = parse(
        '> open /\n    x-a: red\n    x-a: green\n< accept\n< "red"\n< "other"\n> close\n'
    )
    assert needs(script) == {"repeated_header": {5}}


def test_what_only_the_program_tells():
    script = parse("> open /\n< accept\n> close\n")
    assert needs(script, "app = App(lifespan=life)\nwebsocket.state.x") == {
        "lifespan_state": {1, 2, 3}
    }
    assert needs(script, "class Own(Backend): ...\napp = App(lifespan=life)") == {
        "lifespan_state": {1, 2, 3}
    }
    assert needs(script, "app = App(lifespan=life)") == {}


def test_needs_are_features():
    named = {name for each in SNIPPETS for name in needs(load(each.script))}
    assert named <= set(read_features())
    assert len(named) > 3
