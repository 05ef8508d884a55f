"""What a reader waits for who plays a dialogue in the page: Python in a real Chromium.

``python -m benchmarks.playing`` measures this alone.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.staticfiles import StaticFiles

from docs_tools.build import build
from docs_tools.playground.archives import PLACE
from docs_tools.project.snippets import NOT_IN_THE_BROWSER, snippets
from docs_tools.serve import Site

ROUNDS = 5
PAGES = 10
ECHO = "websockets/echo"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
SECONDS = 120.0

# Plays a dialogue: the milliseconds from the click to its first line, and to its end.
PLAY = """name => new Promise((resolve, reject) => {
    const stage = document.querySelector(`[data-duologue="${name}"]`)
    stage.classList.remove("duologue--true", "duologue--false")
    for (const turn of stage.querySelectorAll(".turn--came")) turn.classList.remove("turn--came")
    let first = null
    const began = performance.now()
    const look = () => {
        const now = performance.now() - began
        if (stage.querySelector(".turn--came")) first ??= now
        if (stage.classList.contains("duologue--true")) resolve([first, now])
        if (stage.classList.contains("duologue--false")) reject(new Error(stage.innerText))
    }
    const options = { subtree: true, attributes: true, attributeFilter: ["class"] }
    new MutationObserver(look).observe(stage, options)
    stage.querySelector(".duologue__play").click()
})"""
CHANGE = """([name, text]) => {
    const stage = document.querySelector(`[data-duologue="${name}"]`)
    stage.previousElementSibling.querySelector("code").append(text)
}"""


@dataclass(frozen=True)
class Figure:
    """Something that was measured, and what it may be at most."""

    title: str
    value: float
    limit: float
    unit: str

    def __str__(self) -> str:
        verdict = "ok" if self.value <= self.limit else "OVER"
        shown = f"{show(self.value)} {self.unit}"
        return f"{self.title:61}{shown:>12}{f'{show(self.limit)} {self.unit}':>12}  {verdict}"


def show(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) or number >= 20 else f"{number:.2f}"


class Static:
    """The site as a host of static files has it: nothing is live. What it sends is counted."""

    def __init__(self, folder: Path, *, compresses: bool) -> None:
        site = Site(folder)
        plain = StaticFiles(directory=folder, html=True)
        self.pages = site.pages if compresses else plain
        self.python = site.python if compresses else plain
        self.sent = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer with a file."""

        async def counting(message: Any) -> None:
            self.sent += len(message.get("body", b""))
            await send(message)

        app = self.python if scope["path"].startswith(f"/{PLACE}/") else self.pages
        await app({**scope, "extensions": {}}, receive, counting)  # no file goes past the count


@contextmanager
def serve(app: Any) -> Iterator[str]:
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_level="error")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
            if not thread.is_alive():
                raise RuntimeError("The server has not started.")
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def visit(browser: Browser) -> Iterator[Page]:
    """A reader who comes for the first time, and does not like things to move."""
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(SECONDS * 1000)
    try:
        yield context.new_page()
    finally:
        context.close()


def go(page: Page, address: str) -> None:
    page.goto(address, wait_until="networkidle")


def first_line(page: Page, address: str) -> float:
    """Open a page, play its dialogue, and return the seconds to the first line."""
    go(page, address)
    return page.evaluate(PLAY, ECHO)[0] / 1000


def rerun(page: Page, number: int) -> float:
    """Change the program, play it again, and return the milliseconds to the end."""
    page.evaluate(CHANGE, [ECHO, f"\n# {number}\n"])
    return page.evaluate(PLAY, ECHO)[1]


def measure_waiting(
    browser: Browser, app: Static, url: str, rounds: int, host: str
) -> list[Figure]:
    address = f"{url}websockets/"
    cold, warm, reruns, loaded = [], [], [], []
    for _ in range(rounds):
        with visit(browser) as page:
            go(page, address)
            before = app.sent
            cold.append(page.evaluate(PLAY, ECHO)[0] / 1000)
            loaded.append((app.sent - before) / 1e6)
            # A browser keeps WebAssembly compiled when it has been compiled twice.
            first_line(page, address)
            warm.append(first_line(page, address))
            reruns += [rerun(page, number) for number in range(rounds)]
    return [
        Figure(f"click to first line, nothing cached, {host}", median(cold), 4, "s"),
        Figure(f"click to first line, cached, {host}", median(warm), 1.5, "s"),
        Figure(f"click to the end after a change, {host}", median(reruns), 150, "ms"),
        Figure(f"transferred at the first play, {host}", max(loaded), 8, "MB"),
    ]


def measure_pages(browser: Browser, app: Static, url: str, folder: Path) -> list[Figure]:
    """Look at pages that nobody plays, and play many, one after the other."""
    with visit(browser) as page:
        before = app.sent
        go(page, f"{url}websockets/")
        unplayed = (app.sent - before) / 1000
        playable = list(examples(folder))[:PAGES]
        most = 0
        for name in playable:
            go(page, f"{url}{name.partition('/')[0]}/")
            page.evaluate(PLAY, name)
            most = max(most, count_workers(browser))
    return [
        Figure("transferred for a page that nobody plays", unplayed, 110, "kB"),
        Figure(f"workers of Python at most, {len(playable)} pages played in turn", most, 1, ""),
    ]


def examples(folder: Path) -> Iterator[str]:
    """One snippet of each page that the page itself can play."""
    seen = set()
    for snippet in snippets():
        page = snippet.name.partition("/")[0]
        path = folder / page / "index.html"
        if page in seen or snippet.name in NOT_IN_THE_BROWSER or not path.is_file():
            continue
        if f'data-duologue="{snippet.name}"' in path.read_text(encoding="utf-8"):
            seen.add(page)
            yield snippet.name


def count_workers(browser: Browser) -> int:
    """Count those that run Python, of all pages."""
    session = browser.new_browser_cdp_session()
    targets = session.send("Target.getTargets", {"filter": [{}]})["targetInfos"]
    session.detach()
    return sum(each["type"] == "worker" and "/playground/" in each["url"] for each in targets)


def results(rounds: int = ROUNDS, say: Callable[[str], object] = print) -> list[Figure]:
    """Measure all of it, in a site that is built for that."""
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if chromium is None:
        say("Playing in the page is not measured: there is no Chromium (CHROMIUM says where).")
        return []
    figures: list[Figure] = []
    with TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch) / "site"
        build(folder)
        browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        for compresses, host in ((True, "compressing host"), (False, "plain host")):
            app = Static(folder, compresses=compresses)
            with serve(app) as url:
                figures += measure_waiting(browser, app, url, rounds, host)
                if compresses:
                    figures += measure_pages(browser, app, url, folder)
        browser.close()
    return figures


def main(rounds: int = ROUNDS) -> None:
    figures = results(rounds)
    if figures:
        print(f"\n{'playing in the page':61}{'measured':>12}{'limit':>12}")
    for figure in figures:
        print(figure)


if __name__ == "__main__":
    main()
