import os
import signal
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

import pytest
from patience import BUILD, PROCESS

from docs_tools import build
from docs_tools.project.languages import ROOT

pytestmark = pytest.mark.timeout(BUILD)


@pytest.fixture
def copy(copy_project, tmp_path):
    return copy_project(tmp_path, "install")


def test_a_failing_language_fails_the_build_and_keeps_the_last_site(copy, capfd):
    (copy / "site").mkdir()
    (copy / "site" / "index.html").write_text("the last one")
    with (copy / "docs" / "ko" / "index.md").open("a") as page:
        page.write("\n[nowhere](install.md#nowhere)\n\n```dialogue\nwebsockets/nothing\n```\n")
    with pytest.raises(build.BuildError, match="한국어 failed"):
        build.build(copy / "site", root=copy)
    printed = capfd.readouterr().out
    assert "ko/index.md: the fence dialogue 'websockets/nothing'" in printed
    assert "there is no file docs_src/websockets/nothing.duo" in printed
    assert "does not contain an anchor '#nowhere'" in printed
    assert "ko  한국어: FAILED after" in printed
    assert "en  English: FAILED" not in printed
    assert (copy / "site" / "index.html").read_text() == "the last one"
    assert [path.name for path in copy.glob(".site-*")] == []


def test_the_ordinary_command_builds_english_without_any_setting(copy_project, tmp_path):
    copy = copy_project(tmp_path)
    ours = {"DOCS_LANGUAGE", "DOCS_URL", "PYTHONPATH"}
    run = subprocess.run(
        [Path(sysconfig.get_path("scripts"), "mkdocs"), "build", "--strict"],
        cwd=copy,
        # Packages beside mkdocs.yml are not on the path: only what is installed is.
        env={key: value for key, value in os.environ.items() if key not in ours}
        | {"PYTHONPATH": str(copy / "src")},
        capture_output=True,
        text=True,
        timeout=BUILD,
    )
    assert run.returncode == 0, run.stderr
    assert '<html lang="en"' in (copy / "site" / "index.html").read_text(encoding="utf-8")


def test_an_interrupted_build_ends_what_it_has_started_and_leaves_nothing(copy, monkeypatch, capfd):
    begun, pressed = [], []

    class Begun(subprocess.Popen):
        """As soon as all languages are being built, Ctrl-C is pressed."""

        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            if "mkdocs" in self.args:
                begun.append(self)

        def communicate(self):
            if len(begun) == 3 and not pressed:
                pressed.append(signal.SIGINT)
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            return super().communicate()

    monkeypatch.setattr(subprocess, "Popen", Begun)
    with pytest.raises(KeyboardInterrupt):
        build.build(copy / "site", root=copy)
    assert [process.poll() for process in begun] == [-signal.SIGTERM] * 3
    assert [path.name for path in copy.glob(".site-*")] == []
    assert "FAILED" not in capfd.readouterr().out


def test_sigterm_ends_a_build_as_ctrl_c_does(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "docs_tools.build", "--target", tmp_path / "site"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert any(line.startswith("Building the site") for line in process.stdout)
        process.terminate()
        _, said = process.communicate(timeout=PROCESS)
    assert (process.returncode, said) == (130, "Interrupted: the site is not built.\n")
    assert [*tmp_path.iterdir()] == []


def test_the_exit_status_says_that_a_build_failed(monkeypatch, capsys):
    def fail(target, *, url):
        assert url == "https://example.org/docs/"
        raise build.BuildError("The site was not built.")

    monkeypatch.setattr(build, "build", fail)
    assert build.main(["--url", "https://example.org/docs"]) == 1
    assert capsys.readouterr().err == "The site was not built.\n"


def test_a_slow_build_fails_however_busy_the_machine_is(monkeypatch, capsys):
    monkeypatch.setattr(build, "build", lambda target, *, url: None)
    seconds = iter([1.0, 41.0, 1.0, 43.0, 1.0, 43.0])
    monkeypatch.setattr(build, "processor_time", lambda: next(seconds))
    assert build.main(["--within", "20"]) == 0
    assert build.main(["--within", "20"]) == 1
    assert build.main([]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines()[:2] == [
        "Two idle cores build it in 20.0 s.",
        "Two idle cores build it in 21.0 s.",
    ]
    assert printed.err.startswith("The build is slow: two idle cores need 21.0 s, and 20 s are")


def test_what_a_child_needs_is_counted():
    before = build.processor_time()
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    subprocess.run([sys.executable, "-c", busy], check=True)
    assert build.processor_time() - before > 0.2
