from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from script_strategies import scripts

from duologue.scripts import (
    ANY,
    Accept,
    Binary,
    ClientClose,
    ClientMessage,
    Comment,
    Deny,
    Drop,
    Json,
    Like,
    Open,
    ScriptSyntaxError,
    ServerClose,
    ServerMessage,
    Text,
    Wait,
    load,
    parse,
)
from duologue.scripts.language.parser import parse_turn

MESSAGES = 'a message ("text", JSON, 0x..., binary ...)'
FROM_CLIENT = f"expected `open`, `close`, `drop`, `wait` or {MESSAGES}"
FROM_SERVER = f'expected `accept`, `deny`, `close` or {MESSAGES}, `any` or `like "..."`'


def lines(text):
    return list(parse(text).lines)


def read_line(line):
    """The line as it is read inside a conversation."""
    return lines(f"> open /\n< accept\n{line}\n> drop\n")[2]


def failure(text):
    with pytest.raises(ScriptSyntaxError) as caught:
        parse(text)
    return caught.value.line, caught.value.column, caught.value.message


def problem(text):
    try:
        parse(text)
    except ScriptSyntaxError as error:
        return error
    return None


def ended(line):
    return lines(f"> open /\n< accept\n{line}\n")[2]


def test_a_comment_is_what_stands_behind_the_sign():
    text = "#one\n#  two # 2 \t\n#\n> open /\n# three\n< deny 403"
    assert [line.text for line in lines(text) if isinstance(line, Comment)] == [
        "one",
        "two # 2",
        "",
        "three",
    ]


def test_a_comment_has_no_line_break_at_its_ends():
    script = parse("#\r a\r \n> open /\n< deny 403\n# b\r")
    assert [line.text for line in script.lines if isinstance(line, Comment)] == ["a", "b"]
    assert parse(str(script)) == script


def test_blank_lines_mean_nothing():
    assert lines("\n  \n> open /\n\t\n\n< deny 403\n \n  ") == [Open("", "/"), Deny("", 403)]


def test_lines_may_end_as_on_windows():
    text = "# a\r\n> open /\r\n    x-a: b\r\n\r\n< deny 403\r\n\r\n    [\r\n1]\r\n"
    assert lines(text) == [
        Comment("a"),
        Open("", "/", (("x-a", "b"),)),
        Deny("", 403, (), Json([1])),
    ]


def test_the_last_line_needs_no_end():
    assert lines("> open /\n< deny 403\n    x-a: b") == [
        Open("", "/"),
        Deny("", 403, (("x-a", "b"),)),
    ]


def test_a_client_may_have_a_name():
    assert lines("소희> open /\n소희<  deny 403") == [Open("소희", "/"), Deny("소희", 403)]


def test_every_line_knows_its_number():
    script = parse("# a\n> open /\n    x: y\n\n< accept\n> [\n1\n]\n< any\n> drop\n")
    assert [line.number for line in script.lines] == [1, 2, 5, 6, 9, 10]


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ('> "hello"', ClientMessage("", Text("hello"))),
        (">\t0x00", ClientMessage("", Binary(b"\0"))),
        ("> -1  ", ClientMessage("", Json(-1))),
        ("> true", ClientMessage("", Json(True))),
        ("> {\n}", ClientMessage("", Json({}))),
        ("> binary []", ClientMessage("", Json([], binary=True))),
        ('< "hello"', ServerMessage("", Text("hello"))),
        ("< null", ServerMessage("", Json(None))),
        ("< any", ServerMessage("", ANY)),
        ('< like "a*"', ServerMessage("", Like("a*"))),
        ("< binary any", ServerMessage("", Json(ANY, binary=True))),
        ("> wait 0.5", Wait("", 0.5)),
        ("> wait 1e2", Wait("", 100.0)),
    ],
)
def test_a_line_within_a_conversation(line, read):
    assert read_line(line) == read


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("> close", ClientClose("")),
        ("> close  ", ClientClose("")),
        ("> close 1000", ClientClose("", 1000)),
        ('> close 4999 "bye"', ClientClose("", 4999, "bye")),
        ("> drop", Drop("")),
        ("< close 1000", ServerClose("", 1000)),
        ("< close 1005", ServerClose("", 1005)),
        ("< close 1006", ServerClose("", 1006)),
        ("< close 1011 any", ServerClose("", 1011, ANY)),
        ('< close 3000 like "b*"', ServerClose("", 3000, Like("b*"))),
        ('< close 3000 ""', ServerClose("", 3000)),
    ],
)
def test_an_end(line, read):
    assert ended(line) == read


def test_open_has_a_path_with_headers():
    [opened, _] = lines(
        "> open /a?b=c%20d\n  Authorization: Bearer x\n  subprotocols: y\n< deny 403"
    )
    assert opened == Open("", "/a?b=c%20d", (("authorization", "Bearer x"),), ("y",))


def test_accept_has_a_subprotocol_with_headers():
    accepted = lines('> open /\n< accept chat.v2\n    x-id: like "*"\n> drop')[1]
    assert accepted == Accept("", "chat.v2", (("x-id", Like("*")),))


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ('"exact"', Text("exact")),
        ('{"detail":\n any}', Json({"detail": ANY})),
        ("0x00", Binary(b"\0")),
        ("any", ANY),
        ('like "No *"', Like("No *")),
    ],
)
@pytest.mark.parametrize("blank", ["\n", "\n \n\n"])
def test_deny_has_a_body_below_a_blank_line(body, read, blank):
    assert lines(f"> open /\n< deny 401\n{blank}    {body}\n")[1] == Deny("", 401, (), read)
    text = f"> open /\n< deny 401\n    x-a: any\n{blank}    {body}\n"
    assert lines(text)[1] == Deny("", 401, (("x-a", ANY),), read)


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("hello", 1, "expected `>` (the client), `<` (the server) or `#` (a comment)"),
        ('"a > b"', 1, "expected `>` (the client), `<` (the server) or `#` (a comment)"),
        ("ada > drop", 1, "expected `>` (the client), `<` (the server) or `#` (a comment)"),
        ("1a> drop", 1, "'1a' is not a name for a client: letters, digits and _ make one"),
        (">drop", 2, "expected a space after `>`"),
        ('<"x"', 2, "expected a space after `<`"),
        ("    x: y", 1, "this line is indented, but belongs to no `open`, `accept` or `deny`"),
        ("> accept", 3, "`accept` is a line of the other side: `< accept`"),
        ("> deny 403", 3, "`deny` is a line of the other side: `< deny`"),
        ("< open /", 3, "`open` is a line of the other side: `> open`"),
        ("< drop", 3, "`drop` is a line of the other side: `> drop`"),
        ("> drop now", 8, "expected the end of the line after `drop`"),
        ("> drop/", 7, "expected a space after `drop`"),
        ('> "a" "b"', 7, "expected the end of the line after the message"),
        ('< "a" "b"', 7, "expected the end of the line after the message"),
        ("> 0x0g", 6, "expected two hexadecimal digits for each byte"),
        ("> 01", 4, "expected the end of the line after the message"),
        ("> any", 3, "`any` stands only in what the server sends"),
        ("> [1,x", 6, "expected a JSON value"),
        ("> !", 3, "expected a JSON value"),
        ("> open", 7, "expected a path, which begins with `/`"),
        ("> open ws", 8, "expected a path, which begins with `/`"),
        ("> open /a b", 11, "expected the end of the line after the path"),
        ("> open /a#b", 10, "a path has no fragment; write %23 for the character"),
        ("> open /길", 9, "a path has other characters percent-encoded"),
        ("> open /\x7f", 9, "a path has other characters percent-encoded"),
        ("> wait", 7, "expected a number of seconds"),
        ("> wait true", 8, "expected a number of seconds"),
        ('> wait "1"', 8, "expected a number of seconds"),
        ("> wait 0", 8, "expected more than 0 and at most 3600 seconds"),
        ("> wait -1", 8, "expected more than 0 and at most 3600 seconds"),
        ("> wait 3601", 8, "expected more than 0 and at most 3600 seconds"),
        ("> wait 1 s", 10, "expected the end of the line after the seconds"),
        ('> close "bye"', 9, "expected a close code"),
        ("> close 1000 bye", 14, 'expected a string in double quotes: "..."'),
        ("> close 1000 any", 14, 'expected a string in double quotes: "..."'),
        ('> close 1000 "a" b', 18, "expected the end of the line after `close`"),
        ("> close 1005", 9, "expected a close code: 1000-1003, 1007-1014, 3000-4999"),
        ("> close 999", 9, "expected a close code: 1000-1003, 1007-1014, 3000-4999"),
        ("> close 10000", 9, "expected a close code: 1000-1003, 1007-1014, 3000-4999"),
        ("> close 2000", 9, "expected a close code: 1000-1003, 1007-1014, 3000-4999"),
        (f'> close 1000 "{"é" * 62}"', 14, "a reason has at most 123 bytes of UTF-8"),
        ("< close", 8, "expected a close code"),
        ("< close 1004", 9, "expected a close code: 1000-1003, 1005, 1006, 1007-1014, 3000-4999"),
        ('< close 1006 "x"', 13, "1006 says that no close frame with a reason came"),
        ("< close 1005 any", 13, "1005 says that no close frame with a reason came"),
        ("< close 1000 any thing", 18, "expected the end of the line after `close`"),
        (f'< close 1000 "{"é" * 62}"', 14, "a reason has at most 123 bytes of UTF-8"),
        ("< accept a b", 12, "expected the end of the line after the subprotocol"),
        ("< accept (", 10, "expected the end of the line after `accept`"),
        ("< deny", 7, "expected the status of a final HTTP response, 200 to 599"),
        ("< deny 101", 8, "expected the status of a final HTTP response, 200 to 599"),
        ("< deny 600", 8, "expected the status of a final HTTP response, 200 to 599"),
        ("< deny 4030", 8, "expected the status of a final HTTP response, 200 to 599"),
        ("< deny 403 no", 12, "expected the end of the line after the status"),
        ("< deny 403\n\n  x: y", 3, "expected a JSON value"),
        ("< deny 403\n\n  binary []", 3, "a body has no frames: leave `binary` out"),
        ('< deny 403\n\n  "a" b', 7, "expected the end of the line after the body"),
        ("# a \ud800", 5, "half of a surrogate pair, which UTF-8 cannot write"),
    ],
)
def test_what_is_no_line_is_an_error_with_its_place(line, column, message):
    number = 4 + line.count("\n")
    assert failure(f"> open /\n< accept\n\n{line}\n> drop\n") == (number, column, message)


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        (
            "> hello",
            3,
            f'{FROM_CLIENT}; text stands in quotes: "hello"',
        ),
        (
            ">",
            2,
            FROM_CLIENT,
        ),
        (
            "< ",
            3,
            FROM_SERVER,
        ),
        (
            "< nil",
            3,
            f'{FROM_SERVER}; text stands in quotes: "nil"',
        ),
    ],
)
def test_an_unknown_word_is_answered_with_what_is_known(line, column, message):
    assert failure(f"> open /\n{line}\n") == (2, column, message)


def test_a_body_belongs_to_deny_only():
    message = "this line is indented, but belongs to no `open`, `accept` or `deny`"
    assert failure("> open /\n\n    []\n< deny 403") == (3, 1, message)


def test_the_order_of_a_conversation_is_checked():
    assert failure("# a\n\n> open /\n\n> drop") == (
        5,
        1,
        "the server has not answered: `< accept` or `< deny STATUS` comes first",
    )
    assert failure("") == (1, 1, "the script has no conversation: it begins with `> open PATH`")
    assert failure("# a\n") == (
        1,
        1,
        "the script has no conversation: it begins with `> open PATH`",
    )


def test_an_error_names_the_file():
    with pytest.raises(ScriptSyntaxError) as caught:
        parse("> opn /", "talk.duo")
    assert caught.value.path == Path("talk.duo")
    assert str(caught.value).startswith("talk.duo:1:3: expected `open`")


def test_a_file_is_read(tmp_path):
    path = tmp_path / "talk.duo"
    path.write_bytes(b"\xef\xbb\xbf> open /\r\n< deny 403\r\n")
    script = load(path)
    assert list(script.lines) == [Open("", "/"), Deny("", 403)]
    assert script.path == path


def test_a_file_that_is_not_in_utf_8_is_an_error(tmp_path):
    path = tmp_path / "talk.duo"
    path.write_bytes(b"> open /\n# caf" + b"\xe9\n< deny 403\n")
    with pytest.raises(ScriptSyntaxError) as caught:
        load(path)
    error = caught.value
    assert (error.line, error.column, error.message) == (2, 6, "the file is not in UTF-8")
    assert (error.path, error.text) == (path, "# caf\ufffd")


@given(st.text())
@example("> open /\n< accept\n" + "[" * 100_000)
@example("\ud800")
def test_no_text_is_worse_than_a_syntax_error(text):
    error = problem(text)
    if error is not None:
        shown = text.replace("\r\n", "\n").split("\n")
        assert shown[error.line - 1] == error.text
        assert 1 <= error.column <= len(error.text) + 1
        assert str(error)


@given(scripts(), st.data())
def test_no_damage_is_worse_than_a_syntax_error(script, data):
    text = str(script)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 5)))
    damage = data.draw(st.text('<>#":{}[],* \n\t\r\\0x1adnylike', max_size=3))
    try:
        damaged = parse(text[:start] + damage + text[end:])
    except ScriptSyntaxError:
        return
    assert parse(str(damaged)) == damaged


def test_a_line_can_be_read_alone():
    assert parse_turn("> close 1000") == ClientClose("", 1000)
    assert parse_turn("> open /\n    x-a: b") == Open("", "/", (("x-a", "b"),))
    with pytest.raises(ScriptSyntaxError, match="expected one line only"):
        parse_turn("> drop\n> drop")
