import pytest

from duologue.scripts import ANY, Binary, Json, Like, Text
from duologue.scripts.language.content import (
    MAX_DEPTH,
    read_json,
    write,
)


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("", "", True),
        ("", "a", False),
        ("abc", "abc", True),
        ("abc", "abcd", False),
        ("*", "", True),
        ("*", "two\nlines", True),
        ("a*", "a", True),
        ("a*", "ba", False),
        ("*a", "ba", True),
        ("*a", "ab", False),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("a*b*c", "a-b-c", True),
        ("a*b*c", "a-c", False),
        ("a*b*b", "ab", False),
        ("*ab*ab*", "ab-ab", True),
        ("*ab*ab*", "abab", True),
        ("*ab*ab*", "aab", False),
        (r"\*", "*", True),
        (r"\*", "a", False),
        (r"\**", "*a", True),
        (r"\d", r"\d", True),
        ("[a-z].?", "[a-z].?", True),
    ],
)
def test_a_pattern_describes_texts(pattern, text, fits):
    assert Like(pattern).fits(text) is fits


@pytest.mark.parametrize(
    ("content", "written"),
    [
        (ANY, "any"),
        (Like('"*"'), r'like "\"*\""'),
        (Text('a"b\nc'), r'"a\"b\nc"'),
        (Text("한글 \u200d\u2028\ufeff\x7f"), '"한글 \u200d\\u2028\\ufeff\\u007f"'),
        (Binary(b""), "0x"),
        (Binary(b"\0\xff"), "0x00ff"),
        (
            Json({"a": [1, 2.5, True, None, ANY, Like("*")]}),
            '{"a": [1, 2.5, true, null, any, like "*"]}',
        ),
        (Json({}, binary=True), "binary {}"),
        (Json([]), "[]"),
    ],
)
def test_a_message_is_written_as_in_a_script(content, written):
    assert str(content) == written


def test_any_shows_itself():
    assert repr(ANY) == "ANY"


def test_a_long_value_is_written_over_several_lines():
    content = Json({"first": "x" * 80, "second": [[], {"a": 1}]})
    assert write(content, "    ").splitlines() == [
        "{",
        f'      "first": "{"x" * 80}",',
        '      "second": [',
        "        [],",
        "        {",
        '          "a": 1',
        "        }",
        "      ]",
        "    }",
    ]


def test_two_json_messages_are_equal_where_they_are_written_the_same():
    assert Json([1]) == Json([1])
    assert hash(Json([1])) == hash(Json([1]))
    assert Json([1]) != Json([1], binary=True)
    assert Json([1]) != Json([True])
    assert Json([1]) != Json([1.0])
    assert Json([ANY]) != Json([1])
    assert Json([1]) != [1]


@pytest.mark.parametrize("value", ["text", Like("*"), ANY])
def test_what_is_no_json_message_in_a_text_frame_is_refused(value):
    with pytest.raises(ValueError, match="is not a JSON message of its own"):
        Json(value)


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (float("nan"), ValueError, "JSON has no nan"),
        ([float("inf")], ValueError, "JSON has no inf"),
        (["\ud800"], ValueError, "half of a surrogate pair"),
        ({"\ud800": 1}, ValueError, "half of a surrogate pair"),
        (nested(MAX_DEPTH + 1), ValueError, "nested more than 100 levels deep"),
        ([10**5000], ValueError, "Exceeds the limit"),
        ({1: 2}, TypeError, "The names in a JSON object are str, not 1"),
        ([object], TypeError, "JSON has no form for <class 'object'>"),
    ],
)
def test_what_json_cannot_carry_is_refused(value, error, words):
    with pytest.raises(error, match=words):
        Json(value)


def test_the_deepest_value_is_fine():
    assert Json(nested(MAX_DEPTH)).value == nested(MAX_DEPTH)


@pytest.mark.parametrize("kind", [Text, Like])
def test_text_that_utf_8_cannot_write_is_refused(kind):
    with pytest.raises(ValueError, match="half of a surrogate pair"):
        kind("\ud800")


def test_json_is_read_from_both_kinds_of_frames():
    assert read_json("[1]") == [1]
    assert read_json("é".encode().join([b'"', b'"'])) == "é"
