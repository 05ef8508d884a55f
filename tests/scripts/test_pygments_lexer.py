from pathlib import Path

import pytest
from hypothesis import given
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.token import Comment, Error, Keyword, Name, Number, String
from script_strategies import scripts

from duologue.scripts.language import parser
from duologue.scripts.pygments_lexer import DuoLexer

EXAMPLES = Path(__file__).parent.parent.parent / "docs_src"


def test_pygments_finds_it():
    assert isinstance(get_lexer_by_name("duo"), DuoLexer)
    assert isinstance(get_lexer_for_filename("chat.duo"), DuoLexer)


def tokens(text):
    return list(DuoLexer().get_tokens(text))


@pytest.mark.parametrize(
    ("line", "token"),
    [
        ("# A comment", (Comment.Single, "# A comment\n")),
        ("ada> open /ws", (Name.Class, "ada")),
        ("> open /ws", (Keyword, "open")),
        ("> drop", (Keyword, "drop")),
        ("> close 1000", (Number, "1000")),
        ('< "a \\" b"', (String, '"a \\" b"')),
        ("< 0x00fF", (Number.Hex, "0x00fF")),
        ('< like "a*"', (Keyword.Pseudo, "like")),
        ("< any", (Keyword.Pseudo, "any")),
        ('< binary {"a": true}', (Keyword.Constant, "true")),
        ("    x-request-id: any", (Name.Attribute, "x-request-id")),
    ],
)
def test_pieces_have_their_colours(line, token):
    assert token in tokens(line)


def test_every_verb_is_a_keyword():
    for sign, verbs in (">", parser._CLIENT_VERBS), ("<", parser._SERVER_VERBS):
        for verb in verbs:
            assert (Keyword, verb) in tokens(f"{sign} {verb}")


def test_every_word_of_a_message_is_a_keyword():
    for word in parser._MESSAGE_WORDS:
        assert word in [text for kind, text in tokens(f"< {word}") if kind in Keyword]


def test_a_text_that_looks_like_a_verb_is_a_text():
    assert (Keyword, "open") not in tokens('> "open /ws"')


def check_nothing_is_lost(text):
    found = tokens(text)
    assert "".join(value for _, value in found) == text
    assert Error not in {kind for kind, _ in found}


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.duo")), ids=lambda path: path.stem)
def test_examples_are_highlighted_without_loss(path):
    check_nothing_is_lost(path.read_text(encoding="utf-8"))


@given(scripts())
def test_any_script_is_highlighted_without_loss(script):
    check_nothing_is_lost(str(script))
