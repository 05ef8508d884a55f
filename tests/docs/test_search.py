"""What readers look for is found: the page that explains or answers it comes first or second."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from axe import expect_accessible
from playwright.sync_api import expect

from docs_tools.project.errors import read_messages
from docs_tools.project.languages import ROOT, languages
from docs_tools.wording.glossary import read_glossary

LANGUAGES = {each.code: each for each in languages()}
# A term of the glossary, by its English word, and the page that explains it.
EXPLAINED = {
    "close code": "trouble/",
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
QUESTIONS = tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))[
    "question"
]
TERMS = {term.words["en"]: term.words for term in read_glossary().terms}
TROUBLE = "trouble/"
LISTED = {TROUBLE, "messages/"}  # where each message is
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

# Asks a worker of the page, as the page asks its own, and waits for each answer.
ASKED = """async texts => {
    const take = type => new Promise(resolve => {
        asked.onmessage = ({ data }) => data.type === type && resolve(data.data)
    })
    const READY = 1, QUERY = 2, RESULT = 3
    if (!window.asked) {
        const { search } = JSON.parse(document.getElementById("__config").textContent)
        window.asked = new Worker(search)
        await take(READY)
    }
    const found = []
    for (const data of texts) {
        const answer = take(RESULT)
        asked.postMessage({ type: QUERY, data })
        found.push((await answer).items.map(([{ location }]) => location.split("#")[0]))
    }
    return found
}"""


@pytest.fixture(scope="module", params=LANGUAGES)
def code(request):
    return request.param


@pytest.fixture(scope="module")
def page(long_visit, code):
    """The first page of each language, in which the index is read once for all questions."""
    with long_visit(LANGUAGES[code].prefix) as page:
        yield page


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


def test_the_page_that_explains_a_term_comes_first_or_second(page, artefacts, code):
    prefix = LANGUAGES[code].prefix
    wrong = []
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


def test_twenty_questions_are_asked_in_each_language():
    assert len(QUESTIONS) == 20
    assert len({question["asked"] for question in QUESTIONS}) == 20
    assert all(len(question[code]) == 2 for question in QUESTIONS for code in LANGUAGES)


def test_the_page_that_answers_a_question_comes_first_or_second(page, artefacts, code):
    typed = [(text, question["page"]) for question in QUESTIONS for text in question[code]]
    answers = page.evaluate(ASKED, [text for text, _ in typed])
    places = {
        text: found.index(wanted) + 1 if wanted in found else None
        for (text, wanted), found in zip(typed, answers, strict=True)
    }
    (artefacts / f"questions-{code}.json").write_text(
        json.dumps(places, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    wrong = [
        f"{text}: {found[:4]}, and {wanted} answers it"
        for (text, wanted), found in zip(typed, answers, strict=True)
        if wanted not in found[:2]
    ]
    assert wrong == [], "see search_boosts in mkdocs.yml, `searched` in the glossary, and the page"
    others = [
        found[0] for (_, wanted), found in zip(typed, answers, strict=True) if wanted != TROUBLE
    ]
    assert others.count(TROUBLE) < len(others) / 10


def as_pasted(message):
    """The last line of a traceback, or a line of the log, without what only a program knows."""
    return f"{message.name}: {message.text}".lstrip(": ").replace("…", " ")


def test_a_message_leads_to_trouble_or_to_the_list_of_all(page, code):
    typed = [as_pasted(each) for each in read_messages()]
    answers = page.evaluate(ASKED, typed)
    places = {
        text: next((place for place, each in enumerate(found) if each in LISTED), len(found))
        for text, found in zip(typed, answers, strict=True)
    }
    # The shortest ones consist of words that every page has.
    far = [text for text, place in places.items() if place > 1]
    assert len(far) < len(typed) / 10, far
    assert [text for text in far if places[text] > 9] == []


def test_each_close_code_and_status_leads_to_trouble(page, code):
    text = (ROOT / "docs" / code / "trouble.md").read_text(encoding="utf-8")
    numbers = re.findall(r"^### (\d{3,4})\b", text, re.MULTILINE)
    answers = page.evaluate(ASKED, numbers)
    assert len(numbers) > 20
    far = [text for text, found in zip(numbers, answers, strict=True) if TROUBLE not in found[:2]]
    assert far == []


def test_what_a_page_says_is_found_as_it_is(page, site, code):
    prefix = LANGUAGES[code].prefix
    index = json.loads((site / prefix / "search" / "search_index.json").read_text("utf-8"))
    text = re.sub("<[^>]+>", " ", " ".join(entry["text"] for entry in index["docs"]))
    words = re.split(index["config"]["separator"], text)
    # lunr fails for some numbers; the others mean something in its language of queries.
    numbers = sorted({word for word in words if re.fullmatch("[0-9]{1,4}", word)})
    typed = [*numbers, "--workers", "code: 1006", '"accept" first.', "a^b ~ c\\", "+websocket -"]
    answers = page.evaluate(ASKED, typed)
    assert len(numbers) > 100
    assert [text for text, found in zip(typed, answers, strict=True) if not found] == []


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
        expect_accessible(page, ".md-search__output")


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
