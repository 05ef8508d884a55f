"""The command: `python -m fuzz`."""

import argparse
import itertools
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import anyio

from fuzz.conversations import BACKENDS, play_all

HERE = Path(__file__).parent
FOUND = HERE.parent / "build" / "fuzz"
INPUTS = ("scripts", "headers", "origins", "urls", "paths", "queries")
SHOWN = 10


def seeds(seed: str, seconds: float, runs: int | None) -> Iterator[str]:
    """Name the conversations of a run: so many, or until its time is over."""
    until = time.monotonic() + seconds
    for number in itertools.count() if runs is None else range(runs):
        if runs is None and time.monotonic() >= until:
            return
        yield f"{seed}-{number}"


def play_conversations(seed: str, seconds: float, runs: int | None, only: str | None) -> bool:
    """Play whole conversations on every event loop, and say what did not hold."""
    logging.getLogger("duologue").propagate = False
    good = True
    for name, backend in BACKENDS.items():
        names = [only] if only else seeds(seed, seconds / len(BACKENDS), runs)
        count, faults = anyio.run(play_all, names, **backend)
        print(f"conversations on {name}: {count:,} played, {len(faults)} with faults", flush=True)
        for place, (conversation, wrong) in enumerate(faults.items()):
            if place == SHOWN:
                print(f"  … and {len(faults) - SHOWN} more")
                break
            print(f"  --only {conversation}: {'; '.join(wrong)}")
        good = good and not faults and count > 0
    return good


def feed_inputs(target: str, seed: str, seconds: float, runs: int | None) -> bool:
    """Give a target inputs, so many or for a while, and say what did not hold."""
    corpus = FOUND / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    if target == "scripts":
        for script in HERE.parent.glob("docs_src/**/*.duo"):
            # What says how the rest is to be decoded stands in front of a text.
            (corpus / f"{script.parent.name}-{script.stem}").write_bytes(
                b"\1" + script.read_bytes()
            )
    command = [sys.executable, "-m", "fuzz.inputs", target, str(corpus)]
    command += [f"-artifact_prefix={FOUND}/{target}-", "-timeout=10", "-print_final_stats=1"]
    limit = f"-max_total_time={max(1, round(seconds))}" if runs is None else f"-runs={runs}"
    command += [limit, f"-seed={hash_of(seed)}"]
    result = subprocess.run(
        command, cwd=HERE.parent, capture_output=True, text=True, errors="replace", check=False
    )
    if result.returncode == 0:
        runs = result.stderr.rpartition("stat::number_of_executed_units:")[2].split()[:1]
        print(f"inputs of {target}: {int(*runs or '0'):,} tried, nothing found", flush=True)
        return True
    print(f"inputs of {target}: something does not hold; the input is in {FOUND}", flush=True)
    print((result.stdout + result.stderr)[-4000:], flush=True)
    return False


def hash_of(seed: str) -> int:
    """Make a number of a seed, the same in every process."""
    return int.from_bytes(seed.encode()[-3:], "big") or 1


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument(
        "targets",
        nargs="*",
        metavar="TARGET",
        help=f"what to fuzz: conversations, {', '.join(INPUTS)}; by default all of them",
    )
    limits = parser.add_mutually_exclusive_group()
    limits.add_argument(
        "--seconds", type=float, default=60, help="how long, for each target (default: 60)"
    )
    limits.add_argument(
        "--runs",
        type=int,
        help="how many instead, however long: inputs, or conversations on each event loop",
    )
    parser.add_argument("--seed", default="1", help="where chance begins (default: 1)")
    parser.add_argument("--only", metavar="SEED", help="play one conversation again")
    options = parser.parse_args()
    known = ["conversations", *INPUTS]
    targets = ["conversations"] if options.only else options.targets or known
    if wrong := set(targets) - set(known):
        parser.error(f"there is no {', '.join(sorted(wrong))}; choose from {', '.join(known)}")
    limit = options.seconds, options.runs
    good = True
    for target in targets:
        if target == "conversations":
            good = play_conversations(options.seed, *limit, options.only) and good
        else:
            good = feed_inputs(target, options.seed, *limit) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
