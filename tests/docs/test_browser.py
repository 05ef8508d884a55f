"""The site in a real Chromium, served as `make run` serves it."""

import re

import pytest
from patience import PROCESS
from playwright.sync_api import expect

from docs_tools.project.highlights import take_highlights
from docs_tools.project.languages import ROOT, languages
from docs_tools.project.snippets import Snippet

LANGUAGES = {each.code: each for each in languages()}
PAGES = sorted(path.stem for path in (ROOT / "docs" / "en").glob("*.md"))
DEVICES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
HOLDS = re.compile(r"^The script holds")
ECHO = '.duologue[data-duologue="websockets/echo"]'


def path_of(name, code):
    return LANGUAGES[code].prefix + ("" if name == "index" else f"{name}/")


@pytest.mark.parametrize(("preferred", "scheme"), [("light", "default"), ("dark", "slate")])
def test_a_page_comes_up_as_the_reader_prefers_and_the_switch_changes_it(visit, preferred, scheme):
    body = "body[data-md-color-scheme={}]"
    with visit("", color_scheme=preferred) as page:
        expect(page.locator(body.format(scheme))).to_have_count(1)
        page.locator(".md-header label[for^=__palette]:visible").click()
        other = {"default": "slate", "slate": "default"}[scheme]
        expect(page.locator(body.format(other))).to_have_count(1)


@pytest.mark.parametrize("device", DEVICES)
def test_the_language_menu_keeps_page_and_anchor(visit, server, device):
    with visit("websockets/", viewport=DEVICES[device]) as page:
        anchor = page.locator("article h2[id]").last.get_attribute("id")
        page.goto(f"{server}websockets/#{anchor}")
        page.locator(".md-select button").hover()
        page.locator('[data-translation][hreflang="ko"]').click()
        expect(page).to_have_url(f"{server}ko/websockets/#{anchor}")
        page.locator(".md-select button").hover()
        page.locator('[data-translation][hreflang="zh-Hans"]').click()
        expect(page).to_have_url(f"{server}zh/websockets/#{anchor}")
        expect(page.locator(f"#{anchor}")).to_be_in_viewport()


def test_the_language_menu_works_without_scripts(visit, server):
    with visit("zh/websockets/", java_script_enabled=False) as page:
        page.locator(".md-select button").hover()
        page.locator('[data-translation][hreflang="en"]').click()
        expect(page).to_have_url(f"{server}websockets/")


def test_the_copy_button_gives_the_snippet_without_its_highlights(visit, server):
    program, highlighted = take_highlights(Snippet("websockets/echo").program.read_text())
    assert highlighted
    with visit("websockets/") as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        block = page.locator(".highlight").filter(has_text="docs_src/websockets/echo.py").first
        block.hover()
        block.locator("[data-md-type=copy], .md-clipboard, .md-code__button").first.click()
        expect(page.locator(".md-dialog")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == program.rstrip("\n")
        assert block.locator(".hll").count() == len(highlighted)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_dialogue_plays_in_the_page(visit, artefacts, code):
    words = LANGUAGES[code].words["play"] | LANGUAGES[code].words["playing"]
    with visit(path_of("websockets", code)) as page:
        stage = page.locator(ECHO).first
        expect(stage.locator(".duologue__play")).to_have_text(words["play"])
        stage.locator(".duologue__play").click()
        expect(stage.locator(".duologue__status")).to_have_text(words["holds"])
        expect(stage.locator(".duologue__play")).to_have_text(words["again"])
        lines = stage.locator(".turn").count()
        assert stage.locator(".turn--came").count() == lines
        stage.screenshot(path=artefacts / f"played-{code}.png", animations="disabled")


# Where sixteen handshakes are under way, Chromium delays the next one by up to five seconds.
AT_ONCE = 8


@pytest.mark.parametrize("name", PAGES)
def test_every_dialogue_plays_on_the_server_that_a_browser_can_play(visit, name):
    # Chromium logs a refused handshake, and some scripts expect one.
    with visit(path_of(name, "en"), forgiven="WebSocket connection to") as page:
        stages = page.locator("[data-duologue]")
        # The page asks which snippets are live, and may be told later than the network is idle.
        ready = page.locator(".duologue__play:visible, .duologue__status:not(:empty)")
        expect(ready).to_have_count(stages.count())
        page.evaluate(
            """document.querySelectorAll("[data-duologue]").forEach(stage => {
                const { why } = JSON.parse(stage.querySelector("script").textContent)
                stage.toggleAttribute("data-here", why)
            })"""
        )
        playable = page.locator("[data-duologue]:not([data-here])").all()
        for first in range(0, len(playable), AT_ONCE):
            some = playable[first : first + AT_ONCE]
            for stage in some:
                stage.locator(".duologue__play").click()
            for stage in some:
                expect(stage.locator(".duologue__status")).to_have_text(HOLDS)


def test_the_reader_chooses_between_the_server_and_the_page(visit):
    with visit("websockets/") as page:
        stage = page.locator(ECHO).first
        where = stage.get_by_role("combobox", name="Where to play")
        expect(where).to_have_value("server")
        where.select_option("in this page")
        stage.locator(".duologue__play").click()
        expect(stage.locator(".duologue__status")).to_have_text(HOLDS, timeout=PROCESS * 1000)
        assert [one for one in page.workers if "playground" in one.url]
        page.reload(wait_until="networkidle")
        expect(where).to_have_value("page")


def test_a_dialogue_can_be_played_with_the_keyboard(visit):
    with visit("websockets/", reduced_motion="no-preference") as page:
        stage = page.locator(ECHO).first
        stage.locator(".duologue__play").focus()
        page.keyboard.press("Enter")
        expect(stage.locator(".duologue__status")).to_have_text("The script holds.")
        for _ in range(4):  # past where to play, to edit and to talk
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(stage.locator("details")).to_have_attribute("open", "")


def test_a_line_that_does_not_come_true_is_shown(visit, artefacts):
    with visit("websockets/") as page:
        page.add_init_script(
            """document.addEventListener("DOMContentLoaded", () => {
                const steps = document.querySelector('[data-duologue="websockets/echo"] > script')
                steps.textContent = steps.textContent.replaceAll('"Message text', '"Other text')
            })"""
        )
        page.reload(wait_until="networkidle")
        stage = page.locator(ECHO).first
        stage.locator(".duologue__play").click()
        status = stage.locator(".duologue__status")
        expect(status).to_contain_text('got "Message text was: ')
        expect(status).to_contain_text("expected ")
        expect(stage.locator(".turn--wrong")).to_have_count(1)
        expect(stage.locator(".duologue__play")).to_have_text("Play again")
        stage.screenshot(path=artefacts / "differs-en.png", animations="disabled")


def test_playing_can_be_stopped(visit):
    with visit("websockets/", reduced_motion="no-preference") as page:
        stage = page.locator(ECHO).first
        stage.locator(".duologue__play").click()
        stage.locator(".duologue__play").click()
        expect(stage.locator(".duologue__status")).to_have_text("Stopped.")
        expect(stage.locator(".turn--wrong")).to_have_count(0)


def test_without_the_live_server_a_dialogue_is_a_list(visit, server):
    with visit("websockets/", java_script_enabled=False) as page:
        stage = page.locator(ECHO).first
        expect(stage.locator("ol > li.turn").first).to_be_visible()
        expect(stage.locator(".duologue__play")).to_be_hidden()
