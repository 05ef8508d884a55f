"""The assertion error of a script that does not hold: expected, received, and what came before."""

import traceback
from pathlib import Path

from duologue import _in_process, testclient
from duologue.scripts.language.script import Line, Script

_LONGEST = 2000
"""How many characters of one message are shown."""

_OURS = {str(Path(package.__file__ or "").parent) for package in (_in_process, testclient)}
"""What stands between the player and the application."""


class ScriptFailure(AssertionError):  # noqa: N818 - it is no error of the program that plays
    """A conversation was not held as the script says.

    Its `str` shows the place in the script, what was expected, what came, the conversation so far,
    and what the application raised, where that is known.

    Args:
        what: What happened, in words.
        script: The script.
        line: The line that does not hold, or `None` where it is none of them.
        expected: What was expected, in the notation of scripts.
        got: What came instead, in the same notation.
        why: In which way they differ, in words.
        conversation: What was sent and received before, in the notation of scripts.
        crash: What the application raised, or which rule it broke.
    """

    def __init__(
        self,
        what: str,
        script: Script,
        line: Line | None = None,
        *,
        expected: str = "",
        got: str = "",
        why: str | None = None,
        conversation: tuple[str, ...] = (),
        crash: BaseException | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.script = script
        self.line = line
        self.expected = expected
        self.got = got
        self.why = why
        self.conversation = conversation
        self.crash = crash

    def __str__(self) -> str:
        number = f":{self.line.number}" if self.line is not None and self.line.number else ""
        parts = [f"{self.script.path or '<script>'}{number}: {self.what}"]
        compared = [
            _paragraph("expected", self.expected),
            _paragraph("got", self.got),
            _paragraph("", self.why or ""),
        ]
        parts.append("\n".join(part for part in compared if part))
        parts.append(_paragraph("so far", "\n".join(map(shorten, self.conversation))))
        if self.crash is not None:
            parts.append(show_crash(self.crash))
        return "\n\n".join(part for part in parts if part)


def shorten(text: str) -> str:
    """Cut what is too long to be read."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}... ({len(text)} characters)"


def show_crash(crash: BaseException) -> str:
    """Tell what the application raised, with its traceback from where its own code begins."""
    shown = traceback.TracebackException.from_exception(crash)
    stack = list(shown.stack)
    while stack and str(Path(stack[0].filename).parent) in _OURS:
        stack.pop(0)
    if not stack:
        return f"{type(crash).__name__}: {crash}"  # it has broken a rule, which the server says
    shown.stack = traceback.StackSummary.from_list(stack)
    return "The application raised:\n" + "".join(shown.format()).rstrip()


def _paragraph(title: str, text: str) -> str:
    if not text:
        return ""
    first, *rest = shorten(text).splitlines()
    return "\n".join([f"{title:<10}{first}", *(f"{'':<10}{line}" for line in rest)])
