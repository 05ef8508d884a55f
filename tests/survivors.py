"""What came of `make mutants`: how many changes the tests noticed, and which they have to.

`mutmut` changes the code, a little each time, and runs the tests. `survivors.toml` lists what no
test can notice, with the reasons. Any other change that survives is a test that lacks.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

LEAST = 90  # of a hundred
MUTMUT = [sys.executable, "-m", "mutmut"]
NOTICED = {"killed", "timeout", "segfault"}


def ask(*arguments):
    """Let mutmut tell what it knows.

    Raises:
        subprocess.CalledProcessError: It cannot.
    """
    told = subprocess.run([*MUTMUT, *arguments], capture_output=True, text=True, check=True)
    return told.stdout


def read_results(text):
    """Read what became of each mutant, by its name."""
    return dict(re.findall(r"^\s+(\S+): (.+)$", text, re.MULTILINE))


def changed_lines(difference):
    """Take the lines that a mutant has instead of others."""
    lines = difference.splitlines()
    return [line[1:].strip() for line in lines if re.match(r"\+(?!\+\+ )", line)]


def read_known(text):
    """Read the changes that no test can notice: the module and the line of each."""
    return {
        (entry["module"], line)
        for entry in tomllib.loads(text)["survivors"]
        for line in entry["lines"]
    }


def judge(results, known, show):
    """Say what came of it.

    Args:
        results: What became of each mutant, by its name.
        known: The changes that need not be noticed.
        show: Gives the difference that a mutant makes, for its name.

    Returns:
        What to print, and whether all is well.
    """
    survived = [name for name, became in results.items() if became not in NOTICED]
    unknown = []
    for name in survived:
        difference = show(name)
        module = name.rpartition(".")[0].removeprefix("duologue.")
        if not all((module, line) in known for line in changed_lines(difference)):
            unknown.append(difference)
    noticed = len(results) - len(survived)
    share = 100 * noticed / len(results)
    summary = (
        f"{noticed:,} of {len(results):,} changes were noticed, {share:.1f} %. "
        f"{len(unknown)} others are not in tests/survivors.toml."
    )
    return "\n".join([*unknown, summary]), share >= LEAST and not unknown


def main():
    results = read_results(ask("results", "--all", "true"))
    known = read_known(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    said, well = judge(results, known, lambda name: ask("show", name))
    print(said)
    sys.exit(not well)


if __name__ == "__main__":
    main()
