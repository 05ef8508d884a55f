"""The messages of the library are read from its source, and each is on the page of them all."""

import re
import textwrap

import pytest

from docs_tools.fences.errors import error_list
from docs_tools.project.errors import Message, messages_in, of_modules, read_messages
from docs_tools.project.languages import ROOT, languages

MESSAGES = read_messages()


def read(source):
    return [(each.name, each.text) for each in messages_in(textwrap.dedent(source), "rooms/a")]


def test_what_is_raised_made_or_logged_is_a_message():
    assert sorted(
        read(
            """
            logger = logging.getLogger("duologue.rooms")
            raise TypeError(f"A key is a str, not {key!r}.")
            raise self.error("expected a number or " + kind)
            def made(): return StateError("It has " "ended.", code=1)
            logger.warning("Lost the link %s. %r", name, error)
            """
        )
    ) == [
        ("", "expected a number or …"),
        ("StateError", "It has ended."),
        ("TypeError", "A key is a str, not …."),
        ("duologue.rooms", "Lost the link …. …"),
    ]


def test_what_says_nothing_is_none():
    assert (
        read('raise KeyError("name")\nraise Wrong\nprint("Not an error.")\nlog.debug("A b.")') == []
    )


def test_a_list_has_each_text_once_and_escapes_it():
    twice = [Message("a", "E", "x <y>"), Message("b", "E", "x <y>"), Message("b", "", "… and b")]
    drawn = re.findall("<code>(.*)</code>", error_list(twice))
    assert drawn == ["… and b", "E: x &lt;y&gt;"]


def test_a_name_without_messages_is_none():
    with pytest.raises(ValueError, match="nothing/here"):
        of_modules(MESSAGES, ["rooms", "nothing/here"])


@pytest.mark.parametrize("code", [each.code for each in languages()])
def test_each_message_is_in_one_part_of_the_page(code):
    page = (ROOT / "docs" / code / "messages.md").read_text(encoding="utf-8")
    fences = re.findall(r"^```errors\n(.*?)\n```$", page, re.MULTILINE | re.DOTALL)
    shown = [each for fence in fences for each in of_modules(MESSAGES, fence.split())]
    assert len(MESSAGES) > 200
    assert sorted(map(repr, shown)) == sorted(map(repr, MESSAGES))
