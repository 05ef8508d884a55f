"""What runs in the browser: a program holds its conversation, and each line is reported.

It knows nothing of the browser: the JavaScript around it hands over what the reader has written,
and a function that takes reports. Each is a JSON object, as a string, with an ``event``:

``told``
    A line of the script has come true: its number as ``line``, and what was said as ``said``.
``held``
    The whole script has; from a server, ``unseen`` tells whether a page can see all that it says.
``failed``
    It has not: ``what`` happened, at which ``line``, what was ``expected``, what was ``got``,
    ``why`` they differ, and as ``crash`` what the application raised, if it did.
``broken``
    Nothing could be played, because of the ``program`` or the ``script`` (``where``): the ``kind``
    of the error, its ``text`` or traceback, and the ``line`` of the program or script.
``stopped``
    The reader has stopped it.

Where the reader is the client, these come instead of what comes of a script:

``listening``
    The application has started, and can be talked to.
``said``
    What a ``client`` or the server has said, in the notation of scripts, as ``said``.
``ended``
    The conversation of a ``client`` has ended.
``kept``
    It was enough: the whole, as a ``script``.
"""

from __future__ import annotations

import asyncio
import json
import sys
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duologue._programs import AppError, load_beside
from duologue.scripts import Comment, ScriptFailure, ScriptSyntaxError, load, play

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from docs_tools.playground.console import Console
    from duologue.scripts import Connector, Script
    from duologue.types import ASGIApp

FOLDER = "docs_src"


class Stage:
    """Plays what the reader has written.

    Args:
        report: Takes reports.
        root: The folder for the files of programs and scripts. Each play writes its own.
    """

    def __init__(self, report: Callable[[str], object], root: Path = Path("/")) -> None:
        self._report = report
        self._root = root
        self._playing: asyncio.Task[None] | None = None
        self._is_stopped = False
        self.console: Console

    def play(self, name: str, program: str, script: str, seconds: float = 5.0) -> Awaitable[None]:
        """Play a script against its program, and report what comes.

        Args:
            name: What to call them: ``PAGE/NAME``, as in ``docs_src``.
            program: The text of the program.
            script: The text of the script.
            seconds: How long the program may take for each line.

        Returns:
            What to await until it is over. From now on it can be stopped.
        """
        files = {".py": program, ".duo": script}
        return self._hold(name, files, partial(self._play, seconds))

    def play_on_server(
        self, name: str, address: str, script: str, seconds: float = 5.0
    ) -> Awaitable[None]:
        """Play a script against a server, and report what comes.

        Args:
            name: What to call it.
            address: The ``ws://`` or ``wss://`` URL that its paths are put behind.
            script: The text of the script.
            seconds: How long the server may take for each line.

        Returns:
            What to await until it is over, as `play` does.
        """
        return self._hold(name, {".duo": script}, partial(self._play_on_server, address, seconds))

    def talk(self, name: str, program: str) -> Awaitable[None]:
        """Let the reader talk to a program; `console` takes what is said.

        Args:
            name: What to call it.
            program: The text of the program.

        Returns:
            What to await until it is over, as `play` does.
        """
        # It brings the command along, which a play need not wait for.
        from docs_tools.playground.console import Console

        self.console = Console(self._tell)
        return self._hold(name, {".py": program}, self._talk)

    def _hold(
        self, name: str, files: dict[str, str], action: Callable[[Path], Awaitable[None]]
    ) -> Awaitable[None]:
        self._is_stopped = False
        path = self._root / FOLDER / f"{name}.duo"
        path.parent.mkdir(parents=True, exist_ok=True)
        for ending, text in files.items():
            path.with_suffix(ending).write_text(text, encoding="utf-8")
        return self._report_end(path, partial(action, path))

    async def _report_end(self, path: Path, action: Callable[[], Awaitable[None]]) -> None:
        self._playing = asyncio.current_task()
        try:
            if self._is_stopped:
                raise asyncio.CancelledError  # noqa: TRY301 - as if it had come a little later
            await action()
        except asyncio.CancelledError:
            self._tell("stopped")
        except ScriptSyntaxError as error:
            text = self._shorten(str(error))
            self._tell("broken", where="script", kind="SyntaxError", text=text, line=error.line)
        except AppError as error:
            self._tell("broken", where="program", **self._account(error.__cause__ or error, path))
        except ScriptFailure as failure:
            crash = failure.crash and self._account(failure.crash, path)
            self._tell(
                "failed",
                what=failure.what,
                line=failure.line and failure.line.number,
                expected=failure.expected,
                got=failure.got,
                why=failure.why,
                crash=crash,
            )
        except BaseException as error:  # noqa: BLE001 - what would end Python ends this play
            self._tell("broken", where="program", **self._account(error, path))
        finally:
            self._playing = None

    def stop(self) -> None:
        """End the play that is going on, unless it does not let itself be interrupted."""
        self._is_stopped = True
        if self._playing is not None:
            self._playing.cancel()

    async def _play(self, seconds: float, path: Path) -> None:
        script = load(path)
        await self._compare(script, load_beside(path), seconds)
        self._tell("held")

    async def _play_on_server(self, address: str, seconds: float, path: Path) -> None:
        # Most readers play in the page, and need not wait for these.
        from docs_tools.playground.sockets import BrowserConnector
        from docs_tools.project.browsers import visible

        script = load(path)
        seen = visible(script)
        await self._compare(seen, BrowserConnector(address), seconds)
        self._tell("held", unseen=seen != script)

    async def _compare(self, script: Script, target: Connector | ASGIApp, seconds: float) -> None:
        numbers = iter(turns(script))

        def listen(said: str) -> None:
            self._tell("told", line=next(numbers), said=said)

        await play(script, target, timeout=seconds, listener=listen)

    async def _talk(self, path: Path) -> None:
        script = await self.console.hold(load_beside(path))
        self._tell("kept", script=str(script))

    def _account(self, error: BaseException, path: Path) -> dict[str, Any]:
        """Tell of an error by the lines of the program alone, as the reader has written them."""
        program = str(path.with_suffix(".py"))
        told = traceback.TracebackException.from_exception(error)
        for each in family(told):
            own = [frame for frame in each.stack if frame.filename == program]
            each.stack = traceback.StackSummary.from_list(own)
        lines = [frame.lineno for each in family(told) for frame in each.stack[-1:]]
        if isinstance(error, SyntaxError) and error.filename == program:
            lines = [error.lineno]
        text = str(error) if isinstance(error, AppError) else "".join(told.format())
        return {
            "kind": type(error).__name__,
            "text": self._shorten(text),
            "line": lines[0] if lines else None,
        }

    def _shorten(self, text: str) -> str:
        """Call files as the page does."""
        return text.replace(f"{self._root / FOLDER}/", f"{FOLDER}/")

    def _tell(self, event: str, **values: Any) -> None:
        self._report(json.dumps({"event": event} | values, ensure_ascii=False))


def family(told: traceback.TracebackException) -> Iterator[traceback.TracebackException]:
    """An error, those that it is a group of, and those that it came from."""
    yield told
    for each in (*(told.exceptions or ()), told.__cause__, told.__context__):
        if each is not None:
            yield from family(each)


def turns(script: Script) -> list[int]:
    """The numbers of the lines that the player tells of, one after the other."""
    return [line.number for line in script.lines if not isinstance(line, Comment)]


def prepare() -> None:
    """Set up Python as the browser runs it."""
    # The files of a play may have the size of those of the last one, and the same second.
    sys.dont_write_bytecode = True
    mend(asyncio.get_event_loop())


def mend(loop: Any) -> None:
    """Let Pyodide's event loop do what others do.

    A browser's timers ring a little early. Who then waits for the rest, as anyio does, may ask for
    less than no time; refused, the limit would be lost. And a program that exits, or that raises
    what Ctrl-C raises, ends its own task and not all of Python.
    """
    call_later = loop.call_later

    def at_once_or_later(delay: float, *args: Any, **options: Any) -> Any:
        return call_later(max(delay, 0), *args, **options)

    loop.call_later = at_once_or_later
    loop._keyboard_interrupt_handler = lambda: None  # noqa: SLF001
    loop._system_exit_handler = lambda _: None  # noqa: SLF001 # pyright: ignore[reportUnknownLambdaType]
