import contextlib
import fcntl
import os
import re
import shutil
from functools import partial
from pathlib import Path

import pytest
import yaml
from browsing import CHROMIUM, serving
from markdown import Markdown
from patience import PAGE
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect, sync_playwright
from shared import watch

from docs_tools.build import BuildError, build
from docs_tools.fences.superfences import Fences
from docs_tools.playground.archives import prepare
from docs_tools.project.editions import editions
from docs_tools.project.languages import ROOT, language
from docs_tools.project.pages import CHANGELOG
from docs_tools.project.status import TranslationStatus
from docs_tools.serve import Site
from docs_tools.translations.commands import main as accept

expect.set_options(timeout=PAGE * 1000)  # milliseconds


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The built site: the one that `make test` has made, or one of our own for all workers."""
    if made := os.environ.get("DOCS_SITE"):
        if not (ROOT / made).is_dir():
            pytest.fail(
                f"There is no site in {made}: see what the stage `site` says.", pytrace=False
            )
        return ROOT / made
    shared = tmp_path_factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else None
    folder = (shared or tmp_path_factory.getbasetemp()) / "site"
    with Path(f"{folder}.lock").open("a+", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        if failure := lock.read():
            pytest.fail(f"Another worker has found: {failure}", pytrace=False)
        if not folder.exists():
            try:
                build(folder)
            except BuildError as error:
                lock.write(str(error))
                raise
    return folder


@pytest.fixture(scope="session")
def copy_project():
    """Copy what the site is made of, with a few of its pages, into a folder that a test may change.

    What a test asks of any site is the same for a small one, which is built in a moment.
    """

    def copy(target, *pages):
        made = {"artefacts", "build", "node_modules", "site", "tests"}
        for path in ROOT.iterdir():
            if path.is_dir() and not path.name.startswith(".") and path.name not in made:
                ignore = shutil.ignore_patterns("__pycache__")
                shutil.copytree(path, target / path.name, ignore=ignore)
            elif path.suffix in {".md", ".py", ".toml", ".yml"}:
                shutil.copy(path, target)
        keep_pages(target, {f"{name}.md" for name in ["index", *pages]})
        # What takes long to install, or to make, and is the same.
        (target / "node_modules").symlink_to(ROOT / "node_modules")
        prepare()
        (target / "build").mkdir()
        (target / "build" / "python").symlink_to(ROOT / "build" / "python")
        return target

    return copy


TO_PAGE = re.compile(r"\]\(([\w/-]+\.md)(#[\w-]+)?\)")


def keep_pages(root, names):
    """Leave some pages of a project; what led to the others leads home."""
    for path in (root / "docs").rglob("*.md"):
        if path.relative_to(root / "docs").as_posix().partition("/")[2] not in names:
            path.unlink()
            continue
        text = path.read_text(encoding="utf-8")
        text = TO_PAGE.sub(lambda link: link[0] if link[1] in names else "](index.md)", text)
        path.write_text(text, encoding="utf-8")
    settings = root / "mkdocs.yml"
    changelog = f"{CHANGELOG}, "  # the English of a page that is left out
    (root / CHANGELOG).unlink()
    text = settings.read_text(encoding="utf-8")
    assert changelog in text
    text, times = re.subn(
        r"(?s)(?<=\nnav:\n).*?(?=\n\n)",
        "\n".join(
            ["  - Home: index.md", *(f"  - {name}" for name in sorted(names - {"index.md"}))]
        ),
        text.replace(changelog, ""),
    )
    assert times == 1
    settings.write_text(text, encoding="utf-8")
    assert accept(partial(editions, root), ["accept", "--all"]) == 0


@pytest.fixture(scope="session")
def write_languages():
    """Write a `mkdocs.yml` that has some languages, by their codes, the source first."""

    def write(root, *codes):
        entries = [{"locale": code, "name": code, "extra": {"tag": code}} for code in codes]
        content = {"plugins": {"i18n": {"languages": entries}}}
        (root / "mkdocs.yml").write_text(yaml.safe_dump(content), encoding="utf-8")

    return write


@pytest.fixture(scope="session")
def server(site):
    """The address of the site and its live snippets."""
    with serving(Site(site)) as address:
        yield address


@pytest.fixture
def render():
    """Turn the Markdown of an English page into HTML, with all fences."""
    fences = Fences(language("en"), TranslationStatus())
    fences.page = "en/page.md"
    settings = {"pymdownx.superfences": {"custom_fences": fences.table()}}
    markdown = Markdown(extensions=["pymdownx.superfences"], extension_configs=settings)
    return markdown.convert


@pytest.fixture(scope="session")
def chromium():
    """The path of a Chromium: CI fails without one, elsewhere its tests are skipped."""
    # The first is Chromium without a window: what tests do not look at, it does not draw.
    names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail("CI needs Chromium, and none of these is on the PATH: " + ", ".join(names))
    if found is None:
        pytest.skip("no Chromium on the PATH (CHROMIUM can say where it is)")
    return found


# Playwright's event loop counts as running in this thread until it stops, and tests of other
# modules want to run their own.
@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        except PlaywrightError:  # now and then, one of its processes crashes as it starts
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        with watch(browser, lambda: None if browser.is_connected() else "Chromium has ended"):
            yield browser
        browser.close()


@pytest.fixture(scope="session")
def artefacts():
    folder = ROOT / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder


def visits(browser, server):
    """Open pages in a fresh profile; fail for a console message or a request that leaves.

    Dialogues play without a pause between their lines: the reader prefers less motion.
    """
    problems = []

    @contextlib.contextmanager
    def opened(path, forgiven="nothing", **options):
        context = browser.new_context(**{"reduced_motion": "reduce"} | options)
        context.set_default_timeout(PAGE * 1000)

        # To stop them (Chromium resolves no other host) would switch its cache off.
        def guard(request):
            if not request.url.startswith((server, "data:", "blob:")):
                problems.append(f"request to {request.url}")

        def note(problem):
            if not problem.startswith(forgiven):
                problems.append(problem)

        context.on("request", guard)
        context.on("console", lambda message: note(message.text))
        context.on("weberror", lambda error: note(str(error.error)))
        context.on("response", lambda r: r.status > 399 and note(f"{r.status} {r.url}"))
        page = context.new_page()
        page.goto(server + path, wait_until="networkidle")
        page.wait_for_load_state()  # it may be quiet while it is still being read
        try:
            yield page
        finally:
            context.close()

    yield opened
    assert problems == []


@pytest.fixture
def visit(browser, server):
    """Visit pages in a test."""
    yield from visits(browser, server)


@pytest.fixture(scope="module")
def long_visit(browser, server):
    """Visit pages that the tests of a module share: Python is loaded once."""
    yield from visits(browser, server)
