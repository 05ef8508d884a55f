"""The automaton that matches paths with parameters, in a time linear in their length.

The module `re` tries one way after the other. Where parts compete for the same characters there are
a great many ways, and a hostile text makes it try them all. Here a text is read twice, whatever it
is: once backwards, to learn from which places in the pattern the rest of the text can be matched,
and once forwards, along the way that `re` would have found in the end.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from duologue.routing._expressions import Character, Choice, Expression, Repeat, Sequence

_MOST_STEPS = 5_000
_KNOWN_CHARACTERS = _KNOWN_STEPS = 1_024
_END = 0


class _Fork:
    """A place from which several ways lead on, the one to be preferred first.

    Attributes:
        ways: Positions and forks.
        leave: The exit of a loop that was passed without reading anything.
    """

    __slots__ = ("leave", "ways")

    def __init__(self) -> None:
        self.ways: tuple[_Place, ...] = ()
        self.leave: _Place = self


_Place = int | _Fork


class Automaton:
    """A pattern of texts and parameters.

    Its positions are those of the characters in the pattern, numbered from its end, which is
    position 0. A set of positions is an integer that has their bits.

    Args:
        pieces: The expressions, each with the name of its parameter, or `None` without a parameter.
        flags: The flags with which `re` compares a character.

    Raises:
        ValueError: The pattern has too many positions.
    """

    __slots__ = (
        "_before",
        "_bits_of",
        "_comes_before",
        "_follows",
        "_in_a_row",
        "_names",
        "_next",
        "_owners",
    )

    def __init__(
        self, pieces: Iterable[tuple[str | None, Expression]], flags: re.RegexFlag = re.NOFLAG
    ) -> None:
        builder = _Builder()
        pieces = list(pieces)
        first: _Place = _END
        for name, expression in reversed(pieces):
            builder.owner = name
            first = builder.build(expression, first)
        self._names = [name for name, _ in pieces if name is not None]
        self._owners = builder.owners
        # By position: the positions that may come next, in order. At the end stand the first ones.
        self._follows = [builder.reach(place) for place in (*builder.nexts, first)]
        # By the bit of a position: the positions that may come before it.
        self._comes_before: dict[int, int] = {}
        for position, nexts in enumerate(self._follows[:-1]):
            for _, bit in nexts:
                self._comes_before[bit] = self._comes_before.get(bit, 0) | 1 << position
        # The positions that come after the one beside them alone. One shift does for all of those.
        self._in_a_row = sum(
            bit for bit, before in self._comes_before.items() if before == bit << 1
        )
        tests = [(re.compile(regex, flags).fullmatch, bits) for regex, bits in builder.bits.items()]

        @lru_cache(_KNOWN_CHARACTERS)
        def bits_of(character: str) -> int:
            return sum(bits for fits, bits in tests if fits(character))

        self._bits_of = bits_of
        # Most paths look like others that have come before.
        self._before = lru_cache(_KNOWN_STEPS)(self._find_before)
        self._next = lru_cache(_KNOWN_STEPS)(self._find_next)

    def match(self, text: str) -> dict[str, str] | None:
        """Match a text as a whole.

        Returns:
            The texts of the parameters by name, or `None` if it does not match.
        """
        ahead = self._look_ahead(text)
        return None if ahead is None else self._follow(text, ahead)[1]

    def match_start(self, text: str) -> tuple[int, dict[str, str]] | None:
        """Match the start of a text, up to its end or a slash.

        Returns:
            The length of the start, and the texts of the parameters by name; or `None`.
        """
        ahead = self._look_ahead(text, "/")
        return None if ahead is None else self._follow(text, ahead)

    def _look_ahead(self, text: str, stop: str = "") -> list[int] | None:
        """Find out which positions can read the rest of the text, for each place in it.

        Returns:
            Sets of positions, from the end of the text to its start; `None` for no match.
        """
        before = self._before
        able = 1 << _END
        ahead = [able]
        for character in reversed(text):
            able = before(able, character)
            if character == stop:
                able |= 1 << _END
            elif not able and not stop:
                return None
            ahead.append(able)
        return ahead if any(able & bit for _, bit in self._follows[-1]) else None

    def _find_before(self, able: int, character: str) -> int:
        """Find the positions that can read a character, followed by those that come next."""
        before = (able & self._in_a_row) << 1
        others = able & ~self._in_a_row
        while others:
            bit = others & -others
            others ^= bit
            before |= self._comes_before.get(bit, 0)
        return before & self._bits_of(character)

    def _find_next(self, position: int, able: int) -> int:
        """Find the position that comes next: the first one of those that are able."""
        return next(to for to, bit in self._follows[position] if able & bit)

    def _follow(self, text: str, ahead: list[int]) -> tuple[int, dict[str, str]]:
        """Go through a text that matches, always on the first way that leads to the end."""
        owners, following = self._owners, self._next
        starts: dict[str | None, int] = {}
        ends: dict[str | None, int] = {}
        owner: str | None = None
        position, place = -1, 0
        while (position := following(position, ahead[~place])) != _END:
            if owners[position] != owner:
                ends[owner] = place
                owner = owners[position]
                starts[owner] = place
            place += 1
        ends[owner] = place
        return place, {
            name: text[starts[name] : ends[name]] if name in starts else "" for name in self._names
        }


class _Builder:
    """Puts an automaton together, from its end to its start."""

    def __init__(self) -> None:
        self.owner: str | None = None
        self.owners: list[str | None] = [None]
        self.nexts: list[_Place] = [_END]
        self.bits: dict[str, int] = {}
        self._steps = 0

    def build(self, expression: Expression, after: _Place) -> _Place:
        """Add an expression before a place, and return where it begins."""
        self._count()
        match expression:
            case Character(regex):
                position = len(self.owners)
                self.owners.append(self.owner)
                self.nexts.append(after)
                self.bits[regex] = self.bits.get(regex, 0) | 1 << position
                return position
            case Sequence(parts):
                for part in reversed(parts):
                    after = self.build(part, after)
                return after
            case Choice(options):
                fork = _Fork()
                fork.ways = tuple(self.build(option, after) for option in options)
                return fork
            case _:
                return self._repeat(expression, after)

    def _repeat(self, repeat: Repeat, after: _Place) -> _Place:
        begin = after
        if repeat.most is None:
            begin = loop = _Fork()
            self._fork(loop, self.build(repeat.part, loop), after, repeat.lazy)
            loop.leave = after
        else:
            for _ in range(repeat.most - repeat.least):
                fork = _Fork()
                self._fork(fork, self.build(repeat.part, begin), after, repeat.lazy)
                begin = fork
        for _ in range(repeat.least):
            begin = self.build(repeat.part, begin)
        return begin

    def _fork(self, fork: _Fork, part: _Place, after: _Place, lazy: bool) -> None:
        fork.ways = (after, part) if lazy else (part, after)

    def reach(self, place: _Place) -> list[tuple[int, int]]:
        """Find the positions that can be reached without reading, in order, each with its bit."""
        reached: dict[int, None] = {}
        seen: set[_Fork] = set()
        left = [place]
        while left:
            place = left.pop()
            if isinstance(place, int):
                reached.setdefault(place)
            elif place not in seen:
                seen.add(place)
                left.extend(reversed(place.ways))
            elif place.leave is not place:
                left.append(place.leave)
        for _ in reached:
            self._count()
        return [(position, 1 << position) for position in reached]

    def _count(self) -> None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise ValueError(
                f"There are more than {_MOST_STEPS:,} steps in it. Repeat less in the regular "
                "expression, and let convert() raise a ValueError for what is too long."
            )
