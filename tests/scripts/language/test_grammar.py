import pytest

from duologue.scripts import (
    Accept,
    ClientClose,
    ClientMessage,
    Comment,
    Deny,
    Drop,
    Open,
    ServerClose,
    ServerMessage,
    Text,
    Wait,
)
from duologue.scripts.language._grammar import first_mistake

OPEN, ACCEPT, DENY = Open("", "/"), Accept(""), Deny("", 403)
SENT, EXPECTED, WAIT = ClientMessage("", Text("")), ServerMessage("", Text("")), Wait("", 1.0)
CLOSE, CLOSED, DROP = ClientClose(""), ServerClose("", 1000), Drop("")
COMMENT = Comment("")


@pytest.mark.parametrize(
    "lines",
    [
        [OPEN, DENY],
        [OPEN, ACCEPT, CLOSE],
        [OPEN, ACCEPT, CLOSED],
        [OPEN, ACCEPT, DROP],
        [COMMENT, OPEN, COMMENT, WAIT, ACCEPT, COMMENT, SENT, EXPECTED, WAIT, CLOSE, COMMENT],
        [OPEN, DENY, OPEN, ACCEPT, CLOSE, OPEN, ACCEPT, DROP],
        [Open("a", "/"), Open("b", "/"), Deny("b", 403), Accept("a"), Drop("a")],
    ],
)
def test_a_conversation_has_its_order(lines):
    assert first_mistake(lines) is None


@pytest.mark.parametrize("line", [ACCEPT, DENY, SENT, EXPECTED, WAIT, CLOSE, CLOSED, DROP])
def test_it_begins_with_open(line):
    assert first_mistake([COMMENT, line]) == (1, "a conversation begins with `> open PATH`")


@pytest.mark.parametrize("line", [SENT, EXPECTED, CLOSE, CLOSED, DROP])
def test_the_answer_comes_first(line):
    message = "the server has not answered: `< accept` or `< deny STATUS` comes first"
    assert first_mistake([OPEN, line]) == (1, message)


@pytest.mark.parametrize("line", [ACCEPT, DENY])
def test_the_server_answers_once(line):
    message = "the server has answered already: the conversation is open"
    assert first_mistake([OPEN, ACCEPT, line]) == (2, message)


@pytest.mark.parametrize("before", [[OPEN], [OPEN, ACCEPT]])
def test_what_is_open_cannot_be_opened(before):
    message = "the conversation has not ended, so it cannot be opened again"
    assert first_mistake([*before, OPEN]) == (len(before), message)


@pytest.mark.parametrize("end", [[DENY], [ACCEPT, CLOSE], [ACCEPT, CLOSED], [ACCEPT, DROP]])
@pytest.mark.parametrize("line", [ACCEPT, DENY, SENT, EXPECTED, WAIT, CLOSE, CLOSED, DROP])
def test_after_the_end_only_open_can_follow(end, line):
    message = "the conversation has ended: only `> open PATH` can follow"
    assert first_mistake([OPEN, *end, line]) == (len(end) + 1, message)


def test_it_has_an_end():
    message = "the conversation has no end: `> close`, `< close CODE` or `> drop` has to follow"
    assert first_mistake([OPEN, ACCEPT, SENT, COMMENT]) == (2, message)


def test_it_has_an_answer():
    message = "the conversation stops here: `< accept` or `< deny STATUS` has to follow"
    assert first_mistake([OPEN, WAIT]) == (1, message)


def test_each_client_has_an_order_of_its_own():
    lines = [Open("a", "/"), Open("b", "/"), Accept("b"), ClientMessage("a", Text(""))]
    message = "the server has not answered: `a< accept` or `a< deny STATUS` comes first"
    assert first_mistake(lines) == (3, message)
    assert first_mistake([*lines[:3], Deny("a", 403)]) == (
        2,
        "the conversation has no end: `b> close`, `b< close CODE` or `b> drop` has to follow",
    )


def test_all_lines_have_a_name_or_none_has():
    with_name = "this line has a name, and the lines above have none: all have one, or none has"
    without = "this line has no name, and the lines above have: all have one, or none has"
    assert first_mistake([OPEN, Accept("a")]) == (1, with_name)
    assert first_mistake([Open("a", "/"), Open("b", "/"), ACCEPT]) == (2, without)


@pytest.mark.parametrize("lines", [[], [COMMENT]])
def test_nothing_is_no_script(lines):
    message = "the script has no conversation: it begins with `> open PATH`"
    assert first_mistake(lines) == (0, message)
