"""What the command writes: results to standard output, remarks to standard error."""

import os
import sys
from pathlib import Path
from typing import TextIO


class OutputError(Exception):
    """Standard output cannot be written.

    Args:
        error: The reason.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(f"cannot write standard output: {error.strerror}")
        self.error = error


def open_closed_streams() -> None:
    """Open what the shell has closed: what is written there is dropped, and goes nowhere else.

    Python has `None` for such a stream, and `print` takes that for standard output. The first
    socket would get its number.
    """
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


def say(text: str, end: str = "\n") -> None:
    """Write to standard output, at once.

    Raises:
        OutputError: It cannot be written.
    """
    try:
        print(text, end=end, flush=True)
    except OSError as error:
        raise OutputError(error) from error


def flush_output() -> None:
    """Write what is still to be written to standard output: help, or the words of a program.

    Raises:
        OutputError: It cannot be written.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        raise OutputError(error) from error


def remark(text: str) -> None:
    """Write a line to standard error, at once. If that is impossible, nobody can be told."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _drop(sys.stderr)


def drop_output() -> None:
    """Drop what Python would still try to write to standard output when it exits."""
    _drop(sys.stdout)


def _drop(stream: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
