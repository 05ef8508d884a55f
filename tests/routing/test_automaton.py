import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.routing._automaton import Automaton
from duologue.routing._expressions import literal, parse

CHARACTERS = st.sampled_from(["a", "b", "[ab]", "[^/]", ".", "/", "\\w"])
SIGNS = st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{,2}", "{2,}", "*?", "+?", "??", "{1,2}?"])


def larger(smaller):
    pairs = st.tuples(smaller, smaller)
    return st.one_of(
        pairs.map("".join),
        pairs.map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        smaller.map(lambda regex: f"(?:{regex}|)"),
        smaller.map(lambda regex: f"(?:|{regex})"),
        st.tuples(smaller, SIGNS).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    )


REGEXES = st.recursive(CHARACTERS, larger, max_leaves=6)


def automaton(*pieces, **options):
    """Texts, and tuples of a name and a regular expression."""
    return Automaton(
        [
            (None, literal(piece)) if isinstance(piece, str) else (piece[0], parse(piece[1]))
            for piece in pieces
        ],
        **options,
    )


@given(REGEXES, st.sampled_from(["", "-", "/"]), REGEXES, st.text("aab-/", max_size=8))
def test_it_finds_what_the_module_re_finds(first, between, second, text):
    made = automaton("/", ("x", first), between, ("y", second))
    pattern = re.compile(rf"/(?P<x>{first}){between}(?P<y>{second})(?=/|\Z)")
    text = "/" + text
    whole, start = pattern.fullmatch(text), pattern.match(text)
    assert made.match(text) == (whole and whole.groupdict())
    assert made.match_start(text) == (start and (start.end(), start.groupdict()))


def test_a_loop_that_reads_nothing_ends():
    assert automaton(("x", "(?:a*)*")).match("aa") == {"x": "aa"}
    assert automaton(("x", "(?:a??)*"), ("y", "a*")).match("a") == {"x": "", "y": "a"}
    assert automaton(("x", "(?:(?:a*)*)*b")).match("aab") == {"x": "aab"}


def test_one_of_several_ways_is_taken():
    made = automaton(("x", "(?:a|bc|)"), "d", ("y", "(?:|(?:e|)*)"))
    assert made.match("bcd") == {"x": "bc", "y": ""}
    assert made.match("dee") == {"x": "", "y": "ee"}
    assert made.match("abcd") is None
    assert automaton(("x", "(?:a?|b?)c?")).match("bc") == {"x": "bc"}


def test_a_parameter_may_be_empty():
    assert automaton(("x", "a*"), ("y", "b*"), "c").match("c") == {"x": "", "y": ""}
    assert automaton().match("") == {}
    assert automaton().match("a") is None


def test_case_is_compared_as_the_flags_say():
    made = automaton("é", ("x", "[a-z]"), flags=re.IGNORECASE | re.ASCII)
    assert made.match("éK") == {"x": "K"}
    assert made.match("é\N{KELVIN SIGN}") is None
    assert automaton("a").match("A") is None


def test_every_character_can_come():
    made = automaton(("x", "[^/]+"), "-", ("y", "[^/]+"))
    text = "".join(map(chr, range(128, 5_000)))
    assert made.match(f"{text}-{text}") == {"x": text, "y": text}


@pytest.mark.parametrize("regex", ["a{5000}", "(?:a?){200}", "(?:){9999999}", "(?:a{99}){99}"])
def test_a_pattern_of_very_many_steps_is_refused(regex):
    with pytest.raises(ValueError) as raised:
        automaton(("x", regex))
    assert str(raised.value) == (
        "There are more than 5,000 steps in it. Repeat less in the regular expression, and let "
        "convert() raise a ValueError for what is too long."
    )


def test_a_pattern_of_many_steps_is_not():
    assert automaton(("x", "a{1,640}"), ("y", "a{1,640}")).match("a" * 641) == {
        "x": "a" * 640,
        "y": "a",
    }
