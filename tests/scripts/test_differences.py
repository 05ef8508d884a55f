import pytest

from duologue.scripts import ANY, Binary, Json, Like, Text
from duologue.scripts._differences import difference, difference_of_wordings, matches
from duologue.scripts.language.content import MAX_DEPTH


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
        (Json(1), "one", "the message is not JSON"),
        (Json(1), "NaN", "the message is not JSON"),
        (Json(1), "1 2", "the message is not JSON"),
        (Json(1, binary=True), b"\xff", "the message is not JSON"),
        (Json(1), "[" * 100_000, "the message is not JSON"),
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
