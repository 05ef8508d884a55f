"""Regular expressions of convertors, parsed for the automaton: without what it cannot match."""

import re
from dataclasses import dataclass
from typing import Final, NoReturn

# What follows the backslash of an escape for one character: a number, a name, or a letter.
_ESCAPE = (
    r"x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]+\}|0[0-7]{0,2}|[0-3][0-7]{2}"
    r"|[^0-9AZzbB]"
)
_TOKEN: Final = re.compile(
    rf"""
      \(\?\#[^)]*\)  # a comment
    | (?P<open>\((?:\?(?:P<\w+>|(?P<flags>[aimsu]*(?:-[ims]+)?):)|(?!\?)))
    | (?P<close>\))
    | (?P<bar>\|)
    | (?P<repeat>[*+?]|\{{(?P<least>[0-9]*)(?P<comma>,(?P<most>[0-9]*))?(?<!\{{)\}})(?P<how>[?+]?)
    | (?P<character>\[\^?\]?(?:\\.|[^\\\]])*\]|\\(?:{_ESCAPE})|[^\\^$(])
    | (?P<other>\(\?[<P]?.|\\?.)
    """,
    re.VERBOSE | re.DOTALL,
)
_MEANINGS: Final = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@dataclass(frozen=True, slots=True)
class Character:
    """One character: a regular expression of one, such as `a`, `[^/]` or `.`."""

    regex: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after the other."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several; the first one that fits is taken."""

    options: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part as often as possible, or, if it is lazy, as seldom as possible."""

    part: "Expression"
    least: int
    most: int | None
    lazy: bool


Expression = Character | Sequence | Choice | Repeat


def literal(text: str) -> Sequence:
    """Make the expression of a literal text."""
    return Sequence(tuple(Character(re.escape(character)) for character in text))


def parse(regex: str) -> Expression:
    """Read a regular expression, as the module `re` understands it.

    Raises:
        ValueError: The regular expression is invalid, or it looks further than at the next
            character, with a lookahead or a back reference.
    """
    try:
        re.compile(regex)
    except re.error as error:
        raise ValueError(f"{regex!r} is not a regular expression: {error}.") from None
    # Of every group that is open: its flags, and its options, each with its parts.
    groups: list[tuple[str, list[list[Expression]]]] = [("", [[]])]
    for token in _TOKEN.finditer(regex):
        parts = groups[-1][1][-1]
        if token["open"]:
            groups.append((f"(?{token['flags']}:" if token["flags"] else "", [[]]))
        elif token["close"]:
            group = _choose(groups.pop()[1])
            groups[-1][1][-1].append(group)
        elif token["bar"]:
            groups[-1][1].append([])
        elif token["repeat"]:
            if token["how"] == "+":
                _refuse(regex, token[0])
            parts.append(Repeat(parts.pop(), *_count(token), lazy=token["how"] == "?"))
        elif token["character"]:
            flags = [flags for flags, _ in groups if flags]
            parts.append(Character("".join(flags) + token[0] + ")" * len(flags)))
        elif token["other"]:
            _refuse(regex, token[0])
    return _choose(groups[0][1])


def _choose(options: list[list[Expression]]) -> Expression:
    sequences = [Sequence(tuple(parts)) for parts in options]
    return sequences[0] if len(sequences) == 1 else Choice(tuple(sequences))


def _count(token: re.Match[str]) -> tuple[int, int | None]:
    if token["repeat"] in _MEANINGS:
        return _MEANINGS[token["repeat"]]
    least = int(token["least"] or 0)
    if token["comma"] is None:
        return least, least
    return least, int(token["most"]) if token["most"] else None


def _refuse(regex: str, what: str) -> NoReturn:
    raise ValueError(
        f"{regex!r} has {what!r} in it: a path is matched character by character, so that none can "
        "take long. Leave that out, and let convert() raise a ValueError for what it does not take."
    )
