"""Runs the stages of `make test`, each of them `make check-NAME`, and says which of them failed.

Those that need one core go two at once, and what each has printed is shown when it has ended, so
that nothing mixes. Then come those that need both cores, one after the other, and what they print
is shown as it comes. Every stage runs, also after one has failed. What it says itself has the time,
so that one who reads the log of an unfinished run sees where it went.
"""

import argparse
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from tests.patience import STAGE

INTERRUPTED = 130


class Stages:
    """The stages of one run.

    Args:
        make: The program make.
        limit: How many seconds a stage may take before it is ended.

    Attributes:
        seconds: How long each stage has taken that has ended.
        failed: The names of those that have failed.
    """

    def __init__(self, make, limit):
        self.make = make
        self.limit = limit
        self.seconds = {}
        self.failed = []
        self.begun = []
        self.running = set()
        self.ended = False

    def run(self, name, **options):
        """Run a stage, unless all has been ended: what came of it."""
        if self.ended:
            return name, b""
        began = time.monotonic()
        command = [self.make, "--no-print-directory", f"check-{name}"]
        self.begun.append(name)
        with subprocess.Popen(command, **options) as process:
            self.running.add(process)
            if self.ended:  # while this one began
                process.terminate()
            try:
                output, _ = process.communicate(timeout=self.limit)
            except subprocess.TimeoutExpired:
                process.terminate()
                say(f"\n{name} has not ended in {self.limit:g} s, and is ended.\n".encode())
                output, _ = process.communicate()
            self.running.remove(process)
        if not self.ended:
            self.seconds[name] = time.monotonic() - began
        if process.returncode:
            self.failed.append(name)
        return name, output

    def run_together(self, names):
        """Run stages, two at once, and show what each has printed when it has ended."""
        with ThreadPoolExecutor(max_workers=2) as pool:
            both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
            for future in as_completed([pool.submit(self.run, name, **both) for name in names]):
                name, output = future.result()
                if not self.ended:
                    say(f"\n=== {name}, ended at {clock()}\n".encode() + output)

    def run_alone(self, names):
        """Run one stage after the other, and show what each prints."""
        for name in names:
            if not self.ended:
                say(f"\n=== {name}, begun at {clock()}\n".encode())
                self.run(name)

    def taken(self):
        return ", ".join(f"{name} {seconds:.0f} s" for name, seconds in self.seconds.items())

    def end(self, *_):
        """End what runs, and begin nothing more.

        It is called by a signal, at any moment, and raises nothing: a stage that is about to begin
        would be lost, and would run on for ever.
        """
        self.ended = True
        for process in [*self.running]:
            process.terminate()


def clock():
    return time.strftime("%H:%M:%S")


def say(output):
    sys.stdout.buffer.write(output)
    sys.stdout.flush()


def main(words):
    parser = argparse.ArgumentParser(prog="python -m tests.stages", description=__doc__)
    parser.add_argument("--make", default="make", help="the program make")
    parser.add_argument(
        "--limit", type=float, default=STAGE, help="how many seconds a stage may take"
    )
    parser.add_argument("--together", nargs="*", default=[], help="stages that need one core")
    parser.add_argument("--alone", nargs="*", default=[], help="stages that need both cores")
    options = parser.parse_args(words)
    stages = Stages(options.make, options.limit)
    signal.signal(signal.SIGTERM, stages.end)
    signal.signal(signal.SIGINT, stages.end)
    stages.run_together(options.together)
    stages.run_alone(options.alone)
    if stages.ended:
        cut = [name for name in stages.begun if name not in stages.seconds]
        say(f"\n{stages.taken()}\nENDED at {clock()}: {' '.join(cut)}\n".encode())
        return INTERRUPTED
    say(f"\n{stages.taken()}\n".encode())
    if stages.failed:
        say(f"FAILED: {' '.join(stages.failed)}\n".encode())
        return 1
    say(f"All stages passed: {' '.join(stages.seconds)}\n".encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
