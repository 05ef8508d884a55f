"""Runs tests on every supported Python that is on this machine: `make test-pythons`.

Each has a virtual environment of its own in `build/`, which is made again when what is needed
changes. The end says in a line for each Python what came of it.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.patience import STAGE

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
NEEDED = ["constraints.txt", "pyproject.toml", "requirements-dev.txt", "requirements-no-deps.txt"]


def interpreters():
    """Find the oldest release of each supported Python: on the PATH, and those of pyenv.

    `make test` mostly runs on a later one. What the first releases lack is found here.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    places = [*map(Path, os.get_exec_path()), *sorted(pyenv.glob("versions/*/bin"))]
    releases = {}
    for path in [path for place in places for path in sorted(place.glob("python3.*"))]:
        if re.fullmatch(r"python3\.\d+", path.name) and (release := release_of(path)) >= OLDEST:
            releases.setdefault(release, path)
    oldest = {release[:2]: release for release in sorted(releases, reverse=True)}
    return {release: releases[release] for release in sorted(oldest.values())}


def release_of(path):
    """The release of a program that is a Python, with what makes virtual environments.

    It is empty for one that is not: pyenv has a program for each version that it knows.
    """
    code = "import ensurepip, sys, venv; print(*sys.version_info[:3])"
    shown = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False).stdout
    return tuple(map(int, shown.split()))


def prepare(version, interpreter):
    """Make the virtual environment of a Python, unless it is there and up to date.

    Returns:
        Its Python.

    Raises:
        subprocess.CalledProcessError: Something could not be installed; pip has said what.
    """
    folder = ROOT / "build" / f"python-{version}"
    python = folder / "bin" / "python"
    needed = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in NEEDED)).hexdigest()
    ready = folder / "ready"
    if not ready.is_file() or ready.read_text() != needed:
        say(f"Installing what the tests need for Python {version}")
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([interpreter, "-m", "venv", folder], check=True)
        pip = [python, "-m", "pip", "install", "--quiet"]
        everything = ["-e", ".[server,cli,fast,redis]", "-r", "requirements-dev.txt"]
        subprocess.run([*pip, "-c", "constraints.txt", *everything], cwd=ROOT, check=True)
        alone = ["--no-deps", "-r", "requirements-no-deps.txt"]
        subprocess.run([*pip, *alone], cwd=ROOT, check=True)
        ready.write_text(needed)
    return python


def run(version, interpreter, tests):
    """Run tests on a Python, and say in a line what came of it; empty where all is well."""
    try:
        python = prepare(version, interpreter)
    except subprocess.CalledProcessError as error:
        return f"not prepared: {error}"
    say(f"Testing on Python {version}")
    command = [python, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", *tests]
    try:
        status = subprocess.run(command, cwd=ROOT, check=False, timeout=STAGE).returncode
    except subprocess.TimeoutExpired:
        return f"FAILED (pytest has not ended in {STAGE:g} s)"
    return f"FAILED (pytest ended with {status})" if status else ""


def say(line):
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


def main(tests):
    """Run tests on every Python; the exit status is 1 where one failed or none was found."""
    lines = []
    failed = False
    for numbers, interpreter in interpreters().items():
        version = ".".join(map(str, numbers))
        began = time.monotonic()
        trouble = run(version, interpreter, tests)
        failed = failed or bool(trouble)
        seconds = time.monotonic() - began
        lines.append(f"Python {version}: {trouble or 'passed'}, in {seconds:.0f} s")
    if not lines:
        lines, failed = ["No Python from 3.11 on was found."], True
    say("\n" + "\n".join(lines))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
