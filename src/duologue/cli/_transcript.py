"""The output of `record`: shows the script, and writes it to a file, while it is recorded."""

from pathlib import Path
from types import TracebackType
from typing import Self

from duologue.cli._output import OutputError, remark, say
from duologue.scripts import Line, Recorder


class UserError(Exception):
    """A command cannot do what it is asked to. The message is one line that says why."""


class Transcript:
    """Shows a script while it is recorded, and writes it to a file.

    Args:
        path: The file, or `None` for none.
        recorder: The recorder with the script.
        destination: The options with which it can be played back.
        interactive: Whether someone types at a terminal.
        force: Whether a file that is there may be overwritten.

    Raises:
        UserError: The file cannot be written, or is there already.
    """

    PROMPT = "send: "

    def __init__(
        self,
        path: Path | None,
        recorder: Recorder,
        destination: str,
        *,
        interactive: bool,
        force: bool,
    ) -> None:
        if path is not None and path.exists() and not force:
            raise UserError(f"{path} already exists: choose another name, or --force")
        if path is not None and not path.parent.is_dir():
            raise UserError(f"there is no folder {path.parent}")
        self._path = path
        self._recorder = recorder
        self._destination = destination
        self._interactive = interactive
        self._shown = 0

    def write(self, line: Line) -> None:
        """Show a line, and write it: nothing is lost, whatever happens next."""
        if self._path is not None:
            _write(self._path, "a" if self._shown else "w", f"{line}\n")
        self._shown += 1
        if self._interactive:
            say(f"\r\033[K{line}\n{self.PROMPT}", end="")
        else:
            say(str(line))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Show what the script needs besides to be played back, and write the whole."""
        script = self._recorder.script
        if self._path is not None and script.clients:
            _write(self._path, "w", str(script))
        if isinstance(exception, OutputError):
            return
        if self._interactive:
            say("\r\033[K", end="")
        for line in script.lines[self._shown :]:
            say(str(line))
        if self._path is not None and script.clients:
            played = f"duologue play {self._path} {self._destination}"
            remark(f"Wrote {self._path}. To play it back: {played}")


def _write(path: Path, mode: str, text: str) -> None:
    try:
        with path.open(mode, encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from None
