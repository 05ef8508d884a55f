"""The commands `play`, `check` and `record`, and their options."""

import argparse
import io
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, TypeAlias

from duologue import __version__
from duologue._programs import AppError, load_beside, load_named
from duologue._targets import OTHERS, explain_lacking, explain_unknown, lacking
from duologue.cli._destination import (
    add_options,
    check_no_server,
    connector_for,
    connectors_for,
    playing_again,
    present,
    read_address,
    remind,
    some_path,
    some_text,
)
from duologue.cli._output import (
    OutputError,
    drop_output,
    flush_output,
    open_closed_streams,
    remark,
    say,
)
from duologue.cli._recording import Lines, Recording
from duologue.cli._running import run
from duologue.cli._transcript import Transcript, UserError
from duologue.scripts import (
    AppConnector,
    CannotConnectError,
    Recorder,
    Script,
    ScriptFailure,
    ScriptSyntaxError,
    load,
    play,
)

Command: TypeAlias = Callable[[argparse.Namespace], int]

RIGHT, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130

PLAY_HELP = """\
Play scripts: send what the clients send, and check what the server sends.

Without --url and --app, chat.duo is played in process against the `app` of
the program chat.py beside it, which is executed afresh for each script.
"""

PLAY_EXAMPLES = """\
examples:
  duologue play chat.duo
  duologue play scripts/ --backend trio
  duologue play chat.duo --app shop.main:app
  duologue play chat.duo --url ws://127.0.0.1:8000 --timeout 10 -v
  duologue play chat.duo --url wss://localhost:8443 --cacert ca.pem
  duologue play chat.duo --url ws://shop --unix-socket /run/shop.sock
  duologue play chat.duo --url ada=ws://127.0.0.1:8000 --url bob=ws://127.0.0.1:8001

exit status: 0 every script passes, 1 one fails, 2 wrong usage, script missing
or server unreachable
"""

CHECK_HELP = "Read scripts without playing them, and report mistakes."

CHECK_EXAMPLES = """\
examples:
  duologue check chat.duo
  duologue check scripts/

exit status: 0 every script is right, 1 one is wrong, 2 wrong usage or script missing
"""

RECORD_HELP = """\
Connect to a server, and write the messages as a script.

Each line is sent as a text message. A line that is valid for a client in a
script, such as `close 1000`, is treated as in a script. More examples:
0x00ff, {"id": 7}, "text", close 1000 "bye", drop, wait 0.5.
"""

RECORD_EXAMPLES = """\
examples:
  duologue record ws://127.0.0.1:8000/ws -o chat.duo
  duologue record wss://example.com/ws -H "authorization: Bearer x7f3" -s chat.v2
  printf 'hello\\nclose 1000\\n' | duologue record ws://127.0.0.1:8000/ws > chat.duo

exit status: 0 recorded, 1 the server violated the protocol, 2 wrong usage or
server unreachable
"""


class Words(NamedTuple):
    """The words for what became of a script, of one and of many."""

    right: str
    wrong: str
    of_one: str
    of_many: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The arguments after `duologue`; by default those of the shell.

    Returns:
        The exit status: 0; 1 if a script failed; 2 for wrong use or without a server; 130 after
            Ctrl-C.
    """
    open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # rather than fail over a message
    try:
        try:
            return _run_command(arguments)
        finally:
            flush_output()
    except OutputError as error:
        drop_output()
        if isinstance(error.error, BrokenPipeError):
            return FAILED  # its reader has exited, and knows that
        return _complain(error)


def _run_command(arguments: Sequence[str] | None) -> int:
    options = make_parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options)
    except (UserError, AppError, CannotConnectError) as error:
        return _complain(error)
    except KeyboardInterrupt:
        remark("duologue: interrupted")
        return INTERRUPTED


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="duologue", description="Play, check and record scripts of WebSocket connections."
    )
    parser.add_argument("--version", action="version", version=f"duologue {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    playing = _add(commands.add_parser, "play", play_command, PLAY_HELP, PLAY_EXAMPLES)
    _add_files(playing)
    target = playing.add_mutually_exclusive_group()
    target.add_argument(
        "--url",
        metavar="[CLIENT=]URL",
        action="append",
        default=[],
        help="play against the server at this ws:// or wss:// URL; with the name of a client, for "
        "that client only; may be given more than once",
    )
    target.add_argument(
        "--app", metavar="MODULE:APP", type=some_text, help="play against this application"
    )
    playing.add_argument(
        "--backend",
        choices=("asyncio", "trio"),
        default="asyncio",
        help="the event loop to play on (default: asyncio)",
    )
    _add_timeout(playing, "to wait for each line of the server")
    add_options(playing)
    playing.add_argument(
        "-v", "--verbose", action="store_true", help="show each line when it is sent or received"
    )

    _add_files(_add(commands.add_parser, "check", check_command, CHECK_HELP, CHECK_EXAMPLES))

    recording = _add(commands.add_parser, "record", record_command, RECORD_HELP, RECORD_EXAMPLES)
    recording.add_argument(
        "url", metavar="URL", help="the URL to open: ws:// or wss://, with a path"
    )
    recording.add_argument(
        "-o", "--output", metavar="FILE", type=some_path, help="write the script to this file too"
    )
    recording.add_argument("-f", "--force", action="store_true", help="overwrite the file")
    add_options(recording)
    recording.add_argument(
        "--pause",
        metavar="SECONDS",
        type=_seconds,
        default=0.3,
        help="before the next line from a pipe, how long the server must be idle (default: 0.3)",
    )
    _add_timeout(recording, "to wait for the answer to the handshake")
    return parser


def play_command(options: argparse.Namespace) -> int:
    """Play scripts."""
    if find_spec(options.backend) is None:
        raise UserError(f"{options.backend} is not installed: pip install {options.backend}")
    servers = connectors_for(options.url, options)
    if not servers:
        check_no_server(options)
    remind(options)
    app = load_named(options.app, Path.cwd()) if options.app else None
    clients: list[str] = []

    def play_one(path: Path, script: Script) -> None:
        async def play_it() -> None:
            await play(script, targets, timeout=options.timeout, listener=listener)

        clients.extend(script.clients)
        if options.verbose:
            say(str(path))
        listener = _show if options.verbose else None
        targets = servers or {OTHERS: AppConnector(app or load_beside(path), options.timeout)}
        client = lacking(script.clients, targets)
        if client is not None:
            raise UserError(f"{path}: {explain_lacking(client, '--url')}")
        targets = {client: present(each, options) for client, each in targets.items()}
        run(play_it, options.backend)

    status = _each_script(options.files, play_one, Words("passes", "fails", "passes", "pass"))
    unknown = explain_unknown(servers, clients, "--url") if clients else None
    return max(status, _complain(UserError(unknown))) if unknown else status


def check_command(options: argparse.Namespace) -> int:
    """Read scripts without playing them."""
    words = Words("right", "wrong", "is right", "are right")
    return _each_script(options.files, lambda path, script: None, words)


def record_command(options: argparse.Namespace) -> int:
    """Record a conversation."""
    server, opened = read_address(options)
    connector = connector_for(server, options)
    if sys.stdin is None:
        raise UserError("there is no standard input: record reads from it what the client sends")
    remind(options)
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    recorder = Recorder()

    async def record() -> bool:
        async with connector:
            recording = Recording(
                connector.channel(opened.path, opened.headers, opened.subprotocols),
                recorder,
                transcript.write,
                timeout=options.timeout,
                pause=0 if interactive else options.pause,
            )
            return await recording.hold(opened, Lines(sys.stdin.fileno()))

    with Transcript(
        options.output,
        recorder,
        playing_again(server, options),
        interactive=interactive,
        force=options.force,
    ) as transcript:
        return 0 if run(record, "asyncio") else FAILED


def find_scripts(place: Path) -> list[Path]:
    """Find scripts: a file as it is named, or those in a folder.

    Raises:
        UserError: There is no such place, or no script in it, or it is a program.
    """
    script = place.with_suffix(".duo") if place.name else place
    if not place.exists():
        raise UserError(f"there is no file {place}{_meant(place, script)}")
    if place.is_dir():
        found = sorted(path for path in place.rglob("*.duo") if path.is_file())
        if not found:
            raise UserError(f"there is no script (*.duo) in {place}")
        return found
    if place.suffix == ".py":
        remedy = f"give its script, {script}" if script.is_file() else f"write its script, {script}"
        raise UserError(f"{place} is a program: {remedy}")
    return [place]


def _meant(place: Path, script: Path) -> str:
    """Suggest what a place that is not a file was meant to be."""
    if place.parts[0].lower() in ("ws:", "wss:"):
        return ": the URL of a server goes with --url, and a script before it"
    if ":" in place.name:
        return ": an application goes with --app, and a script before it"
    return f": its script is {script}" if script.is_file() else ""


def _each_script(places: Iterable[Path], do: Callable[[Path, Script], None], words: Words) -> int:
    """Do something with each script that is there, and tell in a line how it went."""
    outcomes: list[int] = []
    for place in places:
        try:
            outcomes += [_one_script(path, do, words) for path in find_scripts(place)]
        except UserError as error:
            outcomes.append(_complain(error))
    good, total = outcomes.count(RIGHT), len(outcomes) - outcomes.count(WRONG)
    if good < total:
        say(f"{good} of {total} scripts {words.of_many}")
    elif total:
        say(f"1 script {words.of_one}" if total == 1 else f"{total} scripts {words.of_many}")
    return max(outcomes)


def _one_script(path: Path, do: Callable[[Path, Script], None], words: Words) -> int:
    try:
        do(path, _load(path))
    except (UserError, AppError) as error:
        return _complain(error)
    except (ScriptFailure, ScriptSyntaxError) as error:
        say(f"{words.wrong:<7}{path}\n\n{error}\n")
        return FAILED
    say(f"{words.right:<7}{path}")
    return RIGHT


def _complain(error: Exception) -> int:
    """Say in a line what was wrong with the command, or with what it was given."""
    remark(f"duologue: {error}")
    return WRONG


def _load(path: Path) -> Script:
    try:
        return load(path)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None


def _show(text: str) -> None:
    say("\n".join(f"    {line}" for line in text.splitlines()))


def _add(
    add_parser: Callable[..., argparse.ArgumentParser],
    name: str,
    command: Command,
    description: str,
    examples: str,
) -> argparse.ArgumentParser:
    parser = add_parser(
        name,
        help=description.partition("\n")[0].rstrip(".").lower(),
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=command)
    return parser


def _add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", metavar="FILE", nargs="+", type=some_path, help="a script, or a folder of scripts"
    )


def _add_timeout(parser: argparse.ArgumentParser, purpose: str) -> None:
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_seconds,
        default=5.0,
        help=f"how long {purpose} (default: 5)",
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds
