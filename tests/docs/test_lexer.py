import pytest
from pygments.token import Comment, Error, Keyword, Name, Number, String

from docs_tools.lexer import DuoLexer
from docs_tools.snippets import snippets


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


def test_a_text_that_looks_like_a_verb_is_a_text():
    assert (Keyword, "open") not in tokens('> "open /ws"')


@pytest.mark.parametrize("snippet", snippets(), ids=lambda snippet: snippet.name)
def test_scripts_are_coloured_without_loss(snippet):
    text = snippet.script.read_text(encoding="utf-8")
    found = tokens(text)
    assert "".join(value for _, value in found) == text
    assert Error not in {kind for kind, _ in found}
