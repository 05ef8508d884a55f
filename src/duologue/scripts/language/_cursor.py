"""The cursor: a position in the text of a script, and the syntax error that points at it."""

import re
import unicodedata
from bisect import bisect_right
from pathlib import Path
from typing import Final

_BLANKS: Final = re.compile(r"[ \t]*")
_WORD: Final = re.compile(r"[^\W\d]\w*")
_SHOWN: Final = 100
"""How much of a long line an error shows."""


class ScriptSyntaxError(ValueError):
    """The text is not a script. Its `str` shows the line, the place and what is wrong.

    Args:
        message: The mistake at that place, and what was expected.
        line: The number of the line, from 1.
        column: The number of the character in the line, from 1.
        text: The line.
        path: The file, if there is one.
    """

    def __init__(
        self, message: str, line: int, column: int, text: str, path: Path | None = None
    ) -> None:
        super().__init__(message, line, column, text, path)
        self.message = message
        self.line = line
        self.column = column
        self.text = text
        self.path = path

    def __str__(self) -> str:
        place = f"{self.path or '<script>'}:{self.line}:{self.column}"
        start = max(0, self.column - 1 - _SHOWN // 2)
        before = self.text[start : self.column - 1]
        shown = before + self.text[self.column - 1 : start + _SHOWN]
        return f"{place}: {self.message}\n    {_visible(shown)}\n    {_as_blanks(before)}^"


class Cursor:
    """A place in the text of a script, which moves on as the text is read.

    Args:
        text: The text; each of its lines ends with a line feed.
        path: The file it was read from, for errors.
    """

    __slots__ = ("_starts", "path", "position", "text")

    def __init__(self, text: str, path: Path | None = None) -> None:
        self.text = text
        self.path = path
        self.position = 0
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.position >= len(self.text)

    @property
    def line(self) -> int:
        """The number of the line, from 1."""
        return bisect_right(self._starts, self.position)

    def peek(self) -> str:
        """Return the character here, empty at the end of the text."""
        return self.text[self.position : self.position + 1]

    def ends_line(self) -> bool:
        """Move over blanks, and return whether the line ends there."""
        self.skip_blanks()
        return self.peek() in ("", "\n")

    def skip_blanks(self) -> None:
        """Move over the blanks here, within the line."""
        self.take(_BLANKS)

    def take(self, pattern: re.Pattern[str]) -> str:
        """Move over the text that the pattern matches, and return it; empty without a match."""
        found = pattern.match(self.text, self.position)
        if found is None:
            return ""
        self.position = found.end()
        return found[0]

    def peek_word(self) -> str:
        """Return the word here without moving; empty if there is none."""
        found = _WORD.match(self.text, self.position)
        return found[0] if found else ""

    def end_line(self, after: str) -> None:
        """Move to the start of the next line.

        Raises:
            ScriptSyntaxError: Something is left in this one.
        """
        if not self.ends_line():
            raise self.error(f"expected the end of the line after {after}")
        self.position += 1

    def error(self, message: str, position: int | None = None) -> ScriptSyntaxError:
        """Make an error that points here, or at another position."""
        position = self.position if position is None else position
        line = bisect_right(self._starts, position)
        start = self._starts[line - 1]
        end = self.text.find("\n", start)
        text = self.text[start : len(self.text) if end < 0 else end]
        return ScriptSyntaxError(message, line, position - start + 1, text, self.path)


def _visible(text: str) -> str:
    return "".join(
        each if each == "\t" or each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text
    )


def _as_blanks(text: str) -> str:
    """Blanks as wide as a text is in a terminal."""
    return "".join(
        "\t" if each == "\t" else "  " if unicodedata.east_asian_width(each) in "WF" else " "
        for each in text
    )
