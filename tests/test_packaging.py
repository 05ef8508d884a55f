"""What is published: the wheel and the source distribution."""

import json
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from patience import PACKAGES

ROOT = Path(__file__).parent.parent


def run(*command: object) -> str:
    finished = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=PACKAGES,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # The wheel is built from the source distribution, so that one has all that it takes.
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return folder


def test_source_distribution_holds_documentation_and_tests(distributions: Path) -> None:
    [archive] = distributions.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert {
        "LICENSE",
        "README.md",
        "docs/ko/index.md",
        "docs_src/websockets/echo.duo",
        "docs_src/websockets/echo.py",
        "mkdocs.yml",
        "src/duologue/py.typed",
        "tests/test_packaging.py",
    } <= names


def test_source_distribution_holds_what_git_knows_and_nothing_else(distributions: Path) -> None:
    [archive] = distributions.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames() if not name.endswith("/")}
    known = run("git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    tracked = run("git", "-C", ROOT, "ls-files", "-z", "--cached").split("\0")
    assert names - {"PKG-INFO"} <= set(known.split("\0")) | {".gitignore"}
    there = {name for name in tracked if name and name[0] != "." and (ROOT / name).exists()}
    assert there <= names


def test_whatever_else_lies_in_the_checkout_stays_there(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("src/duologue/__init__.py", "my-environment/lib/six.py", "notes/todo.md"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text('__version__ = "1"\n')
    builder = SdistBuilder(str(tmp_path))
    assert {file.distribution_path for file in builder.recurse_included_files()} == {
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "src/duologue/__init__.py",
    }


def test_wheel_holds_the_library_alone(distributions: Path) -> None:
    [wheel] = distributions.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "duologue/py.typed" in names
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"duologue"}


def test_wheel_needs_anyio_and_multidict_alone(distributions: Path, tmp_path: Path) -> None:
    [wheel] = distributions.glob("*.whl")
    venv.create(tmp_path, with_pip=True)
    python = tmp_path / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", wheel)
    installed = {
        each["name"] for each in json.loads(run(python, "-m", "pip", "list", "--format=json"))
    }
    needed_by_anyio = {"exceptiongroup", "idna", "sniffio", "typing_extensions"}
    assert installed - needed_by_anyio - {"pip", "setuptools"} == {"anyio", "duologue", "multidict"}
    modules = "duologue, duologue.websockets, duologue.responses, duologue.testclient, duologue.cli"
    run(python, "-I", "-W", "error", "-c", f"import {modules}")
    run(python, "-I", "-m", "duologue", "--help")
