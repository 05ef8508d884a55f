import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from duologue._codec import Codec, kind_of, read_json, write_json
from duologue.exceptions import InvalidPayloadError

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_what_is_written_is_read_again(data):
    text = write_json(data)
    assert read_json(text) == data
    assert json.loads(text) == data


@given(JSON)
@example("half a pair: \ud83d")
@example({"\udc00": ["é", "\ud83d\ude00"]})
def test_what_is_written_can_travel(data):
    assert read_json(write_json(data).encode()) == json.loads(json.dumps(data))


def test_what_is_no_character_is_escaped():
    assert write_json({"a": "é\ud800"}) == r'{"a":"\u00e9\ud800"}'
    assert read_json(r'"\ud800"') == "\ud800"


NUMBERS = st.from_regex(
    r"-?(0|[1-9][0-9]{0,400})(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,4})?", fullmatch=True
)


@given(NUMBERS)
@example("1e308")
@example("-1e309")
@example("9" * 4300)
@example("9" * 4301)
@example("0e99999")
def test_what_is_read_can_be_written(number):
    try:
        value = read_json(f"[{number}]")
    except InvalidPayloadError:
        return
    assert read_json(write_json(value)) == value


def test_what_is_written_is_compact_and_not_escaped():
    assert write_json({"안녕": ["你好", 1, None]}) == '{"안녕":["你好",1,null]}'


@pytest.mark.parametrize("data", [float("nan"), [float("inf")], {"x": -float("inf")}])
def test_no_number_is_written_that_json_lacks(data):
    with pytest.raises(ValueError):
        write_json(data)


@pytest.mark.parametrize("data", [{1, 2}, b"bytes", object(), {(1, 2): 3}])
def test_what_json_has_no_form_for_is_a_type_error(data):
    with pytest.raises(TypeError):
        write_json(data)


def test_data_that_contains_itself_is_a_value_error():
    data = []
    data.append(data)
    with pytest.raises(ValueError, match=r"^The data contains itself, or is nested too deeply\.$"):
        write_json(data)


@pytest.mark.parametrize("text", [' {"a": 1}', '{"a": 1}\n', '\t{"a"\r\n: 1 } '])
def test_white_space_around_is_allowed(text):
    assert read_json(text) == {"a": 1}
    assert read_json(text.encode()) == {"a": 1}


@pytest.mark.parametrize("text", ["1 2", "{} x", "[1] ]", '"a""b"'])
def test_there_is_nothing_after_the_value(text):
    with pytest.raises(InvalidPayloadError, match=r"^1007: The message has more after its JSON\.$"):
        read_json(text)


@pytest.mark.parametrize(
    "data",
    [
        "",
        " ",
        "{",
        "hello",
        "{'a': 1}",
        "[1,]",
        "NaN",
        "[Infinity]",
        '{"x": -Infinity}',
        "\u00a01",
        "\ufeff1",
        "[" * 100_000,
        "9" * 10_000,
        "1e999",
        "[-1e999]",
        '{"x": 1E+400}',
        "9" * 310 + ".0",
        b"\xff",
        b'"\xed\xa0\x80"',
        "1".encode("utf-16"),
    ],
)
def test_what_is_no_json_is_an_invalid_payload(data):
    with pytest.raises(InvalidPayloadError, match=r"^1007: The message is not JSON\.$") as caught:
        read_json(data)
    assert isinstance(caught.value, ValueError)
    assert caught.value.__cause__ is not None


@given(st.text() | st.binary())
def test_reading_gives_a_value_or_says_that_there_is_none(data):
    try:
        value = read_json(data)
    except InvalidPayloadError:
        return
    assert value == json.loads(data)


def test_json_travels_in_text_or_in_bytes():
    assert kind_of("text") == "text"
    assert kind_of("binary") == "bytes"


@pytest.mark.parametrize("mode", ["bytes", "", None, 5])
def test_there_is_no_other_mode(mode):
    with pytest.raises(RuntimeError, match=r'^The "mode" argument should be "text" or "binary"\.$'):
        kind_of(mode)


@pytest.mark.parametrize("given", [{"loads": "orjson"}, {"dumps": "orjson"}])
def test_json_is_read_and_written_by_functions(given):
    with pytest.raises(TypeError) as raised:
        Codec(**given)
    assert str(raised.value) == "JSON is read and written by functions, not by 'orjson'."
