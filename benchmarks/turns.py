"""Contenders that take turns, and what comes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Contender = Callable[[], float]
"""Does its work once, and returns the seconds that one operation took."""


@dataclass(frozen=True)
class Result:
    """The outcome of one comparison.

    Args:
        title: What was done.
        seconds: The median of one operation, by contender.
        ratio: The median of Duologue's share of Starlette's time in each round.
        limit: What the ratio may be at most.
        in_bytes: Whether it is memory that was measured, not time.
    """

    title: str
    seconds: Mapping[str, float]
    ratio: float
    limit: float | None = None
    in_bytes: bool = False

    @property
    def verdict(self) -> str:
        """Whether the ratio keeps to the limit."""
        if self.limit is None:
            return ""
        return "ok" if self.ratio <= self.limit else "OVER"


def take_turns(contenders: Mapping[str, Contender], rounds: int) -> list[dict[str, float]]:
    """Let every contender run once in each round, another one first each time.

    So whatever slows the machine down for a while slows down all of them.

    Returns:
        For each round, what each contender took.
    """
    names = list(contenders)
    for name in names:
        contenders[name]()  # warms up
    taken: list[dict[str, float]] = []
    for turn in range(rounds):
        first = turn % len(names)
        taken.append({name: contenders[name]() for name in names[first:] + names[:first]})
    return taken


def compare(
    title: str, contenders: Mapping[str, Contender], rounds: int, limit: float | None = None
) -> Result:
    """Compare what Duologue and Starlette take, or what they add where raw ASGI takes part."""
    taken = take_turns(contenders, rounds)
    ratios: list[float] = []
    for seconds in taken:
        raw = seconds.get("raw ASGI", 0.0)
        ratios.append((seconds["Duologue"] - raw) / (seconds["Starlette"] - raw))
    medians = {name: median(seconds[name] for seconds in taken) for name in contenders}
    return Result(title, medians, median(ratios), limit)
