import pytest

from duologue.scripts import ScriptFailure, Text, parse
from duologue.scripts.failure import shorten, tell
from duologue.scripts.script import Hear

SCRIPT = parse("> open /\n< accept\n< any\n> close\n", "talk.duo")


def test_a_failure_reads_like_a_good_assertion():
    failure = ScriptFailure(
        "the server said something else",
        SCRIPT,
        SCRIPT.lines[2],
        expected="< {\n    1\n  }",
        got='< "b"',
        why="the message is no JSON",
        conversation=("> open /\n    x-a: b", "< accept"),
    )
    assert (
        str(failure)
        == """\
talk.duo:3: the server said something else

expected  < {
              1
            }
got       < "b"
          the message is no JSON

so far    > open /
              x-a: b
          < accept"""
    )
    assert isinstance(failure, AssertionError)


def test_what_is_not_known_is_left_out():
    assert str(ScriptFailure("nothing happened", parse("> open /\n< deny 403"))) == (
        "<script>: nothing happened"
    )
    line = Hear("", Text(""))
    assert str(ScriptFailure("nothing happened", SCRIPT, line, got="x")) == (
        "talk.duo: nothing happened\n\ngot       x"
    )


def raised_by(function):
    with pytest.raises(Exception) as caught:
        function()
    return caught.value


def test_what_the_application_raised_is_told():
    error = raised_by(lambda: {}["room"])
    told = str(ScriptFailure("x", SCRIPT, crash=error))
    assert told.startswith("talk.duo: x\n\nThe application raised:\nTraceback")
    assert '{}["room"]' in told
    assert told.endswith("KeyError: 'room'")


def test_the_traceback_begins_where_the_player_ends():
    error = raised_by(lambda: SCRIPT.write("/nowhere/talk.duo"))
    assert "script.py" in tell(error)
    error.__traceback__ = error.__traceback__.tb_next.tb_next
    told = tell(error)
    assert "script.py" not in told
    assert "pathlib" in told
    assert told.endswith(
        "FileNotFoundError: [Errno 2] No such file or directory: '/nowhere/talk.duo'"
    )


def test_an_error_of_the_player_has_no_traceback():
    error = raised_by(lambda: parse(""))
    error.__traceback__ = error.__traceback__.tb_next.tb_next
    assert 'File "' not in tell(error)


def test_what_is_long_is_cut():
    assert shorten("x" * 2000) == "x" * 2000
    assert shorten("x" * 2001) == "x" * 2000 + "... (2001 characters)"
