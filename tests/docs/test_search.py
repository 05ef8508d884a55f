"""What readers look for is found: the page that explains a term comes first or second."""

import re

import pytest
from playwright.sync_api import expect

from docs_tools.project.languages import languages
from docs_tools.wording.glossary import read_glossary

LANGUAGES = {each.code: each for each in languages()}
# A term of the glossary, by its English word, and the page that explains it.
EXPLAINED = {
    "close code": "websockets/",
    "denial response": "websockets/",
    "graceful shutdown": "shutdown/",
    "heartbeat": "timeouts/",
    "middleware": "application/",
    "path parameter": "websockets/",
    "scope": "websockets/",
    "script": "scripts/",
    "subprotocol": "websockets/",
    "timeout": "timeouts/",
}
TERMS = {term.words["en"]: term.words for term in read_glossary().terms}
FOUND = """async () => {
    const places = () => [...document.querySelectorAll(".md-search-result__item")].map(
        item => new URL(item.querySelector("a").href).pathname.slice(1)
    )
    for (let before = null; ; ) {
        const now = JSON.stringify(places())
        if (now === before && now !== "[]") return places()
        before = now
        await new Promise(resolve => setTimeout(resolve, 100))
    }
}"""


def word(term, code):
    """A term as a reader types it, without what stands in brackets behind it."""
    return re.sub(r"\(.*\)", "", TERMS[term][code]).strip()


def ask(page, text):
    """Type into the search; it listens for keys, and an input method ends with one."""
    page.locator(".md-search__input").fill(text)
    page.keyboard.press("End")


def test_ten_terms_are_looked_for():
    assert len(EXPLAINED) == 10
    assert set(EXPLAINED) <= set(TERMS)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_that_explains_a_term_comes_first_or_second(visit, artefacts, code):
    prefix = LANGUAGES[code].prefix
    wrong = []
    with visit(prefix) as page:
        page.locator(".md-search__input").click()
        for term, wanted in EXPLAINED.items():
            # Every answer differs from the one before it where this is between them.
            ask(page, "")
            expect(page.locator(".md-search-result__item")).to_have_count(0)
            ask(page, word(term, code))
            expect(page.locator(".md-search-result__item").first).to_be_visible()
            found = [place.removeprefix(prefix) for place in page.evaluate(FOUND)]
            if wanted not in found[:2]:
                wrong.append(f"{word(term, code)}: {found[:4]}, and {wanted} explains it")
        page.screenshot(path=artefacts / f"search-{code}.png", animations="disabled")
    remedy = "see search_boosts and the fields of the search in mkdocs.yml, or EXPLAINED here"
    assert wrong == [], remedy


def test_the_index_is_fetched_when_somebody_searches(visit):
    with visit("") as page:
        asked = []
        page.context.on("request", lambda request: asked.append(request.url))
        page.reload(wait_until="networkidle")
        assert [url for url in asked if "search" in url.partition("?")[0].rpartition("/")[2]] == [
            url for url in asked if "/workers/searching.js" in url
        ]
        page.locator(".md-search__input").click()
        expect(page.locator(".md-search-result__meta")).to_have_text("Type to start searching")
        with page.context.expect_event("request", lambda r: r.url.endswith("search_index.json")):
            ask(page, "handshake")
        expect(page.locator(".md-search-result__item").first).to_be_visible()
        expect(page.locator(".md-search-result__meta")).to_contain_text("matching documents")


def test_a_search_may_be_part_of_the_address(visit):
    with visit("ko/?q=대본") as page:
        expect(page.locator(".md-search-result__item").first).to_contain_text("대본")


def test_an_index_that_cannot_be_fetched_is_asked_for_again(visit):
    with visit("", forgiven=("Failed to load", "Error: 503", "503 ")) as page:
        refused = []

        def refuse(route):
            refused.append(route.request.url)
            route.fulfill(status=503)

        page.context.route("**/search_index.json", refuse, times=1)
        with page.expect_event("console", lambda message: "503 for " in message.text):
            ask(page, "hand")
        ask(page, "handshake")
        expect(page.locator(".md-search-result__item").first).to_be_visible()
        assert len(refused) == 1
