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

# What is too wide, from the inside out: an element that scrolls by itself hides what is in it.
WIDE = """() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    const hides = element => getComputedStyle(element).overflowX !== "visible"
    const isHidden = element => {
        for (let up = element.parentElement; up && up !== document.body; up = up.parentElement)
            if (hides(up)) return true
    }
    return [...document.body.querySelectorAll("*")]
        .filter(one => one.getBoundingClientRect().right > width + 0.5 && !isHidden(one))
        .slice(-3).map(one => one.outerHTML.slice(0, 120))
        .concat(`the page is ${document.documentElement.scrollWidth} px wide, not ${width}`)
}"""

# What is torn or covered: a name in a table that breaks inside, a Korean word that does, an option
# that loses its dashes, a text under the button that copies it, a title that is cut.
TORN = r"""() => {
    const found = []
    const lines = range => new Set(
        [...range.getClientRects()].filter(({ width }) => width).map(({ top }) => Math.round(top))
    ).size
    const texts = function* (element) {
        const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
        while (walker.nextNode()) yield walker.currentNode
    }
    const look = (element, word, fault) => {
        const range = document.createRange()
        for (const node of texts(element)) {
            range.selectNodeContents(node)
            if (lines(range) < 2) continue
            for (const { index, 0: { length } } of node.data.matchAll(word)) {
                if (!index && node.previousSibling) continue // with a name it may be too long
                range.setStart(node, index)
                range.setEnd(node, index + length)
                if (lines(range) > 1) found.push(`${fault}: ${range}`)
            }
        }
    }
    const all = selector => [...document.querySelectorAll(selector)].filter(
        one => one.checkVisibility() && !one.parentElement.closest(selector)
    )
    for (const one of all("td code, th code")) look(one, /[\w.]+/g, "broken name")
    for (const one of all(":is(article, .md-nav, p):lang(ko)"))
        look(one, /\p{Script=Hangul}+/gu, "broken word")
    for (const one of document.querySelectorAll("code .dashes"))
        if (one.getClientRects().length > 1)
            found.push(`broken option: ${one.parentElement.innerText}`)
    for (const button of all(".md-code__nav")) {
        const { left, top, bottom } = button.getBoundingClientRect()
        const code = button.parentElement.querySelector("code")
        const end = code.getBoundingClientRect().right // it scrolls
        const range = document.createRange()
        for (const node of texts(code)) {
            if (!node.data.trim()) continue
            range.selectNodeContents(node)
            const isUnder = [...range.getClientRects()].some(text =>
                Math.min(text.right, end) > left && text.top < bottom && text.bottom > top
            )
            if (isUnder) found.push(`covered by a button: ${node.data.trim()}`)
        }
    }
    for (const one of all(".md-footer .md-ellipsis"))
        if (one.scrollWidth > one.clientWidth) found.push(`cut: ${one.innerText}`)
    return found
}"""

# The characters that a reader sees or hears of, by language and family of fonts.
CHARACTERS = r"""() => {
    const found = {}
    const note = (element, family, text) => {
        const key = JSON.stringify([element.closest("[lang]").lang, family])
        const characters = found[key] ??= new Set()
        for (const one of text ?? "") characters.add(one)
    }
    for (const element of document.querySelectorAll("body, body *:not(script, style)")) {
        const texts = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE)
        const named = ["alt", "aria-label", "placeholder", "title"].filter(
            name => element.hasAttribute(name)
        )
        if (!texts.length && !named.length) continue
        const family = getComputedStyle(element).fontFamily
        for (const node of texts) note(element, family, node.data)
        for (const name of named) note(element, family, element.getAttribute(name))
    }
    const rules = [...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
    for (const rule of rules.flatMap(rule => [rule, ...(rule.cssRules ?? [])])) {
        if (!rule.style?.content.startsWith('"')) continue
        for (const selector of rule.selectorText.split(",")) {
            const element = document.querySelector(selector.replace(/:.*/, "") || "*")
            if (element) note(element, getComputedStyle(element).fontFamily, rule.style.content)
        }
    }
    return Object.entries(found).map(([key, all]) => [key, [...all].join("")])
}"""

# Those that no font has. They are drawn like a code point that will never be a character.
MISSING = r"""([key, characters]) => {
    const [lang, family] = JSON.parse(key)
    const canvas = document.createElement("canvas")
    canvas.width = canvas.height = 32
    canvas.lang = lang
    document.body.append(canvas)
    const context = canvas.getContext("2d", { willReadFrequently: true })
    context.font = `16px ${family}`
    const draw = text => {
        context.clearRect(0, 0, 32, 32)
        context.fillText(text, 4, 20)
        return new Uint32Array(context.getImageData(0, 0, 32, 32).data.buffer)
    }
    const nothing = [draw(""), draw("\u{378}"), draw("\u{1fffe}"), draw("\u{10fffe}")]
    const isNothing = drawn => nothing.some(one => one.every((value, at) => value === drawn[at]))
    const missing = [...characters].filter(
        one => !/[\p{Cc}\p{Cf}\p{Z}\p{M}]/u.test(one) && isNothing(draw(one))
    )
    canvas.remove()
    return missing
}"""

# What text looks like: its own style, and those of all that is around it. The elements whose look
# has not been seen yet are kept as `fresh`, and a block of code without one of them gets a class.
# What nobody sees has no look.
LOOKS = r"""known => {
    const hash = text => {
        let [low, high] = [0xdeadbeef, 0x41c6ce57]
        for (let at = 0; at < text.length; at++) {
            low = Math.imul(low ^ text.charCodeAt(at), 2654435761)
            high = Math.imul(high ^ text.charCodeAt(at), 1597334677)
        }
        return `${low >>> 0}-${high >>> 0}`
    }
    const looks = new Map([[null, ""]])
    const look = one => {
        if (!looks.has(one)) {
            const style = getComputedStyle(one)
            looks.set(one, hash([
                look(one.parentElement), one.localName, one.getAttribute("class"), style.color,
                style.backgroundColor, style.backgroundImage, style.opacity,
                style.textDecorationLine, style.fontSize, style.fontWeight,
            ].join()))
        }
        return looks.get(one)
    }
    const says = one => one.matches("button, input, select, textarea")
        || [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
    const isSeen = one => {
        const { left, right, height } = one.getBoundingClientRect()
        return right > 0 && left < innerWidth && height > 0 && one.checkVisibility({
            visibilityProperty: true, opacityProperty: true
        })
    }
    const all = new Set(known)
    window.fresh = [...document.querySelectorAll("body, body *")].filter(one => {
        if (!says(one) || all.has(look(one)) || !isSeen(one)) return false
        all.add(look(one))
        return true
    })
    const blocks = new Set(fresh.map(one => one.closest(".highlight")))
    for (const block of document.querySelectorAll(".highlight"))
        block.classList.toggle("seen", !blocks.has(block))
    return [...all]
}"""

# Asks all rules but some of a page without some of its elements, or some rules of what is `fresh`.
ASK = """async ([without, unasked, asked]) => {
    if (asked && !fresh.length) return []
    const [about, rules] = asked
        ? [{ only: fresh }, { runOnly: asked }]
        : [{ without }, {
            rules: Object.fromEntries(unasked.map(rule => [rule, { enabled: false }]))
        }]
    const violations = await ask(
        about, { ...rules, preload: false, elementRef: false, selectors: false }
    )
    return violations.map(({ id, help, nodes }) =>
        `${id}: ${help} (${nodes.length})\\n` + nodes.slice(0, 3).map(
            one => `    ${one.html}\\n    ${one.failureSummary.replace(/\\s+/g, " ")}`
        ).join("\\n")
    )
}"""


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
                await context.add_init_script(AXE)  # sent once for all pages
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
        seen.violations["light"] = coloured + await tab.page.evaluate(ASK, [without, unasked, None])
        await self.measure(tab, seen)
        for device, scheme in states(page, self.pages)[1:]:
            await tab.show(device, scheme)
            await self.measure(tab, seen)
            if (device, scheme) == ("phone", "dark"):
                seen.violations["dark"] = await self.coloured(tab)

    async def coloured(self, tab):
        """What the rules find that depend on colours, in what looks as nothing has before."""
        scheme = tab.state[1]
        self.looks[scheme] = await tab.page.evaluate(LOOKS, self.looks[scheme])
        return await tab.page.evaluate(ASK, [[], [], COLOURS])

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
        seen.wide[tab.state] = await tab.page.evaluate(WIDE)
        if tab.state == ("phone", "light"):
            seen.torn = await tab.page.evaluate(TORN)

    async def missing(self, page):
        """The characters of a page that no font has."""
        found = []
        for key, characters in await page.evaluate(CHARACTERS):
            new = set(characters) - self.known[key]
            if new:
                missing = await page.evaluate(MISSING, [key, "".join(sorted(new))])
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
