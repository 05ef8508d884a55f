import anyio
import pytest
from patience import MOMENT

from duologue._in_process.server import WebSocketServer
from duologue.scripts import ScriptFailure, Text, parse
from duologue.scripts._failure import shorten, show_crash
from duologue.scripts.language.script import ServerMessage

SCRIPT = parse("> open /\n< accept\n< any\n> close\n", "talk.duo")


def test_a_failure_reads_like_a_good_assertion():
    failure = ScriptFailure(
        "the server sent something else",
        SCRIPT,
        SCRIPT.lines[2],
        expected="< {\n    1\n  }",
        got='< "b"',
        why="the message is not JSON",
        conversation=("> open /\n    x-a: b", "< accept"),
    )
    assert (
        str(failure)
        == """\
talk.duo:3: the server sent something else

expected  < {
              1
            }
got       < "b"
          the message is not JSON

so far    > open /
              x-a: b
          < accept"""
    )
    assert isinstance(failure, AssertionError)


def test_what_is_not_known_is_left_out():
    assert str(ScriptFailure("nothing happened", parse("> open /\n< deny 403"))) == (
        "<script>: nothing happened"
    )
    line = ServerMessage("", Text(""))
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


def crash_of(app):
    """Let an application fail in process."""

    async def fail():
        server = WebSocketServer(app, {"type": "websocket"}, keep_failure=False)
        with anyio.fail_after(MOMENT):
            await server.run()
        return server.crash

    return anyio.run(fail)


def test_the_traceback_begins_where_the_application_does():
    async def app(scope, receive, send):
        return {}["room"]

    told = show_crash(crash_of(app))
    assert told.startswith('The application raised:\nTraceback (most recent call last):\n  File "')
    assert "testserver.py" not in told
    assert f'File "{__file__}"' in told
    assert told.endswith("KeyError: 'room'")


def test_a_rule_that_is_broken_has_no_traceback():
    async def app(scope, receive, send):
        pass

    assert show_crash(crash_of(app)) == (
        "RuntimeError: The application returned without an answer to the handshake: "
        "accept(), close() or send_denial_response()."
    )


def test_what_is_long_is_cut():
    assert shorten("x" * 2000) == "x" * 2000
    assert shorten("x" * 2001) == "x" * 2000 + "... (2001 characters)"
