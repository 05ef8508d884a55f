from json import dumps

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.scripts import Binary, Json, Recorder, Script, Text, parse
from duologue.scripts._recorder import received_content
from duologue.scripts.transports.connectors import Accepted, Broken, Denied, Ended

ACCEPTED = Accepted("", [("server", "x")])


def recorded(*, client=""):
    recorder = Recorder(client)
    recorder.open("/")
    recorder.answer(ACCEPTED)
    return recorder


def test_a_conversation_becomes_a_script():
    recorder = Recorder()
    recorder.open("/ws?x=1", [("x-a", "b")], ["chat"])
    recorder.answer(Accepted("chat", [("server", "x")]))
    recorder.send(Text("hello"))
    recorder.receive("hello")
    recorder.send(Json({"a": 1}, binary=True))
    recorder.receive(b'{"a": 1}')
    recorder.receive(b"\xff")
    recorder.close(1000, "bye")
    recorder.open("/")
    recorder.answer(Denied(403, [("server", "x")], b'{"error":"no"}'))
    recorder.open("/")
    recorder.answer(ACCEPTED)
    recorder.receive(Ended(3000, "bye"))
    recorder.open("/")
    recorder.answer(ACCEPTED)
    recorder.drop()
    assert (
        str(recorder.script)
        == """\
> open /ws?x=1
    subprotocols: chat
    x-a: b
< accept chat
> "hello"
< "hello"
> binary {"a": 1}
< binary {"a": 1}
< 0xff
> close 1000 "bye"
> open /
< deny 403

    {"error": "no"}
> open /
< accept
< close 3000 "bye"
> open /
< accept
> drop
"""
    )
    assert parse(str(recorder.script)) == recorder.script


def test_each_line_is_returned():
    recorder = Recorder("ada")
    assert str(recorder.open("/")) == "ada> open /"
    assert str(recorder.answer(ACCEPTED)) == "ada< accept"
    assert str(recorder.send(Text("a"))) == 'ada> "a"'
    assert str(recorder.receive("b")) == 'ada< "b"'
    assert str(recorder.close()) == "ada> close"


def test_what_has_no_end_is_given_one():
    recorder = recorded()
    assert str(recorder.script) == "> open /\n< accept\n> close 1000\n"
    recorder.receive("more")
    assert str(recorder.script) == '> open /\n< accept\n< "more"\n> close 1000\n'


def test_what_has_no_answer_is_left_out():
    recorder = Recorder()
    assert recorder.script == Script(())
    recorder.open("/")
    assert recorder.script == Script(())
    recorder.answer(ACCEPTED)
    recorder.drop()
    recorder.open("/again")
    assert str(recorder.script) == "> open /\n< accept\n> drop\n"


def test_what_breaks_the_rules_is_told_in_a_comment():
    recorder = recorded()
    told = recorder.receive(Broken("invalid\nopcode"))
    assert str(told) == "# The server broke the rules: invalid opcode"
    assert str(recorder.script) == f"> open /\n< accept\n{told}\n> drop\n"


def test_a_broken_handshake_leaves_a_comment_only():
    recorder = Recorder()
    recorder.open("/")
    recorder.answer(Broken("no HTTP"))
    assert str(recorder.script) == "# The server broke the rules: no HTTP\n"


@pytest.mark.parametrize(
    ("message", "content"),
    [
        ("hello", Text("hello")),
        ("1", Text("1")),
        ('"a"', Text('"a"')),
        ("[1]", Json([1])),
        ('{"a": NaN}', Text('{"a": NaN}')),
        ("[1e999]", Text("[1e999]")),
        ("{oops", Text("{oops")),
        (f"[{'9' * 309}]", Json([10**309 - 1])),
        (f"[{'9' * 4301}]", Text(f"[{'9' * 4301}]")),
        ("[" * 101 + "]" * 101, Text("[" * 101 + "]" * 101)),
        (b"[1]", Json([1], binary=True)),
        (b"1", Binary(b"1")),
        (b"\xff", Binary(b"\xff")),
    ],
)
def test_objects_and_arrays_are_recorded_as_json(message, content):
    assert received_content(message) == content


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**300, 10**320)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON.map(dumps), st.booleans())
def test_whatever_json_comes_can_be_written(message, binary):
    recorder = recorded()
    recorder.receive(message.encode() if binary else message)
    recorder.close()
    assert parse(str(recorder.script)) == recorder.script


@given(JSON.map(lambda value: dumps(value).encode()) | st.binary(), st.integers(200, 599))
def test_whatever_body_comes_can_be_written(body, status):
    recorder = Recorder()
    recorder.open("/")
    recorder.answer(Denied(status, [], body))
    assert parse(str(recorder.script)) == recorder.script


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.binary())
def test_whatever_comes_can_be_written(message):
    recorder = recorded()
    recorder.receive(message)
    recorder.close()
    assert parse(str(recorder.script)) == recorder.script
