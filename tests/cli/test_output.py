"""Standard streams that are closed, or cannot be written, and values that are empty."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from chat_example import PROGRAM, SCRIPT
from patience import PROCESS
from running_server import serve

from duologue import cli
from duologue.websockets import WebSocket

FULL = "duologue: cannot write standard output: No space left on device\n"


async def echo(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    async for message in websocket.iter_text():
        await websocket.send_text(message)


@pytest.fixture(scope="module")
def server():
    with serve(echo) as url:
        yield url


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("chat.py").write_text(PROGRAM)
    Path("chat.duo").write_text(SCRIPT)
    Path("wrong.duo").write_text("nonsense")


@pytest.fixture
def typed(monkeypatch):
    """Let the command read these bytes."""
    reading, writing = os.pipe()

    def typed(data):
        os.write(writing, data)
        os.close(writing)

    with os.fdopen(reading) as file:
        monkeypatch.setattr(sys, "stdin", file)
        yield typed


def shell(line, said=""):
    """Run the command as a shell does, with what it does to the streams."""
    program = f'"{sys.executable}" -m duologue {line}'
    # Without a buffer, argparse itself fails to write its help, and does not tell.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    finished = subprocess.run(
        ["sh", "-c", program],
        env=environment,
        input=said,
        capture_output=True,
        text=True,
        timeout=PROCESS,
        check=False,
    )
    return finished.returncode, finished.stdout, finished.stderr


COMMANDS = ["check chat.duo", "play chat.duo", "play -v chat.duo", "--help", "record --help"]


@pytest.mark.parametrize("command", COMMANDS)
def test_output_that_cannot_be_written_is_told_in_a_line(command):
    assert shell(f"{command} > /dev/full") == (2, "", FULL)


@pytest.mark.parametrize("command", COMMANDS)
def test_command_may_have_no_streams(command):
    assert shell(f"{command} <&- >&- 2>&-") == (0, "", "")


@pytest.mark.parametrize("closed", ["2>&-", "2> /dev/full"])
def test_what_is_no_result_never_goes_to_the_output(closed):
    assert shell(f"check there_is_none.duo {closed}") == (2, "", "")
    assert shell(f"check wrong.duo {closed}")[::2] == (1, "")


def test_recording_that_cannot_be_shown_is_in_the_file(server):
    command = f"record {server}/ -o new.duo"
    assert shell(f"{command} > /dev/full", "hello\n") == (2, "", FULL)
    assert Path("new.duo").read_text().startswith("> open /\n")
    assert shell(f"{command} -f >&-", "hello\n")[:2] == (0, "")
    assert '< "hello"' in Path("new.duo").read_text()


@pytest.mark.parametrize("others", ["", ">&-", ">&- 2>&1"])
def test_record_needs_an_input(others):
    status, shown, told = shell(f"record ws://127.0.0.1:1/ <&- {others}")
    assert (status, shown) == (2, "")
    assert told in (
        "duologue: there is no standard input: record reads from it what the client sends\n",
        "",
    )


# Once more in this process, where it is measured.


@contextmanager
def full(monkeypatch, name):
    with Path("/dev/full").open("w", encoding="utf-8") as file, monkeypatch.context() as patch:
        patch.setattr(sys, name, file)
        yield


@pytest.mark.parametrize("words", [["check", "chat.duo"], ["--help"]])
def test_full_output(words, capsys, monkeypatch):
    with full(monkeypatch, "stdout"):
        try:
            status = cli.main(words)
        except SystemExit as ended:
            status = ended.code
        assert status == 2
    assert capsys.readouterr().err == FULL


def test_full_output_of_a_recording(server, typed, capsys, monkeypatch):
    typed(b"hello\n")
    with full(monkeypatch, "stdout"):
        assert cli.main(["record", server, "-o", "new.duo"]) == 2
    assert capsys.readouterr().err == FULL
    assert Path("new.duo").exists()


def test_full_errors(monkeypatch):
    with full(monkeypatch, "stderr"):
        assert cli.main(["check", "there_is_none.duo"]) == 2


def test_closed_streams(monkeypatch, capfd):
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert cli.main(["check", "chat.duo"]) == 0
    assert cli.main(["record", "ws://127.0.0.1:1/"]) == 2
    sys.stdout.close()
    sys.stderr.close()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "words",
    [
        ["play", ""],
        ["check", "chat.duo", ""],
        ["play", "chat.duo", "--app", ""],
        ["play", "chat.duo", "--url", "ws://x", "--unix-socket", ""],
        ["play", "chat.duo", "--url", "wss://x", "--cacert", ""],
        ["play", "chat.duo", "--url", "wss://x", "--cert", ""],
        ["play", "chat.duo", "--url", "wss://x", "--key", ""],
        ["record", "ws://127.0.0.1:1/", "-o", ""],
    ],
    ids=" ".join,
)
def test_empty_value_is_not_one_that_is_left_out(words, capsys):
    with pytest.raises(SystemExit) as raised:
        cli.main(words)
    assert raised.value.code == 2
    assert capsys.readouterr().err.endswith(": it is empty\n")


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_byte_order_mark_is_not_in_the_first_message(end, mark, server, typed, capsys):
    typed(mark + b"hello" + end)
    assert cli.main(["record", server, "--pause", "0.01"]) == 0
    assert '> "hello"\n' in capsys.readouterr().out


def test_later_byte_order_mark_is_a_character(server, typed, capsys):
    typed(b"hello\n\xef\xbb\xbfhello\n")
    assert cli.main(["record", server, "--pause", "0.01"]) == 0
    assert capsys.readouterr().out.count('> "hello"\n') == 1
