import io
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from chat_example import PROGRAM, SCRIPT
from patience import PROCESS
from running_server import serve

from duologue import __version__, cli
from duologue.cli import _main
from duologue.websockets import WebSocket


async def echo(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    if scope["path"] != "/ws":
        return await websocket.close()
    await websocket.accept(websocket.headers.get("x-choose"))
    async for message in websocket.iter_text():
        if message == "bye":
            return await websocket.close(3000, "bye")
        await websocket.send_json([message])
    return None


@pytest.fixture(scope="module")
def server():
    with serve(echo) as url:
        yield url


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.fixture
def chat():
    Path("chat.py").write_text(PROGRAM)
    Path("chat.duo").write_text(SCRIPT)


@pytest.fixture
def typed(monkeypatch):
    """Let the command read these lines."""
    opened = []

    def typed(text):
        reading, writing = os.pipe()
        os.write(writing, text.encode())
        os.close(writing)
        opened.append(os.fdopen(reading))
        monkeypatch.setattr(sys, "stdin", opened[-1])

    yield typed
    for file in opened:
        file.close()


@pytest.mark.usefixtures("chat")
def test_a_script_that_holds_is_a_line(run):
    assert run("play", "chat.duo") == (0, "passes chat.duo\n1 script passes\n", "")


@pytest.mark.usefixtures("chat")
def test_scripts_are_found_in_folders_and_played_afresh(run):
    Path("more").mkdir()
    Path("more/chat.py").write_text(PROGRAM)
    Path("more/chat.duo").write_text(SCRIPT)
    assert run("play", "chat.duo", ".", "--backend", "trio") == (
        0,
        "passes chat.duo\npasses chat.duo\npasses more/chat.duo\n3 scripts pass\n",
        "",
    )


@pytest.mark.usefixtures("chat")
def test_the_conversation_can_be_shown(run):
    status, shown, _ = run("play", "-v", "chat.duo")
    assert status == 0
    assert shown == (
        'chat.duo\n    > open /\n    < accept\n    > "hello"\n    < ["hello"]\n'
        "    > close 1000\npasses chat.duo\n1 script passes\n"
    )


@pytest.mark.usefixtures("chat")
def test_what_is_shown_may_go_anywhere(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert cli.main(["check", "chat.duo"]) == 0
    assert sys.stdout.getvalue() == "right  chat.duo\n1 script is right\n"


@pytest.mark.usefixtures("chat")
def test_a_script_that_fails_is_told(run):
    Path("bad.py").write_text(PROGRAM)
    Path("bad.duo").write_text(SCRIPT.replace('["hello"]', '["bye"]'))
    assert run("play", "bad.duo", "chat.duo") == (
        1,
        """\
fails  bad.duo

bad.duo:4: the server sent something else

expected  < ["bye"]
got       < ["hello"]
          at [0]: expected "bye", got "hello"

so far    > open /
          < accept
          > "hello"

passes chat.duo
1 of 2 scripts pass
""",
        "",
    )


RETURNS_AT_ONCE = """\
async def app(scope, receive, send):
    await send({"type": "websocket.accept"})
"""


@pytest.mark.usefixtures("chat")
def test_an_application_that_breaks_the_rules_is_a_failure_like_any_other(run):
    Path("bad.py").write_text(RETURNS_AT_ONCE)
    Path("bad.duo").write_text("> open /\n< accept\n> close")
    status, shown, complaint = run("play", "bad.duo", "chat.duo")
    assert (status, complaint) == (1, "")
    assert "bad.duo:3: the server sent what no line expects\n\ngot       < close 1006\n" in shown
    assert "\n\nRuntimeError: The application returned without closing the connection." in shown
    assert shown.endswith("passes chat.duo\n1 of 2 scripts pass\n")


START_FAILS = """\
from contextlib import asynccontextmanager
from duologue import Duologue

@asynccontextmanager
async def lifespan(app):
    {}

app = Duologue([], lifespan=lifespan)
"""


def test_a_startup_that_fails_is_told_without_the_calls_of_this_library(run):
    Path("chat.py").write_text(START_FAILS.format("yield 'no dict'"))
    Path("chat.duo").write_text(SCRIPT)
    assert run("play", "chat.duo") == (
        1,
        """\
fails  chat.duo

chat.duo: the application did not start

TypeError: A lifespan yields a dict, to be shared as state, or nothing; not 'no dict'.

0 of 1 scripts pass
""",
        "",
    )
    Path("chat.py").write_text(START_FAILS.format("yield {}['database']"))
    status, shown, _ = run("play", "chat.duo")
    assert status == 1
    assert shown.count('  File "') == shown.count("chat.py") == 1
    assert "KeyError: 'database'\n" in shown


@pytest.mark.usefixtures("chat")
def test_scripts_that_are_there_are_played_and_the_others_reported(run):
    Path("alone.duo").write_text(SCRIPT)
    Path("bad.duo").write_text("> opn /\n")
    Path("empty").mkdir()
    status, shown, complaint = run("play", "nowhere.duo", "alone.duo", "empty", "chat.duo")
    assert (status, shown) == (2, "passes chat.duo\n1 script passes\n")
    assert complaint == (
        "duologue: there is no file nowhere.duo\n"
        "duologue: there is no program alone.py beside alone.duo\n"
        "duologue: there is no script (*.duo) in empty\n"
    )
    status, shown, complaint = run("check", "bad.duo", "nowhere.duo", "chat.duo")
    assert (status, complaint) == (2, "duologue: there is no file nowhere.duo\n")
    assert shown.endswith("right  chat.duo\n1 of 2 scripts are right\n")


@pytest.mark.usefixtures("chat")
def test_a_mistake_in_a_script_is_told_with_its_place(run):
    Path("bad.duo").write_text("> opn /\n")
    for command, word in (("play", "fails"), ("check", "wrong")):
        status, shown, complaint = run(command, "bad.duo", "chat.duo")
        assert (status, complaint) == (1, "")
        assert shown.startswith(f"{word}  bad.duo\n\nbad.duo:1:3: expected `open`, ")
        assert "\n    > opn /\n      ^\n\n" in shown


def test_scripts_can_be_checked(run):
    Path("chat.duo").write_text(SCRIPT)
    assert run("check", "chat.duo") == (0, "right  chat.duo\n1 script is right\n", "")
    assert run("check", ".", ".")[1].endswith("2 scripts are right\n")


@pytest.mark.usefixtures("chat")
def test_an_application_can_be_named(run):
    Path("my_cli_shop.py").write_text(PROGRAM)
    Path("other.duo").write_text(SCRIPT)
    assert run("play", "other.duo", "--app", "my_cli_shop:app")[0] == 0


def test_scripts_are_played_against_a_server(run, server):
    Path("chat.duo").write_text(SCRIPT.replace("/", "/ws"))
    for backend in ("asyncio", "trio"):
        assert run("play", "chat.duo", "--url", server, "--backend", backend)[0] == 0


@pytest.mark.usefixtures("chat")
def test_the_time_limit_can_be_chosen(run):
    Path("chat.duo").write_text(SCRIPT.replace("> close", "< any\n> close"))
    status, shown, _ = run("play", "chat.duo", "--timeout", "0.2")
    assert status == 1
    assert "chat.duo:5: the server sent nothing for 0.2 s" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("play", "nowhere.duo"), "there is no file nowhere.duo"),
        (("check", "empty"), "there is no script (*.duo) in empty"),
        (("play", "folder.duo"), "there is no script (*.duo) in folder.duo"),
        (("play", "alone"), "there is no file alone: its script is alone.duo"),
        (("play", "alone.py"), "alone.py is a program: give its script, alone.duo"),
        (("check", "alone.py"), "alone.py is a program: give its script, alone.duo"),
        (("play", "other.py"), "other.py is a program: write its script, other.duo"),
        (("play", "nowhere.py"), "there is no file nowhere.py"),
        (
            ("play", "alone:app"),
            "there is no file alone:app: an application goes with --app, and a script before it",
        ),
        (
            ("play", "WS://x/"),
            "there is no file WS:/x: the URL of a server goes with --url, and a script before it",
        ),
        (
            ("play", "alone.duo", "--app", "alone.py"),
            "'alone.py' does not name an application: write MODULE:APP, like alone:app",
        ),
        (
            ("play", "alone.duo", "--url", "alone.py"),
            "alone.py is a file, and not the URL of a server, like ws://127.0.0.1:8000/",
        ),
        (
            ("record", "alone.duo"),
            "alone.duo is a file, and not the URL of a server, like ws://127.0.0.1:8000/",
        ),
        (("play", "alone.duo"), "there is no program alone.py beside alone.duo"),
        (
            ("play", "alone.duo", "--app", "shop"),
            "'shop' does not name an application: write MODULE:APP, like shop.main:app",
        ),
        (
            ("play", "alone.duo", "--url", "http://x"),
            "'http://x' is not the URL of a WebSocket server: write ws://x",
        ),
        (
            ("record", "ws://x/길"),
            "> open /길: a path has other characters percent-encoded",
        ),
        (
            ("record", "ws://x/a#b"),
            "> open /a#b: a path has no fragment; write %23 for the character",
        ),
        (("record", "ws://[x/"), "'ws://[x/' is not a URL: Invalid IPv6 URL"),
        (
            ("record", "localhost:8000/?a=b"),
            "'localhost:8000/?a=b' is not the URL of a WebSocket server: write ws://localhost:8000/?a=b",
        ),
        (
            ("record", "ws://x", "-H", "no header"),
            "no header: expected a header, `name: value`",
        ),
        (
            ("record", "ws://x", "-s", "a b"),
            "subprotocols: a b: expected the end of the line after the header",
        ),
        (
            ("record", "ws://x", "-o", "alone.duo"),
            "alone.duo already exists: choose another name, or --force",
        ),
    ],
)
def test_wrong_use_is_told_in_a_line(run, arguments, message):
    Path("alone.duo").write_text(SCRIPT)
    Path("folder.duo").mkdir()
    Path("empty/folder.duo").mkdir(parents=True)
    if "alone.py" in arguments:
        Path("alone.py").write_text(PROGRAM)
    Path("other.py").write_text(PROGRAM)
    assert run(*arguments) == (2, "", f"duologue: {message}\n")


def test_a_file_may_be_impossible_to_read(run, monkeypatch):
    def load(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(_main, "load", load)
    Path("chat.duo").write_text(SCRIPT)
    assert run("check", "chat.duo")[2] == "duologue: cannot read chat.duo: Permission denied\n"


@pytest.mark.usefixtures("chat")
def test_a_backend_may_be_missing(run, monkeypatch):
    monkeypatch.setattr(_main, "find_spec", lambda name: None)
    assert run("play", "chat.duo", "--backend", "trio") == (
        2,
        "",
        "duologue: trio is not installed: pip install trio\n",
    )


@pytest.mark.usefixtures("chat")
def test_a_package_may_be_missing(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "duologue.scripts.transports.sockets", None)
    status, _, complaint = run("play", "chat.duo", "--url", "ws://x")
    assert status == 2
    assert "duologue.scripts.transports.sockets" in complaint


@pytest.mark.usefixtures("chat")
def test_a_server_may_not_be_there(run, free_tcp_port, typed):
    url = f"ws://127.0.0.1:{free_tcp_port}"
    expected = (2, "", f"duologue: cannot connect to {url}: nothing listens there\n")
    assert run("play", "chat.duo", "--url", url) == expected
    typed("hello\n")
    assert run("record", url, "-o", "new.duo") == expected
    assert not Path("new.duo").exists()


@pytest.mark.parametrize(
    "arguments",
    [[], ["sing"], ["play"], ["play", "a", "--timeout", "0"], ["play", "a", "--timeout", "x"]],
)
def test_a_wrong_command_line_is_told(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("usage: duologue")


@pytest.mark.parametrize("command", [[], ["play"], ["check"], ["record"]])
def test_help_is_given_with_examples(command, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main([*command, "--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert "usage: duologue" in shown
    assert not command or f"examples:\n  duologue {command[0]} " in shown


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"duologue {__version__}\n"


def test_a_conversation_is_recorded_and_plays_back(run, server, typed):
    typed('hello\n[1]\nclose 1000 "bye"\n')
    status, shown, complaint = run(
        "record", f"{server}/ws?x=1", "-o", "new.duo", "-s", "a", "-s", "b", "-H", "x-choose: b",
        "--pause", "0.1",
    )  # fmt: skip
    assert status == 0
    assert (
        shown
        == Path("new.duo").read_text()
        == (
            "> open /ws?x=1\n    subprotocols: a, b\n    x-choose: b\n< accept b\n"
            '> "hello"\n< ["hello"]\n> [1]\n< ["[1]"]\n> close 1000 "bye"\n'
        )
    )
    assert complaint == (f"Wrote new.duo. To play it back: duologue play new.duo --url {server}\n")
    assert run("play", "new.duo", "--url", server)[0] == 0


def test_a_server_may_end_what_is_recorded(run, server, typed):
    typed("bye\nmore\n")
    status, shown, _ = run("record", f"{server}/ws")
    assert (status, shown) == (0, '> open /ws\n< accept\n> "bye"\n< close 3000 "bye"\n')
    typed("never\n")
    assert run("record", server)[:2] == (0, "> open /\n< deny 403\n")


def test_a_server_may_break_the_rules_while_it_is_recorded(run, server, typed, monkeypatch):
    monkeypatch.setattr("websockets.client.ClientProtocol.process_response", _refuse)
    typed("hello\n")
    status, shown, _ = run("record", f"{server}/ws", "-o", "new.duo")
    assert status == 1
    assert shown == "# The server broke the rules: an answer to another handshake: no\n"


def _refuse(protocol, response):
    from websockets.exceptions import InvalidHandshake

    raise InvalidHandshake("no")


def started(*arguments, **options):
    """Start the command as a program of its own."""
    command = [sys.executable, "-m", "duologue.cli", *arguments]
    pipe = subprocess.PIPE
    options = {"stdin": pipe, "stdout": pipe, "stderr": pipe} | options
    return subprocess.Popen(command, text=True, **options)


@pytest.mark.usefixtures("chat")
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_play_can_be_interrupted(backend):
    Path("chat.duo").write_text(SCRIPT.replace("> close", "< any\n> close"))
    with started("play", "-v", "chat.duo", "--timeout", "60", "--backend", backend) as program:
        while "hello" not in program.stdout.readline():
            pass
        program.send_signal(signal.SIGINT)
        _, complaint = program.communicate(timeout=PROCESS)
    assert (program.returncode, complaint) == (130, "duologue: interrupted\n")


def test_a_recording_that_is_interrupted_is_not_lost(server):
    with started("record", f"{server}/ws", "-o", "new.duo", "--pause", "0.01") as program:
        program.stdin.write("hello\n")
        program.stdin.flush()
        while '["hello"]' not in program.stdout.readline():
            pass
        program.send_signal(signal.SIGINT)
        shown, complaint = program.communicate(timeout=PROCESS)
    assert program.returncode == 130
    assert shown == "> close 1000\n"
    assert complaint.endswith("\nduologue: interrupted\n")
    assert Path("new.duo").read_text() == (
        '> open /ws\n< accept\n> "hello"\n< ["hello"]\n> close 1000\n'
    )


def test_someone_can_type(server):
    ours, theirs = pty.openpty()
    with started("record", f"{server}/ws", "-o", "new.duo", stdin=theirs, stdout=theirs) as program:
        os.close(theirs)
        shown = ""
        for said, answer in (("hello\n", '< ["hello"]'), ("bye\n", "< close 3000")):
            os.write(ours, said.encode())
            while answer not in shown:
                shown += os.read(ours, 1024).decode()
        _, complaint = program.communicate(timeout=PROCESS)
    os.close(ours)
    assert program.returncode == 0
    assert complaint.startswith("Wrote new.duo.")
    assert shown.count("send: ") > 1
    assert Path("new.duo").read_text() == (
        '> open /ws\n< accept\n> "hello"\n< ["hello"]\n> "bye"\n< close 3000 "bye"\n'
    )


@pytest.mark.usefixtures("chat")
def test_who_reads_may_go():
    reading, writing = os.pipe()
    os.close(reading)
    with started("play", "chat.duo", stdout=writing) as program:
        os.close(writing)
        _, complaint = program.communicate(timeout=PROCESS)
    assert (program.returncode, complaint) == (1, "")


def test_what_the_terminal_cannot_show_is_escaped():
    Path("chat.duo").write_text("> open /\n< accept\n한\n")
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    with started("check", "chat.duo", env=environment) as program:
        shown, complaint = program.communicate(timeout=PROCESS)
    assert (program.returncode, complaint) == (1, "")
    assert "\\ud55c" in shown
