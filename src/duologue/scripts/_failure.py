"""The assertion error of a script that fails: expected, received, and the lines before."""

from typing import Any

from duologue._copies import reduce_exception
from duologue._tracebacks import tell_failure
from duologue.scripts.language.script import Line, Script

_LONGEST = 2000
"""How many characters of one message are shown."""


class ScriptFailure(AssertionError):  # noqa: N818 - it is no error of the program that plays
    """The conversation differs from the script.

    Its `str` shows the place in the script, what was expected, what was received, the conversation
    so far, and the exception of the application, if that is known.

    Args:
        what: A description of what happened.
        script: The script.
        line: The line that failed, or `None` if no line did.
        expected: The expected line, in the notation of scripts.
        got: The line that was received instead, in the same notation.
        why: A description of how they differ.
        conversation: The messages before the failure, in the notation of scripts.
        crash: The exception that the application raised, or the rule that it broke.
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

    def __reduce__(self) -> tuple[Any, ...]:
        return reduce_exception(self)

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
    """Format the exception of the application, or the rule that it has broken."""
    told = tell_failure(crash)
    return f"The application raised:\n{told}" if "\n" in told else told


def _paragraph(title: str, text: str) -> str:
    if not text:
        return ""
    first, *rest = shorten(text).splitlines()
    return "\n".join([f"{title:<10}{first}", *(f"{'':<10}{line}" for line in rest)])
