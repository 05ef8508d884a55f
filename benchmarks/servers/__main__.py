"""Measures what servers take for a message, and writes down what came of it.

    python -m benchmarks.servers --write

The clients run in this process, each server in one of its own. The contenders take turns, another
one first in each round, and what is shown are medians.
"""

import argparse
import os
import platform
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import uvloop

from benchmarks.servers.clients import Cost, Crowd, answer_size, frame, own_memory
from benchmarks.servers.contenders import Contender, contenders, running, without_uvloop
from benchmarks.servers.effects import codec, deflate, workers

RESULTS = Path(__file__).parent / "results.toml"
IDLE = 1_000
OURS, PLAIN = "Duologue on uvicorn PicowsProtocol", "Duologue on uvicorn websockets-sansio"


@dataclass(frozen=True)
class Work:
    """What is done.

    Args:
        name: What it is called in the results.
        connections: How many clients there are.
        size: How many bytes a message has.
        burst: How many messages a client says at once.
        messages: How many come back in all.
        speakers: How many clients speak; by default all of them.
        path: Where the clients go.
    """

    name: str
    connections: int
    size: int = 64
    burst: int = 1
    messages: int = 20_000
    speakers: int = 1_000_000
    path: str = "echo"


WORKS = [
    Work("echo_1", 1, messages=5_000),
    Work("echo_50", 50, messages=40_000),
    Work("echo_1000", 1_000),
    Work("large_1", 1, size=16_000, messages=1_000),
    Work("large_50", 50, size=16_000, messages=5_000),
    Work("large_1000", 1_000, size=16_000, messages=5_000),
    Work("burst_10", 10, burst=100),
    Work("broadcast_1000", 1_000, speakers=1, path="room"),
]


@dataclass(frozen=True)
class Limit:
    """What a ratio may be at most.

    Args:
        what: What is compared.
        work: In which work; or `memory`.
        contender: Who is compared.
        other: With whom.
        most: What the ratio may be.
    """

    what: str
    work: str
    contender: str
    other: str
    most: float


LIMITS = [
    Limit("an echo, over websockets-sansio", "echo_50", OURS, PLAIN, 0.55),
    Limit(
        "an echo, over Starlette on websockets-sansio",
        "echo_50",
        OURS,
        "Starlette on uvicorn websockets-sansio",
        0.45,
    ),
    Limit("an echo, over picows alone", "echo_50", OURS, "picows", 1.7),
    Limit("an idle connection, over websockets-sansio", "memory", OURS, PLAIN, 0.6),
]

Taken = dict[str, list[float]]


async def measure(process: int, port: int, scale: float) -> dict[str, float]:
    """Do all works with a server: µs of the processor for a message, and messages a second."""
    crowd, found = Crowd(port), {}
    await crowd.connect(10, "echo")  # the first ones make it ready
    crowd.leave()
    for work in WORKS:
        await crowd.connect(work.connections, work.path)
        said = frame(work.size) * work.burst
        count = max(1, round(work.messages * scale) // work.burst)
        cost = Cost(process)
        await crowd.talk(said, answer_size(work.size) * work.burst, count, work.speakers)
        cpu, clock = cost.taken()
        found[work.name] = cpu / (count * work.burst) * 1e6
        found[f"{work.name}.rate"] = count * work.burst / clock
        crowd.leave()
    return found


async def weigh(process: int, port: int) -> dict[str, float]:
    """Open many connections that say nothing: the bytes of each."""
    crowd = Crowd(port)
    await crowd.connect(100, "echo")
    before = own_memory(process)
    await crowd.connect(IDLE, "echo")
    return {"memory": (own_memory(process) - before) / IDLE}


def take_turns(found: list[Contender], rounds: int, scale: float) -> dict[str, Taken]:
    """Measure all contenders, round after round."""
    taken: dict[str, Taken] = {each.name: defaultdict(list) for each in found}
    for turn in range(rounds):
        first = turn % len(found)
        for each in found[first:] + found[:first]:
            print(f"round {turn + 1} of {rounds}: {each.name:50}", end="\r", flush=True)
            with running(each) as (process, port):
                results = uvloop.run(weigh(process, port))
            with running(each) as (process, port):
                results |= uvloop.run(measure(process, port, scale))
            for name, value in results.items():
                taken[each.name][name].append(value)
    print(" " * 79, end="\r")
    return taken


def ratio(taken: dict[str, Taken], limit: Limit) -> float:
    """The median of the rounds' own ratios: what slows down a round slows down both."""
    pairs = zip(taken[limit.contender][limit.work], taken[limit.other][limit.work], strict=True)
    return median(ours / theirs for ours, theirs in pairs)


def added(taken: dict[str, Taken]) -> float:
    """What Duologue adds to raw ASGI, in µs where raw ASGI on websockets-sansio takes 27."""
    names = (OURS, "raw ASGI on uvicorn PicowsProtocol", "raw ASGI on uvicorn websockets-sansio")
    rounds = zip(*(taken[name]["echo_50"] for name in names), strict=True)
    return median((ours - raw) * 27 / plain for ours, raw, plain in rounds)


def effects(taken: dict[str, Taken]) -> dict[str, float]:
    """What each choice changes, as the page says."""
    uvloop_ = Limit("", "echo_50", OURS, without_uvloop().name, 1)
    protocol = Limit("", "echo_50", OURS, PLAIN, 1)
    return {
        "uvloop": ratio(taken, uvloop_),
        "protocol": ratio(taken, protocol),
        **codec(),
        **deflate(),
        **workers(),
        "added_time": added(taken),
    }


def show(taken: dict[str, Taken]) -> None:
    """Print what came of it."""
    names = [*(work.name for work in WORKS), "memory"]
    print(f"{'':42}" + "".join(f"{name:>15}" for name in names))
    for contender, results in taken.items():
        cells = [
            f"{median(results[name]) / 1024:12.1f} kB" if name == "memory"
            else f"{median(results[name]):12.1f} µs"
            for name in names
        ]  # fmt: skip
        print(f"{contender:42}" + "".join(cells))
    print()
    for limit in LIMITS:
        found = ratio(taken, limit)
        verdict = "ok" if found <= limit.most else "OVER"
        print(f"{limit.what:50}{found:6.2f}  at most {limit.most:.2f}  {verdict}")
    found = added(taken)
    print(f"{'what Duologue adds to raw ASGI, in µs of 27':50}{found:6.2f}  at most 4.00  "
          f"{'ok' if found <= 4 else 'OVER'}")  # fmt: skip


def write(taken: dict[str, Taken], rounds: int) -> None:
    """Write down what the page shows."""
    packages = ("uvicorn", "picows", "uvloop", "websockets", "wsproto", "granian", "hypercorn")
    packages += ("starlette",)
    lines = [
        "# What servers take: written by `make bench-servers`, and shown on the page Performance.",
        f'date = "{datetime.now(UTC):%Y-%m-%d}"',
        f'python = "{platform.python_version()}"',
        f"rounds = {rounds}",
        f"cores = {os.cpu_count()}",
        "",
        "[versions]",
        *(f'{name} = "{version(name)}"' for name in packages),
    ]
    lines += ["", "[effects]"]
    lines += [f"{name} = {value:.2f}" for name, value in effects(taken).items()]
    del taken[without_uvloop().name]
    for contender, results in taken.items():
        lines += ["", f'[results."{contender}"]']
        lines += [f'"{name}" = {median(values):.1f}' for name, values in results.items()]
    RESULTS.write_text("\n".join([*lines, ""]), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.servers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure less, for a first look")
    parser.add_argument("--write", action="store_true", help="write down what came of it")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="contenders whose names have this in them")
    arguments = parser.parse_args()
    found = [
        each
        for each in [*contenders(), without_uvloop()]
        if not arguments.only or arguments.only in each.name
    ]
    taken = take_turns(found, arguments.rounds, 0.2 if arguments.quick else 1.0)
    if not arguments.only:
        show(taken)
    else:
        print(
            {
                name: {k: round(median(v), 1) for k, v in each.items()}
                for name, each in taken.items()
            }
        )
    if arguments.write:
        write(taken, arguments.rounds)


if __name__ == "__main__":
    main()
