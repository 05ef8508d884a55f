import pickle
import re
from pathlib import Path

from duologue.scripts import ScriptSyntaxError
from duologue.scripts.language._cursor import Cursor


def error_at(text, position, path=None):
    return Cursor(text, path).error("wrong", position)


def test_an_error_points_at_line_and_column():
    error = error_at("one\ntwo\n", 5, Path("a.duo"))
    assert (error.line, error.column, error.text, error.path) == (2, 2, "two", Path("a.duo"))
    assert str(error) == "a.duo:2:2: wrong\n    two\n     ^"


def test_an_error_may_be_at_the_very_end():
    assert str(error_at("one\n", 4)) == "<script>:2:1: wrong\n    \n    ^"
    assert str(error_at("one", 3)) == "<script>:1:4: wrong\n    one\n       ^"
    assert str(error_at("", 0)) == "<script>:1:1: wrong\n    \n    ^"


def test_the_caret_stands_below_wide_characters_and_tabs():
    assert str(error_at("你好\tx", 3)) == "<script>:1:4: wrong\n    你好\tx\n        \t^"


def test_what_cannot_be_seen_is_shown_as_a_mark():
    assert str(error_at("a\x1b\rx", 3)) == "<script>:1:4: wrong\n    a\ufffd\ufffdx\n       ^"


def test_a_long_line_is_cut():
    _, shown, caret = str(error_at("a" * 200 + "b" + "c" * 200, 200)).splitlines()
    assert shown == "    " + "a" * 50 + "b" + "c" * 49
    assert caret == "    " + " " * 50 + "^"


def test_an_error_survives_pickling():
    error = error_at("one", 1)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert isinstance(error, ScriptSyntaxError)
    assert isinstance(error, ValueError)


def test_a_cursor_moves_on():
    cursor = Cursor("word 12\nnext")
    assert cursor.peek_word() == "word"
    assert cursor.take(re.compile("[0-9]+")) == ""
    assert cursor.take(re.compile("[a-z]+")) == "word"
    assert cursor.peek_word() == ""
    assert not cursor.ends_line()
    assert cursor.peek() == "1"
    assert cursor.take(re.compile("[0-9]+")) == "12"
    assert cursor.ends_line()
    cursor.end_line("it")
    assert cursor.line == 2
    assert cursor.take(re.compile("next")) == "next"
    assert cursor.peek() == ""
    assert cursor.ended
