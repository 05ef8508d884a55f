"""What users write passes their type checkers: the recipes for other frameworks, among it."""

import subprocess
import sys
from pathlib import Path

from patience import PROCESS

ROOT = Path(__file__).parent.parent
TYPED = Path("tests", "typed")

# The snippets of the page leave annotations out. Quart's own page replaces `app.asgi_app`, too.
OF_SNIPPETS = [
    "--explicit-package-bases",
    "--allow-untyped-calls",
    "--allow-untyped-defs",
    "--allow-incomplete-defs",
    "--disable-error-code=var-annotated",
    "--disable-error-code=method-assign",
]


def check(*command):
    finished = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PROCESS,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_mypy_accepts_the_programs_of_users(tmp_path):
    mypy = ["mypy", "--strict", "--cache-dir", str(tmp_path)]
    check(*mypy, str(TYPED))
    check(*mypy, *OF_SNIPPETS, str(Path("docs_src", "frameworks")))


def test_pyright_accepts_the_programs_of_users():
    check("pyright", str(TYPED))
