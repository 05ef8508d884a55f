from pathlib import Path

from hypothesis import given
from script_strategies import scripts

from duologue.scripts import (
    ANY,
    Accept,
    ClientClose,
    ClientMessage,
    Comment,
    Deny,
    Drop,
    Json,
    Like,
    Open,
    Script,
    ServerClose,
    ServerMessage,
    Text,
    Wait,
    load,
    parse,
)

LINES = (
    Comment("Narration."),
    Comment(""),
    Open("", "/ws?x=1", (("x-a", "b c"),), ("chat.v2", "chat.v1")),
    Accept("", "chat.v2", (("x-id", Like("req-*")), ("x-any", ANY))),
    ClientMessage("", Text("hello")),
    ServerMessage("", Json({"id": ANY})),
    Wait("", 0.5),
    Wait("", 2.0),
    ClientClose("", 1000, "bye"),
    Open("", "/"),
    Deny("", 401, (("x-a", "b"),), Json({"detail": "no"})),
    Open("", "/"),
    Accept(""),
    ClientClose(""),
    Open("", "/"),
    Accept(""),
    ServerClose("", 3000, Like("*")),
    Open("", "/"),
    Accept(""),
    Drop(""),
)

TEXT = """\
# Narration.
#
> open /ws?x=1
    subprotocols: chat.v2, chat.v1
    x-a: b c
< accept chat.v2
    x-id: like "req-*"
    x-any: any
> "hello"
< {"id": any}
> wait 0.5
> wait 2
> close 1000 "bye"
> open /
< deny 401
    x-a: b

    {"detail": "no"}
> open /
< accept
> close
> open /
< accept
< close 3000 like "*"
> open /
< accept
> drop
"""


def test_a_script_is_written():
    assert str(Script(LINES)) == TEXT


def test_what_was_written_is_read_again():
    assert parse(TEXT) == Script(LINES)


@given(scripts())
def test_any_script_survives_being_written_and_read(script):
    assert parse(str(script)) == script


@given(scripts())
def test_what_is_written_is_canonical(script):
    assert str(parse(str(script))) == str(script)


def test_header_values_that_would_mean_something_else_are_quoted():
    values = ("", " a ", '"a"', "any", "like", 'like"', "like it", "liked", "a\tb", "\xa0")
    opened = Open("", "/", tuple((f"x-{n}", value) for n, value in enumerate(values)))
    assert str(opened).splitlines()[1:] == [
        '    x-0: ""',
        '    x-1: " a "',
        r'    x-2: "\"a\""',
        "    x-3: any",
        "    x-4: like",
        '    x-5: like"',
        "    x-6: like it",
        "    x-7: liked",
        r'    x-8: "a\tb"',
        '    x-9: "\xa0"',
    ]
    accepted = Accept("", "", opened.headers)
    assert str(accepted).splitlines()[4:9] == [
        '    x-3: "any"',
        '    x-4: "like"',
        r'    x-5: "like\""',
        '    x-6: "like it"',
        "    x-7: liked",
    ]
    script = Script((opened, accepted, Drop("")))
    assert parse(str(script)) == script


def test_names_stand_before_the_sign():
    script = Script((Open("ada", "/"), Open("봉", "/"), Deny("ada", 403), Deny("봉", 403)))
    assert str(script) == "ada> open /\n봉> open /\nada< deny 403\n봉< deny 403\n"
    assert script.clients == ("ada", "봉")


def test_a_script_without_names_has_one_client():
    assert Script(LINES).clients == ("",)


def test_numbers_and_paths_are_not_compared():
    script = parse("\n> open /\n\n< deny 403\n", "a.duo")
    assert [line.number for line in script.lines] == [2, 4]
    assert script.path == Path("a.duo")
    assert script == Script((Open("", "/"), Deny("", 403)))


def test_a_script_is_written_to_a_file(tmp_path):
    path = tmp_path / "a.duo"
    script = Script((Comment("한글"), Open("", "/"), Deny("", 403)))
    script.write(path)
    assert path.read_bytes() == "# 한글\n> open /\n< deny 403\n".encode()
    assert load(path) == script
