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
        ratio: Duologue's share of Starlette's time.
        limit: What the ratio may be at most.
    """

    title: str
    seconds: Mapping[str, float]
    ratio: float
    limit: float | None = None

    @property
    def verdict(self) -> str:
        """Whether the ratio keeps to the limit."""
        if self.limit is None:
            return ""
        return "ok" if self.ratio <= self.limit else "OVER"


def take_turns(contenders: Mapping[str, Contender], rounds: int) -> dict[str, float]:
    """Let every contender run once in each round, another one first each time.

    So whatever slows the machine down for a while slows down all of them.

    Returns:
        The median of each.
    """
    names = list(contenders)
    for name in names:
        contenders[name]()  # warms up
    samples: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            samples[name].append(contenders[name]())
    return {name: median(taken) for name, taken in samples.items()}


def compare(
    title: str, contenders: Mapping[str, Contender], rounds: int, limit: float | None = None
) -> Result:
    """Compare what Duologue and Starlette take, or what they add where raw ASGI takes part."""
    seconds = take_turns(contenders, rounds)
    raw = seconds.get("raw ASGI", 0.0)
    ratio = (seconds["Duologue"] - raw) / (seconds["Starlette"] - raw)
    return Result(title, seconds, ratio, limit)
