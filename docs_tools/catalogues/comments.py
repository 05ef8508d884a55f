"""Comments of snippets: extracted for the catalogue, and translated in their place.

A comment is a message; lines of comments that follow each other are one message, with as many
lines in every language, so that no line of a snippet moves. What a tool reads (``noqa``, the arrow
of :mod:`docs_tools.project.highlights`) is no message.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docs_tools.catalogues.messages import Collector
from docs_tools.project.highlights import ARROW
from docs_tools.project.snippets import FOLDER
from duologue.scripts import Comment, parse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from docs_tools.catalogues.messages import Message, Translate

FOR_TOOLS = re.compile(r"#\s*(?:!|-\*-|noqa\b|type:|ruff:|mypy:|pyright:|pragma:|fmt:)")
HASH = re.compile(r"#+ ?")


@dataclass
class Remark:
    """A comment in a file.

    Attributes:
        row: Its line, from 0.
        column: Where it begins.
        alone: Whether nothing else is on its line.
        mark: The number sign, and what stands between it and the words.
        words: What it says.
        rest: What follows for tools: the arrow.
    """

    row: int
    column: int
    alone: bool
    mark: str
    words: str
    rest: str


def localise(name: str, content: str, translate: Translate) -> str:
    """A file of ``docs_src`` with its comments in another language.

    Args:
        name: Its name from ``docs_src``. Files but programs and scripts are as they were.
        content: What is in it.
        translate: Knows the words.

    Returns:
        The file with as many lines and the same code.

    Raises:
        ValueError: A translation has more or fewer lines than the comment.
    """
    lines = content.splitlines(keepends=True)
    for group in grouped(remarks(name, content)):
        text = "\n".join(each.words for each in group)
        translated = translate(f"{FOLDER}/{name}", text).splitlines()
        if len(translated) != len(group):
            raise ValueError(
                f"{FOLDER}/{name}: the comment {text!r} has {len(group)} lines, its translation "
                f"{len(translated)}: break it where lines should end"
            )
        for each, words in zip(group, translated, strict=True):
            line = lines[each.row]
            ending = line[len(line.rstrip("\r\n")) :]
            made = line[: each.column] + each.mark + words + each.rest
            lines[each.row] = made.rstrip() + ending
    made = "".join(lines)
    if made != content:
        assert same_code(name, content, made), f"{FOLDER}/{name}: more than comments has changed"
    return made


def remarks(name: str, content: str) -> list[Remark]:
    """The comments of a file that are for people."""
    if name.endswith(".duo"):
        rows = [line.number - 1 for line in parse(content).lines if isinstance(line, Comment)]
        lines = content.splitlines()
        places = [(row, 0, lines[row].rstrip(), True) for row in rows]
    elif name.endswith(".py"):
        places = [
            (
                token.start[0] - 1,
                token.start[1],
                token.string,
                not token.line[: token.start[1]].strip(),
            )
            for token in tokenize.generate_tokens(io.StringIO(content).readline)
            if token.type == tokenize.COMMENT
        ]
    else:
        places = []
    found: list[Remark] = []
    for row, column, comment, alone in places:
        said = ARROW.sub("", comment)
        mark = HASH.match(said)
        if mark and said[mark.end() :].strip() and not FOR_TOOLS.match(said):
            words = said[mark.end() :].rstrip()
            found.append(Remark(row, column, alone, mark[0], words, comment[len(said) :]))
    return found


def grouped(found: Iterable[Remark]) -> list[list[Remark]]:
    """Comments that are one text: on lines of their own, one below the other."""
    groups: list[list[Remark]] = []
    for each in found:
        last = groups[-1][-1] if groups else None
        if (
            last
            and last.alone
            and each.alone
            and (last.row + 1, last.column) == (each.row, each.column)
        ):
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def same_code(name: str, before: str, after: str) -> bool:
    """Whether two versions of a file are the same but for comments, line by line."""
    if before.count("\n") != after.count("\n"):
        return False
    if name.endswith(".py"):
        trees = [ast.dump(ast.parse(each), include_attributes=True) for each in (before, after)]
        return trees[0] == trees[1]
    if name.endswith(".duo"):
        scripts = [parse(each).lines for each in (before, after)]
        said = [
            [each if not isinstance(each, Comment) else each.number for each in lines]
            for lines in scripts
        ]
        return said[0] == said[1]
    return before == after


def messages(root: Path) -> list[Message]:
    """What the comments of all snippets say."""
    collector = Collector()
    folder = root / FOLDER
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".py", ".duo"}:
            name = path.relative_to(folder).as_posix()
            collector.file = f"{FOLDER}/{name}"
            localise(name, path.read_text(encoding="utf-8"), collector)
    return collector.messages
