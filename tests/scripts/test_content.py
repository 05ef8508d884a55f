import pytest

from duologue.scripts import ANY, Binary, Json, Like, Text
from duologue.scripts.content import (
    MAX_DEPTH,
    difference,
    difference_of_wordings,
    matches,
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
    ("expected", "message"),
    [
        (ANY, "x"),
        (ANY, b"x"),
        (Text("hello"), "hello"),
        (Text('{"a": 1}'), '{"a": 1}'),
        (Binary(b""), b""),
        (Binary(b"\0\xff"), b"\0\xff"),
        (Like("a*"), "abc"),
        (Json(1), "1.0"),
        (Json(1.0), " 1 "),
        (Json(True), "true"),
        (Json(None), "null"),
        (Json([]), "[]"),
        (Json({"a": 1, "b": [2]}), '{"b":[2],"a":1}'),
        (Json({"a": 1}, binary=True), b'{"a": 1}'),
        (Json("x", binary=True), b'"x"'),
        (Json(ANY, binary=True), b"17"),
        (Json(Like("x*"), binary=True), b'"xy"'),
        (Json([ANY, Like("x*")]), '[{"deep": [1]}, "xyz"]'),
    ],
)
def test_a_message_is_what_was_expected(expected, message):
    assert difference(expected, message) is None
    assert matches(expected, message)


@pytest.mark.parametrize(
    ("expected", "message", "words"),
    [
        (Text("a"), b"a", "a text message was expected, and a binary one came"),
        (Binary(b"a"), "a", "a binary message was expected, and a text one came"),
        (Like("a"), b"a", "a text message was expected, and a binary one came"),
        (Json(1), b"1", "a text message was expected, and a binary one came"),
        (Json(1, binary=True), "1", "a binary message was expected, and a text one came"),
        (Text("hello"), "hallo", "they differ from character 2 on"),
        (Text("hello"), "hello!", "more came than was expected: 6 characters, not 5"),
        (Binary(b"abc"), b"ab", "less came than was expected: 2 bytes, not 3"),
        (Binary(b"abc"), b"abd", "they differ from byte 3 on"),
        (Like("a*"), "b", 'the text is not like "a*"'),
        (Json(1), "one", "the message is no JSON"),
        (Json(1), "NaN", "the message is no JSON"),
        (Json(1), "1 2", "the message is no JSON"),
        (Json(1, binary=True), b"\xff", "the message is no JSON"),
        (Json(1), "[" * 100_000, "the message is no JSON"),
        (Json([ANY]), f"[{'[' * MAX_DEPTH}{']' * MAX_DEPTH}]", "the JSON is nested too deeply"),
        (Json(1), "true", "expected 1, got true"),
        (Json(True), "1", "expected true, got 1"),
        (Json(0), "null", "expected 0, got null"),
        (Json([1, 2]), "[1]", "expected 2 values, got 1 value"),
        (Json([1]), "[1, 2]", "expected 1 value, got 2 values"),
        (Json([1, [2]]), "[1, [3]]", "at [1][0]: expected 2, got 3"),
        (Json([1]), '{"a": 1}', 'expected [1], got {"a": 1}'),
        (Json({"a": 1}), "[1]", 'expected {"a": 1}, got [1]'),
        (Json({"a": {"b": 1}}), '{"a": {}}', '["a"]["b"] is missing'),
        (Json({"a": 1}), '{"a": 1, "é": 2}', '["é"] was not expected'),
        (Json({"a": 1}), '{"a": "1"}', 'at ["a"]: expected 1, got "1"'),
        (Json([Like("x*")]), '["y"]', 'at [0]: expected like "x*", got "y"'),
        (Json([Like("*")]), "[1]", 'at [0]: expected like "*", got 1'),
        (Json(["a"]), r'["\ud800"]', r'at [0]: expected "a", got "\ud800"'),
    ],
)
def test_the_difference_is_said_in_words(expected, message, words):
    assert difference(expected, message) == words
    assert not matches(expected, message)


@pytest.mark.parametrize(
    ("expected", "got", "words"),
    [
        ("", "", None),
        ("a", "a", None),
        (ANY, "x", None),
        (Like("a*"), "ab", None),
        ("a", "b", 'expected "a", got "b"'),
        (Like("a*"), "b", '"b" is not like "a*"'),
    ],
)
def test_headers_and_reasons_are_compared(expected, got, words):
    assert difference_of_wordings(expected, got) == words


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
    with pytest.raises(ValueError, match="is no JSON message of its own"):
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
