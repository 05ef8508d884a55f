"""The cost of an import, each in an interpreter of its own."""

import subprocess
import sys
from tempfile import TemporaryDirectory

from benchmarks.turns import Contender, Result, compare

PROGRAM = """
from time import perf_counter
begin = perf_counter()
import {module}
print(perf_counter() - begin)
"""


def contender(module: str, byte_code: str) -> Contender:
    # Isolated, so that no variable of the environment forbids to write the byte code: the first
    # run, which does not count, compiles it for all others.
    command = [sys.executable, "-I", "-X", f"pycache_prefix={byte_code}", "-c"]

    def measure() -> float:
        program = PROGRAM.format(module=module)
        run = subprocess.run([*command, program], capture_output=True, text=True, check=True)
        return float(run.stdout)

    return measure


def results(rounds: int) -> list[Result]:
    with TemporaryDirectory() as byte_code:
        contenders = {
            "Duologue": contender("duologue.websockets", byte_code),
            "Starlette": contender("starlette.websockets", byte_code),
        }
        return [compare("import of the websockets module", contenders, rounds, 0.35)]
