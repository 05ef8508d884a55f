"""Looks at every page of the site in Chromium, several at once, and writes down what is there.

Each page is loaded once, and shown at both widths. axe-core runs with all its rules on the light
page at the width of a desktop, and with the rules for colours on the dark page at the width of
a phone. The colours of a page, and the room around what is clicked, are the same in every language:
in the source language alone it is shown in both colour schemes, and the rules that depend on them
are asked. What looks the same everywhere is looked at where it comes for the first time.
"""

import asyncio
import contextlib
import threading
from collections import defaultdict, deque
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from axe import AXE
from patience import SURVEY
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright

from docs_tools.project.languages import ROOT, SOURCE, languages
from docs_tools.project.pages import page_files

DEVICES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
SCHEMES = {"light": "default", "dark": "slate"}  # the theme's names for them
LANGUAGES = {each.code: each for each in languages()}
TABS = 2

COLOURS = ["color-contrast", "link-in-text-block"]  # the rules of axe-core that depend on colours
ROOM = ["target-size"]  # and on the room around what is clicked
# Pages are laid out and not drawn: that takes a third less. Pictures and clicks need another one.
UNDRAWN = "--disable-threaded-compositing"
# What is around a page is the same on every one of a language, but for the entry that is marked in
# the menu: all rules are asked of it on the pages that have a frame of their own, and on one more.
FRAME = [".md-header", ".md-sidebar--primary", ".md-footer"]
FRAMED = {"index", "404", "install"}
# Rules of axe-core that are not asked, each with the reason.
UNASKED = {}

QUESTIONS = Path(__file__).with_suffix(".js").read_text("utf-8")
SWITCH = "scheme => { document.body.dataset.mdColorScheme = scheme }"


@dataclass
class Seen:
    """What was seen of a page in one language.

    Attributes:
        wide: What makes it scroll sideways, by device and scheme.
        torn: What is torn or covered on a phone.
        noise: Console messages, errors, failed and foreign requests, each with device and scheme.
        violations: What axe-core found, by scheme.
        missing: Characters that no font has.
        headings: The texts of its ``h1`` elements.
        bytes: What Chromium transfers for it with an empty cache, by path.
    """

    wide: dict = field(default_factory=dict)
    torn: list = field(default_factory=list)
    noise: list = field(default_factory=list)
    violations: dict = field(default_factory=dict)
    missing: list = field(default_factory=list)
    headings: list = field(default_factory=list)
    bytes: dict = field(default_factory=dict)


class PageError(Exception):
    """A page is not there."""


class SurveyError(Exception):
    """A page could not be looked at, and so none of those that had not been looked at before."""


def addresses():
    """The path of each page under the root of the site, by its name and language."""
    files = [name.removesuffix(".md") for name in page_files(ROOT, SOURCE)]
    names = {name: f"{name}/".removesuffix("index/") for name in files}
    names["404"] = "404.html"
    return {
        (name, code): each.prefix + path
        for name, path in names.items()
        for code, each in LANGUAGES.items()
    }


def with_colours(pages):
    """The pages whose colours are looked at: those of the source language, or all there are."""
    return [page for page in pages if page[1] == SOURCE] or [*pages]


async def ask(page, question, *about):
    """Ask a page that is shown one of the questions in ``survey.js``."""
    return await page.evaluate(f"about => survey.{question}(...about)", about)


def states(page, pages):
    """The devices and schemes that a page is shown in, each a step from the one before."""
    dark = [("phone", "dark"), ("desktop", "dark")]
    return [("desktop", "light"), ("phone", "light")] + dark * (page in with_colours(pages))


class Survey:
    """Looks at pages, a few at once, in a thread of its own; who asks for one waits for that one.

    What is asked for comes next. Where Chromium, the server or the survey itself fails, it ends,
    and whoever asks for a page that it has not seen gets the same error.

    Args:
        server: The address of the site.
        chromium: The path of Chromium.
        args: How it is started.
    """

    def __init__(self, server, chromium="", args=()):
        self.server = server
        self.launch = {"executable_path": chromium, "args": [*args, UNDRAWN]}
        self.sizes = {}  # bytes, by path
        self.known = defaultdict(set)  # characters, by language and family of fonts
        self.looks = defaultdict(list)  # those of text that have been seen, by scheme
        self.addresses = addresses()
        self.pages = {page: Future() for page in self.addresses}
        self.asked = deque()  # pages that somebody waits for
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.give_up(SurveyError("The survey has ended."))
        self.thread.join()

    def __getitem__(self, page):
        """What was seen of a page, by its name and the code of the language."""
        self.asked.append(page)
        try:
            return self.pages[page].result(timeout=2 * SURVEY)  # another one may be under way
        except TimeoutError:
            self.give_up(SurveyError(f"Nothing is seen of /{self.addresses[page]}."))
            return self.pages[page].result()

    def give_up(self, error):
        """Fail for every page that has not been seen."""
        for future in self.pages.values():
            if not future.done():
                with contextlib.suppress(InvalidStateError):  # it has come meanwhile
                    future.set_exception(error)

    def todo(self):
        """The pages that nobody has looked at, and first of all those that somebody waits for."""
        left = dict.fromkeys(self.pages)
        while left:
            page = self.asked.popleft() if self.asked else next(iter(left))
            if page in left:
                del left[page]
                yield page

    async def run(self):
        """Look at every page."""
        todo = self.todo()
        try:
            async with async_playwright() as playwright:
                try:
                    browser = await playwright.chromium.launch(**self.launch)
                except PlaywrightError:  # now and then, one of its processes crashes as it starts
                    browser = await playwright.chromium.launch(**self.launch)
                context = await browser.new_context(reduced_motion="reduce")
                context.set_default_timeout(SURVEY * 1000)
                await context.add_init_script(AXE + QUESTIONS)  # sent once for all pages
                async with asyncio.TaskGroup() as tabs:
                    for _ in range(TABS):
                        tabs.create_task(self.work(context, todo))
                await browser.close()
        except* Exception as group:  # noqa: BLE001 - whoever waits for a page raises it
            error = group.exceptions[0]
            self.give_up(error.exceptions[0] if isinstance(error, ExceptionGroup) else error)

    async def work(self, context, todo):
        """Look at one page after the other in a tab."""
        tab = Tab(await context.new_page(), self.server)
        for page in todo:
            future = self.pages[page]
            if future.done():  # the survey has ended
                return
            tab.turn_to(seen := Seen())
            try:
                async with asyncio.timeout(SURVEY):
                    await self.look(tab, page, seen)
            except PageError as error:
                future.set_exception(error)
            except (PlaywrightError, TimeoutError) as error:
                what = f"{type(error).__name__}: {error}".strip(": ")
                raise SurveyError(f"/{self.addresses[page]} cannot be looked at. {what}") from error
            else:
                with contextlib.suppress(InvalidStateError):  # the survey has ended
                    future.set_result(seen)

    async def look(self, tab, page, seen):
        """Look at a page in every state."""
        await tab.show("desktop", "light")
        address = self.server + self.addresses[page]
        answer = await tab.page.goto(address, wait_until="networkidle")
        await tab.page.wait_for_load_state()  # it may be quiet while it is still being read
        if answer.status != 200:
            where = self.addresses[page]
            raise PageError(f"/{where} is not in the built site: the server says {answer.status}")
        seen.bytes = await self.weigh_all(tab.requests)
        seen.headings = await tab.page.locator("h1").all_inner_texts()
        seen.missing = await self.missing(tab.page)
        asks_colours = page in with_colours(self.pages)
        coloured = await self.coloured(tab) if asks_colours else []
        without = [".highlight.seen" if asks_colours else ".highlight"]
        if page[0] not in FRAMED:
            without += FRAME
        unasked = [*UNASKED, *COLOURS] + ROOM * (not asks_colours)
        seen.violations["light"] = coloured + await ask(tab.page, "inPage", without, unasked)
        await self.measure(tab, seen)
        for device, scheme in states(page, self.pages)[1:]:
            await tab.show(device, scheme)
            await self.measure(tab, seen)
            if (device, scheme) == ("phone", "dark"):
                seen.violations["dark"] = await self.coloured(tab)

    async def coloured(self, tab):
        """What the rules find that depend on colours, in what looks as nothing has before."""
        scheme = tab.state[1]
        self.looks[scheme] = await ask(tab.page, "looks", self.looks[scheme])
        return await ask(tab.page, "inFresh", COLOURS)

    async def weigh_all(self, requests):
        """The weights of the parts of a page, of those too that are asked for meanwhile."""
        weights = {}
        while new := [part for part in requests.items() if part[0] not in weights]:
            for path, request in new:
                weights[path] = await self.weigh(path, request)
        return weights

    async def weigh(self, path, request):
        """What was transferred for a part of a page when it was not in the cache."""
        sizes = await request.sizes()
        transferred = sizes["responseBodySize"] + sizes["responseHeadersSize"]
        self.sizes[path] = max(self.sizes.get(path, 0), transferred)
        return self.sizes[path]

    async def measure(self, tab, seen):
        """What is too wide, and on a phone what is torn."""
        seen.wide[tab.state] = await ask(tab.page, "wide")
        if tab.state == ("phone", "light"):
            seen.torn = await ask(tab.page, "torn")

    async def missing(self, page):
        """The characters of a page that no font has."""
        found = []
        for key, characters in await ask(page, "characters"):
            new = set(characters) - self.known[key]
            if new:
                missing = await ask(page, "missing", key, "".join(sorted(new)))
                self.known[key] |= new - set(missing)
                found += [f"U+{ord(one):04X} {one} in {key}" for one in missing]
        return found


class Tab:
    """A tab of the browser, and what is written down while it shows a page.

    Args:
        page: Playwright's page.
        server: The address of the site.
    """

    def __init__(self, page, server):
        self.page = page
        self.server = server
        self.state = ("desktop", "light")
        self.turn_to(Seen())
        page.on("request", self.note_request)
        page.on("requestfailed", lambda request: self.note(f"{request.failure}: {request.url}"))
        page.on("console", lambda message: self.note(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.note(f"error: {error}"))

    def turn_to(self, seen):
        """Another page comes."""
        self.seen = seen
        self.requests = {}

    async def show(self, device, scheme):
        """Show the page at another width or in another scheme.

        The theme looks at the reader's preference when it comes up, and then at its own switch.
        """
        self.state = (device, scheme)
        await self.page.set_viewport_size(DEVICES[device])
        await self.page.emulate_media(color_scheme=scheme)
        await self.page.evaluate(SWITCH, SCHEMES[scheme])

    def note(self, problem):
        """Something went wrong."""
        self.seen.noise.append(f"{'-'.join(self.state)}: {problem}")

    def note_request(self, request):
        """The page asks for something."""
        if request.url.startswith(self.server):
            self.requests[urlsplit(request.url).path] = request
        elif not request.url.startswith(("data:", "blob:")):
            self.note(f"request to another host: {request.url}")
