"""Build the site in every language: ``python -m docs_tools.build``.

Each language is a strict MkDocs build of its own, all of them at once. They are put together only
when every one has succeeded, so a failure leaves the last good site where it is.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from docs_tools.node import NodeError
from docs_tools.playground.archives import prepare
from docs_tools.playground.packages import PackageError
from docs_tools.project.languages import ROOT, Language, languages
from docs_tools.project.status import TranslationStatus
from docs_tools.translations.lock import LockError
from docs_tools.translations.trees import UsageError

if TYPE_CHECKING:
    from collections.abc import Generator

LOCAL_URL = "http://127.0.0.1:8000/"


class BuildError(Exception):
    """One language, or more, could not be built."""


def build(target: Path, *, url: str = LOCAL_URL, root: Path = ROOT) -> None:
    """Build every language into one folder, and print what is going on.

    Args:
        target: The folder of the site. It is replaced.
        url: The address that the site will have, for canonical links and ``hreflang``.
        root: The folder of ``mkdocs.yml``.

    Raises:
        BuildError: A build failed; what it said has been printed.
    """
    began = time.monotonic()
    chosen = languages(root)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".site-") as scratch:
        say(f"Building the site in {', '.join(each.name for each in chosen)}")
        folders = {each.code: Path(scratch) / each.code for each in chosen}
        status = compare_once(root, Path(scratch) / "status")
        builds: list[subprocess.Popen[str]] = []
        with (
            ExitStack() as stack,
            ThreadPoolExecutor(max_workers=len(chosen)) as pool,
            ended_together(builds),
        ):
            for each in chosen:
                started = start_build(each, folders[each.code], url, root, status)
                builds.append(stack.enter_context(started))
            built = [*pool.map(end_build, chosen, builds, folders.values())]
        failed = [each.name for each, succeeded in zip(chosen, built, strict=True) if not succeeded]
        if failed:
            raise BuildError(f"The site was not built: {', '.join(failed)} failed, see above.")
        put_together(chosen, folders, target)
    say(f"The site is in {show(target, root)} ({time.monotonic() - began:.1f} s)")


def compare_once(root: Path, place: Path) -> dict[str, str]:
    """Compare all pages with their source; return the variables that tell the builds of it."""
    status = TranslationStatus(root)
    try:
        status.by_language()
    except (UsageError, LockError):
        return {}  # each build says what is wrong
    status.save(place)
    return {"DOCS_STATUS": str(place)}


@contextmanager
def ended_together(running: list[subprocess.Popen[str]]) -> Generator[None]:
    """End processes that run where the block ends with an error, or with Ctrl-C."""
    try:
        yield
    except BaseException:
        for process in running:
            process.terminate()
        raise


@contextmanager
def interrupted_by_sigterm() -> Generator[None]:
    """Let SIGTERM do what Ctrl-C does: what has been started is ended, and nothing is left."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def start_build(
    language: Language, folder: Path, url: str, root: Path, status: dict[str, str]
) -> subprocess.Popen[str]:
    """Begin to build one language into a folder of its own."""
    # MkDocs says on the way what went wrong, and -q would make broken anchors pass.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = os.environ | {
        "DOCS_LANGUAGE": language.code,
        "DOCS_URL": url,
        "NO_MKDOCS_2_WARNING": "1",
        "PYTHONIOENCODING": "utf-8",
        **status,
    }
    return subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def end_build(language: Language, process: subprocess.Popen[str], folder: Path) -> bool:
    """Wait for the build of a language, and print what it warns of."""
    began = time.monotonic()
    output, _ = process.communicate()
    if process.returncode == -signal.SIGTERM:
        return False  # ended together with the others: that has been said, or will be
    succeeded = process.returncode == 0
    lines = output.splitlines()
    for line in lines:
        if not succeeded or line.startswith(("WARNING", "ERROR")):
            say(f"  {language.code}  {line}")
    seconds = f"{time.monotonic() - began:.1f} s"
    if succeeded:
        pages = len(list(folder.rglob("*.html")))
        say(f"  {language.code}  {language.name}: {pages} pages in {seconds}")
    else:
        say(f"  {language.code}  {language.name}: FAILED after {seconds}")
    return succeeded


def put_together(chosen: list[Language], folders: dict[str, Path], target: Path) -> None:
    """Lay the languages out as one site, and let it take the place of the last one."""
    site = folders[chosen[0].code]
    for each in chosen[1:]:
        folders[each.code].rename(site / each.code)
    # What is live depends on the server: docs_tools.serve answers at this address with a list.
    live = site / "live" / "snippets.json"
    live.parent.mkdir()
    live.write_text("[]\n", encoding="utf-8")
    if target.exists():
        shutil.rmtree(target)
    site.rename(target)


def processor_time() -> float:
    """The seconds that this process and the builds so far have kept a core busy."""
    return sum(os.times()[:4])


def check_speed(used: float, within: float | None) -> None:
    """Say how long two cores that do nothing else need, which a busy machine does not change.

    Raises:
        BuildError: That is more than it may be.
    """
    needed = used / 2  # each language is a process of its own, and keeps one core busy
    say(f"Two idle cores build it in {needed:.1f} s.")
    if within is not None and needed > within:
        raise BuildError(
            f"The build is slow: two idle cores need {needed:.1f} s, and {within:g} s are allowed. "
            "`python -m cProfile -m mkdocs build` (DOCS_LANGUAGE=en) shows where the time goes."
        )


def show(path: Path, root: Path) -> str:
    """A path as a reader of the terminal wants it."""
    return f"{path.relative_to(root)}/" if path.is_relative_to(root) else f"{path}/"


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


def tell_interrupted() -> int:
    """Say that Ctrl-C has come; the exit status is 128 and the number of SIGINT."""
    print("Interrupted: the site is not built.", file=sys.stderr)
    return 128 + signal.SIGINT


def main(arguments: list[str] | None = None) -> int:
    """Build the site; the exit status is 1 where a language failed, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m docs_tools.build", description=__doc__)
    parser.add_argument("--target", type=Path, default=ROOT / "site", help="default: site/")
    parser.add_argument("--url", default=LOCAL_URL, help="the address that the site will have")
    parser.add_argument(
        "--within", type=float, metavar="SECONDS", help="fail if two cores need more time"
    )
    options = parser.parse_args(arguments)
    try:
        with interrupted_by_sigterm():
            prepare()  # once after each change of the library, whatever pages there are
            began = processor_time()
            build(options.target.resolve(), url=options.url.rstrip("/") + "/")
        check_speed(processor_time() - began, options.within)
    except (BuildError, NodeError, PackageError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return tell_interrupted()
    return 0


if __name__ == "__main__":
    sys.exit(main())
