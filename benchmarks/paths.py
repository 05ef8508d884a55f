"""The cost of a hostile path: four times as long, it must not take much more than four times."""

import itertools
from statistics import median
from time import perf_counter

from benchmarks.turns import Contender, Result, take_turns
from duologue.routing._paths import PathTemplate
from duologue.routing.convertors import Convertor, register_url_convertor

LENGTHS = (1_000, 4_000, 16_000, 64_000)


class NestedConvertor(Convertor[str]):
    """A regular expression that `re` would match in every way there is."""

    regex = "(?:a+)+"

    def convert(self, value: str) -> str:  # noqa: D102
        return value


register_url_convertor("nested", NestedConvertor())

# By template: what the path consists of, and what stands at its end, so that it does not match.
HOSTILE = {
    "/{a}": ("-", "/"),
    "/{a}-{b}-{c}-{d}": ("-", "/"),
    "/{a}-{b}-{c}-{d}/x": ("-", "/x/x"),
    "/{a:int}{b:int}{c:int}/x": ("1", "/x/x"),
    "/{a:path}/{b:path}/x": ("/a", "/x/x"),
    "/{a:nested}/x": ("a", "/x/x"),
}


def contender(template: str, length: int) -> Contender:
    part, end = HOSTILE[template]
    path = PathTemplate(template)
    text = "/" + part * (length // len(part)) + end
    # The start of a path is looked for here: then not even its end tells at once that it is none.
    times = max(1, 16_000 // length)

    def measure() -> float:
        begin = perf_counter()
        for _ in range(times):
            path.match_start(text)
            path.match(text)
        return (perf_counter() - begin) / times

    return measure


def results(rounds: int) -> list[Result]:
    found: list[Result] = []
    for template in HOSTILE:
        lengths = {f"{length}": contender(template, length) for length in LENGTHS}
        taken = take_turns(lengths, rounds)
        for short, long in itertools.pairwise(LENGTHS):
            found.append(
                Result(
                    f"path, {template}, {long:,}",
                    {"Duologue": median(turn[f"{long}"] for turn in taken)},
                    median(turn[f"{long}"] / turn[f"{short}"] / (long / short) for turn in taken),
                    2.0,
                )
            )
    return found
