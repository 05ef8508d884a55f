"""What a page can do of a script over real WebSockets, and what it can see of the answers."""

import pytest

from docs_tools.project.browsers import HIDDEN, visible, why_not
from docs_tools.project.languages import language
from duologue.scripts import Accept, Deny, parse

OPEN = "> open /ws\n< accept\n"


def test_a_page_does_not_see_headers_and_why_it_is_denied():
    script = parse(
        '# Hello.\n> open /ws\n< accept a\n    x-a: any\n< "hi"\n> close\n'
        "> open /\n< deny 403\n    x-b: c\n\n    {}\n"
    )
    before, after = script.lines, visible(script).lines
    assert [one.number for one in after] == [one.number for one in before]
    assert after[2] == Accept("", "a")
    assert after[-1] == Deny("", HIDDEN)
    assert str(after[-1]) == "< deny …"
    assert [*after[:2], *after[3:-1]] == [*before[:2], *before[3:-1]]


def test_what_a_page_sees_wholly_stays_as_it_is():
    script = parse(f"# Hello.\n{OPEN}> close 1000\n")
    assert visible(script) == script


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
