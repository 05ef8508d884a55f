import re

import pytest

from duologue.scripts import ANY, Binary, Json, Like, ScriptSyntaxError, Text
from duologue.scripts.language._cursor import Cursor
from duologue.scripts.language._values import (
    read_expected,
    read_sent,
    read_string,
    read_value,
    read_wording,
)
from duologue.scripts.language.content import MAX_DEPTH


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ('"hello"', Text("hello")),
        (r'"\" \\ \/ \b\f\n\r\t \u00e9 \ud83d\ude00"', Text('" \\ / \b\f\n\r\t é 😀')),
        ("0x", Binary(b"")),
        ("0x00Ff", Binary(b"\0\xff")),
        ("0", Json(0)),
        ("-1.5e+3", Json(-1500.0)),
        ("true", Json(True)),
        ("false", Json(False)),
        ("null", Json(None)),
        ("[]", Json([])),
        ("{ }", Json({})),
        ('[1, [2], {"a": "b"}]', Json([1, [2], {"a": "b"}])),
        ('{\n "a" : 1 ,\r\n\t"b":[\n]\n}', Json({"a": 1, "b": []})),
        ('binary "hello"', Json("hello", binary=True)),
        ("binary\t{}", Json({}, binary=True)),
    ],
)
def test_both_sides_send_the_same_messages(text, content):
    for read in (read_sent, read_expected):
        cursor = Cursor(text)
        assert read(cursor) == content
        assert cursor.ended


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("any", ANY),
        ('like "a*"', Like("a*")),
        ('like"a*"', Like("a*")),
        ("binary any", Json(ANY, binary=True)),
        ('binary like "a*"', Json(Like("a*"), binary=True)),
        ('{"id": any, "at": [like "2026-*"]}', Json({"id": ANY, "at": [Like("2026-*")]})),
    ],
)
def test_what_the_server_says_may_vary(text, content):
    assert read_expected(Cursor(text)) == content


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("any", 1, "`any` stands only in what the server sends"),
        ('like "*"', 1, "`like` stands only in what the server sends"),
        ("binary any", 8, "`any` stands only in what the server sends"),
        ('{"a": any}', 7, "`any` stands only in what the server sends"),
        ('[1, like "*"]', 5, "`like` stands only in what the server sends"),
        ("binary 0x00", 8, "expected JSON after `binary`: 0x... is binary without it"),
        ("binary", 7, "expected a JSON value"),
        ("0x0", 4, "expected two hexadecimal digits for each byte"),
        ('"abc', 1, "the string has no closing quote on this line"),
        ('"abc\n"', 1, "the string has no closing quote on this line"),
        (r'"a\q"', 3, "JSON has no such escape; a backslash is written \\\\"),
        (r'"a\u12"', 3, "JSON has no such escape; a backslash is written \\\\"),
        ('"a\tb"', 3, "a string writes this character \\u0009"),
        (r'"a\ud800"', 1, "the string has half of a surrogate pair, as no UTF-8 has"),
        ("-", 1, "expected a JSON number"),
        ("-Infinity", 1, "expected a JSON number"),
        ("[NaN]", 2, "expected a JSON value"),
        ("\u0663", 1, "expected a JSON number"),
        ("[1e999]", 2, "the number is too large"),
        ("9" * 4301, 1, "the number is too large"),
        (f"[-{'9' * 4301}]", 2, "the number is too large"),
        ("[", 2, "expected a JSON value"),
        ("[1,]", 4, "expected a JSON value"),
        ("[1 2]", 4, "expected `,` or `]`"),
        ("[1", 3, "expected `,` or `]`"),
        ("[1}", 3, "expected `,` or `]`"),
        ("{1: 2}", 2, 'expected a string in double quotes: "..."'),
        ('{"a" 1}', 6, "expected `:`"),
        ('{"a": }', 7, "expected a JSON value"),
        ('{"a": 1]', 8, "expected `,` or `}`"),
        ('{"a": 1, "a": 2}', 10, "this name stands twice in the object"),
        ("[" * (MAX_DEPTH + 1), MAX_DEPTH + 1, "expected at most 100 levels of brackets"),
        ('{"":' * 100_000, 4 * MAX_DEPTH + 1, "expected at most 100 levels of brackets"),
    ],
)
def test_what_is_no_message_is_an_error_with_its_place(text, column, message):
    with pytest.raises(ScriptSyntaxError) as caught:
        read_sent(Cursor(text))
    assert (caught.value.line, caught.value.column, caught.value.message) == (1, column, message)


def test_an_error_inside_a_long_value_has_its_line():
    with pytest.raises(ScriptSyntaxError) as caught:
        read_expected(Cursor('{\n  "a": 1,\n  "b": nil\n}'))
    assert (caught.value.line, caught.value.column) == (3, 8)


def test_a_pattern_is_a_string():
    with pytest.raises(ScriptSyntaxError, match=re.escape("expected a string in double quotes")):
        read_expected(Cursor("like a*"))


def test_a_value_ends_where_it_ends():
    cursor = Cursor('[1]  \n"x"')
    assert read_value(cursor, varies=False) == [1]
    assert cursor.position == 3


def test_a_wording_is_a_string_or_varies():
    assert read_wording(Cursor('"bye"')) == "bye"
    assert read_wording(Cursor("any")) is ANY
    assert read_wording(Cursor('like "b*"')) == Like("b*")
    with pytest.raises(ScriptSyntaxError):
        read_wording(Cursor("bye"))


def test_a_string_is_read_alone():
    assert read_string(Cursor('"a" b')) == "a"
