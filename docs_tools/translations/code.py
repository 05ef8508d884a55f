"""Code blocks as they are compared: comments are words, and words are translated."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from pygments.lexers import get_lexer_by_name  # pyright: ignore[reportUnknownVariableType]
from pygments.token import Comment, is_token_subtype
from pygments.util import ClassNotFound

if TYPE_CHECKING:
    from pygments.lexer import Lexer

# Comments that are not for people: the line of a preprocessor, and ``#!``.
MACHINES = (Comment.Preproc, Comment.PreprocFile, Comment.Hashbang)


@cache
def lexer(language: str) -> Lexer | None:
    """What splits code of this language, if anything knows it."""
    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None


@lru_cache(maxsize=4096)
def without_comments(code: str, language: str) -> str:
    """Take out comments, the space before them, and lines that hold nothing else."""
    splitter = lexer(language)
    if splitter is not None:
        code = "".join(
            ("\n" if text.endswith("\n") else "")
            if is_token_subtype(kind, Comment)
            and not any(is_token_subtype(kind, each) for each in MACHINES)
            else text
            for kind, text in splitter.get_tokens(code)
        )
    lines = (line.rstrip() for line in code.splitlines())
    return "\n".join(line for line in lines if line)
