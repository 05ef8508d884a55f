"""Runs the stages of `make test`, each of them `make check-NAME`, and says which of them failed.

The main ones go one after the other, and what they print is shown as it comes. The others go beside
them, two at once and with low priority, while those wait for servers and browsers; what they have
printed is shown at the end, so that nothing mixes. Every stage runs, also after one has failed.
What it says itself has the time, so that one who reads the log of an unfinished run sees where it
went.
"""

import argparse
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from tests.patience import STAGE

INTERRUPTED = 130
POLITELY = "nice", "-n", "10"


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

    def run(self, name, *before, **options):
        """Run a stage, unless all has been ended: what came of it."""
        if self.ended:
            return name, b""
        began = time.monotonic()
        command = [*before, self.make, "--no-print-directory", f"check-{name}"]
        self.begun.append(name)
        with subprocess.Popen(command, **options) as process:
            self.running.add(process)
            if self.ended:  # while this one began
                process.terminate()
            try:
                output, _ = process.communicate(timeout=self.limit)
            except subprocess.TimeoutExpired:
                process.terminate()
                output, _ = process.communicate()
                note = f"\n{name} has not ended in {self.limit:g} s, and is ended.\n"
                output = (output or b"") + note.encode()
            self.running.remove(process)
        if not self.ended:
            self.seconds[name] = time.monotonic() - began
        if process.returncode:
            self.failed.append(name)
        return name, output or b""

    def run_all(self, main, beside):
        """Run the main stages one after the other, and the others beside them, two at once."""
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        with ThreadPoolExecutor(max_workers=2) as pool:
            waiting = [pool.submit(self.run, name, *POLITELY, **both) for name in beside]
            for name in main:
                self.run_in_sight(name)
            self.show(as_completed(waiting))

    def run_in_sight(self, name):
        """Run a stage that shows what it prints as it comes."""
        if not self.ended:
            say(f"\n=== {name}, begun at {clock()}\n".encode())
            _, note = self.run(name)
            say(note)

    def show(self, futures):
        """Show what stages have printed."""
        for future in futures:
            name, output = future.result()
            if not self.ended:
                say(f"\n=== {name}, shown at {clock()}\n".encode() + output)

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
    parser.add_argument("--main", nargs="*", default=[], help="stages that go one by one")
    parser.add_argument("--beside", nargs="*", default=[], help="stages that go beside them")
    options = parser.parse_args(words)
    stages = Stages(options.make, options.limit)
    signal.signal(signal.SIGTERM, stages.end)
    signal.signal(signal.SIGINT, stages.end)
    stages.run_all(options.main, options.beside)
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
