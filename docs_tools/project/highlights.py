"""Highlighted lines of a snippet, marked in its own source by an arrow: ``# <--``."""

from __future__ import annotations

import io
import re
import tokenize

ARROW = re.compile(r"\s*# <--$")


def take_highlights(source: str) -> tuple[str, list[int]]:
    """Take the arrows out of a program.

    Only comments count, so an arrow inside a string stays where it is.

    Args:
        source: The program, as it stands in its file.

    Returns:
        The program without the arrows, with the same number of lines, and the 1-based numbers of
        the lines that had one.
    """
    lines = source.splitlines(keepends=True)
    highlighted: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and ARROW.search(token.string):
            row, column = token.start
            line = lines[row - 1]
            code, ending = line.rstrip("\r\n"), line[len(line.rstrip("\r\n")) :]
            lines[row - 1] = code[:column] + ARROW.sub("", code[column:])
            lines[row - 1] = lines[row - 1].rstrip() + ending
            highlighted.append(row)
    return "".join(lines), highlighted
