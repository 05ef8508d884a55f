"""What is published: the wheel and the source distribution."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from patience import BUILD

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.timeout(BUILD)


def run(*command: object) -> str:
    # What an installed package runs is not measured: only the code of the checkout is.
    environment = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    finished = subprocess.run(
        [str(word) for word in command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=BUILD,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def git(folder: Path, *words: str) -> str:
    return run("git", "-C", folder, *words)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of what is here, in which things lie that git does not know."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in git(ROOT, "ls-files", "-z", "-co", "--exclude-standard").split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    (folder / "notes.txt").write_text("for me")
    for name in ("env-3.13", "docs/env"):
        venv.create(folder / name)
        (folder / name / ".gitignore").unlink(missing_ok=True)  # newer Pythons make one
    return folder


@pytest.fixture(scope="module")
def distributions(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    # The wheel is built from the source distribution, so that one has all that it takes.
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, checkout)
    return folder


def names_of(archive: Path) -> set[str]:
    with tarfile.open(archive) as tar:
        return {name.partition("/")[2] for name in tar.getnames()}


def test_source_distribution_holds_what_git_knows(checkout: Path, distributions: Path) -> None:
    [archive] = distributions.glob("*.tar.gz")
    known = set(git(checkout, "ls-files", "-z").split("\0")) - {""}
    assert names_of(archive) == known | {"PKG-INFO"}
    assert {
        "LICENSE",
        "README.md",
        "docs/ko/index.md",
        "docs_src/websockets/echo.duo",
        "docs_src/websockets/echo.py",
        "mkdocs.yml",
        "src/duologue/py.typed",
        "tests/test_packaging.py",
    } <= known


def test_source_distribution_can_be_made_again_from_its_own_files(
    distributions: Path, tmp_path: Path
) -> None:
    [archive] = distributions.glob("*.tar.gz")
    run("tar", "-xf", archive, "-C", tmp_path)
    [folder] = tmp_path.iterdir()
    run(sys.executable, "-m", "build", "--no-isolation", "--sdist", folder)
    [again] = (folder / "dist").glob("*.tar.gz")
    assert names_of(again) == names_of(archive)


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


def test_wheel_tells_pygments_of_scripts(distributions: Path, tmp_path: Path) -> None:
    [wheel] = distributions.glob("*.whl")
    run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "-t", tmp_path, wheel)
    program = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
for lexer in get_lexer_by_name("duo"), get_lexer_for_filename("chat.duo"):
    print(sys.modules[type(lexer).__module__].__file__)
"""
    found = run(sys.executable, "-I", "-W", "error", "-c", program).split()
    assert found == [str(tmp_path / "duologue" / "scripts" / "pygments_lexer.py")] * 2
