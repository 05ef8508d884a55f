"""Every page in every language, on a desktop and a phone, light and dark, in a real Chromium."""

import re

import pytest
import survey
from browsing import CHROMIUM, serving

PAGES = survey.addresses()
MOST_BYTES = 110_000
STATES = [(page, state) for page in PAGES for state in survey.states(page, PAGES)]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: "-".join(reversed(page)))
each_state = pytest.mark.parametrize(
    ("page", "state"), STATES, ids=lambda one: "-".join(reversed(one))
)


@pytest.fixture(scope="module")
def seen(chromium, server):
    """What was seen of each page."""
    with survey.Survey(server, chromium, CHROMIUM) as seen:
        yield seen


@each_page
def test_a_page_can_be_looked_at(seen, page):
    assert seen[page]


@each_state
def test_a_page_does_not_scroll_sideways(seen, page, state):
    assert seen[page].wide.get(state) == [], f"/{PAGES[page]} is too wide, by these elements"


@each_page
def test_nothing_is_torn_or_covered_on_a_phone(seen, page):
    found = "\n".join(seen[page].torn)
    assert found == "", f"/{PAGES[page]}:\n{found}"


@each_page
def test_a_page_is_quiet_and_asks_no_other_host(seen, page):
    assert seen[page].noise == [], f"/{PAGES[page]} logs, fails or asks elsewhere"


@each_page
def test_a_page_is_accessible(seen, page):
    found = "\n".join(seen[page].violations.get("light", ["axe-core has not run"]))
    assert found == "", f"/{PAGES[page]}:\n{found}"


@pytest.mark.parametrize("page", survey.with_colours(PAGES), ids=lambda page: page[0])
def test_a_dark_page_has_enough_contrast(seen, page):
    found = "\n".join(seen[page].violations.get("dark", ["axe-core has not run"]))
    assert found == "", f"/{PAGES[page]}:\n{found}"


@each_page
def test_every_character_has_a_glyph(seen, page):
    remedy = "write another character, or let .ci/run install a font that has it"
    assert seen[page].missing == [], f"/{PAGES[page]} shows boxes: {remedy}"


@each_page
def test_a_page_has_one_title(seen, page):
    assert len(seen[page].headings) == 1, f"/{PAGES[page]} has the h1 {seen[page].headings}"


@each_page
def test_a_page_is_light(seen, page):
    """Served compressed, as `make run` and every usual host serve it, to an empty cache.

    The list of what is live on the server is empty on a host that serves files.
    """
    parts = {path: size for path, size in seen[page].bytes.items() if path != "/live/snippets.json"}
    largest = sorted(parts.items(), key=lambda part: -part[1])[:5]
    assert 0 < sum(parts.values()) <= MOST_BYTES, f"/{PAGES[page]} is heavy: {largest}"


PLAYS = re.compile(r"/assets/(playground|python)/")


@each_page
def test_a_page_that_nobody_plays_loads_nothing_that_plays(seen, page):
    assert [path for path in seen[page].bytes if PLAYS.search(path)] == []


WRONG = """<!doctype html><html lang="zh-Hans"><title>Wrong</title>
<body data-md-color-scheme="default"><main><h1>好 \u0379</h1><h1>Two</h1>
<p style="width: 2000px">wide</p><p style="color: #999; background: #aaa">pale</p>
<div style="overflow: hidden; width: 9px"><p style="width: 3000px">hidden</p></div>
<table><td><code style="display: block; width: 9px; word-break: break-all">name</code></table>
<code style="display: block; width: 9px">--<span class="dashes">-a</span></code>
<p lang="ko" style="width: 9px; word-break: break-all">단어</p>
<pre style="position: relative"><nav class="md-code__nav" style="position: absolute">copy</nav
><code>under</code></pre>
<footer class="md-footer"><p class="md-ellipsis" style="overflow: hidden; width: 9px">title</footer>
<script>console.log("loud"); setTimeout(() => nothing)</script>
<img src="http://example.invalid/a.png"></main>"""


async def wrong_page(scope, receive, send):
    """A page that has every fault."""
    status = 200 if scope["path"] == "/wrong/" else 404
    headers = [(b"content-type", b"text/html; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": WRONG.encode()})


def test_the_faults_of_a_page_are_seen(chromium, monkeypatch):
    monkeypatch.setattr(survey, "addresses", lambda: {("wrong", "zh"): "wrong/"})
    with serving(wrong_page) as server, survey.Survey(server, chromium, CHROMIUM) as seen:
        found = seen["wrong", "zh"]
    states = survey.states(("wrong", "zh"), [("wrong", "zh")])
    for device, scheme in states:
        width = survey.DEVICES[device]["width"]
        *elements, page = found.wide[device, scheme]
        assert elements == ['<p style="width: 2000px">wide</p>']
        assert page.endswith(f" px wide, not {width}")
    assert found.torn == [
        "broken name: name",
        "broken word: 단어",
        "broken option: ---a",
        "covered by a button: under",
        "cut: title",
    ]
    noise = "\n".join(found.noise)
    assert "desktop-light: request to another host: http://example.invalid/a.png" in noise
    assert "desktop-light: console: loud" in noise
    assert "desktop-light: error: nothing is not defined" in noise
    for scheme in survey.SCHEMES:
        (pale,) = [each for each in found.violations[scheme] if each.startswith("color-contrast")]
        assert '<p style="color: #999; background: #aaa">' in pale
        assert "insufficient color contrast" in pale
    assert len(states) == 4
    rules = {each.partition(":")[0] for each in found.violations["light"]}
    assert rules >= {"color-contrast", "image-alt"}
    assert [each.partition(" in ")[0] for each in found.missing] == ["U+0379 \u0379"]
    assert found.headings == ["好 \u0379", "Two"]
    assert sum(found.bytes.values()) > len(WRONG)
