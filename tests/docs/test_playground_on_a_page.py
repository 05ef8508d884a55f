"""Dialogues on a site without a server of its own: the programs run in the page, in Chromium."""

import re

import pytest
from browsing import serving
from patience import PROCESS
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from docs_tools.project.languages import languages
from docs_tools.project.snippets import NOT_IN_THE_BROWSER, snippets

LANGUAGES = {each.code: each for each in languages()}
ECHO = '[data-duologue="websockets/echo"]'
CHANGE = """([stage, text, instead]) => {
    const program = document.querySelector(stage).previousElementSibling.querySelector("code")
    program.textContent = program.textContent.replace(text, instead)
}"""
LOADED = PROCESS * 1000  # milliseconds, for Python begins first


@pytest.fixture(scope="module")
def server(site):
    with serving(Starlette(routes=[Mount("/", StaticFiles(directory=site, html=True))])) as address:
        yield address


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_dialogue_plays_in_the_page(visit, code):
    words = LANGUAGES[code].words["play"]
    with visit(f"{LANGUAGES[code].prefix}websockets/") as page:
        stage = page.locator(ECHO)
        button = stage.locator(".duologue__play")
        expect(button).to_have_text(words["play"])
        button.click()
        expect(stage.locator(".duologue__status")).to_have_text(words["holds"], timeout=LOADED)
        expect(stage.locator(".turn:not(.turn--came)")).to_have_count(0)
        expect(button).to_have_text(words["again"])
        expect(stage.locator(".duologue__output")).to_be_hidden()


def test_every_dialogue_of_a_page_plays(visit):
    with visit("origins/") as page:
        stages = page.locator(".duologue")
        buttons = page.locator(".duologue__play:visible")
        expect(buttons).to_have_count(stages.count())
        for each in buttons.all():
            each.click()
            stage = each.locator("xpath=ancestor::section")
            expect(stage).to_have_class(re.compile("duologue--(true|false)"), timeout=LOADED)
        expect(page.locator(".duologue--true")).to_have_count(stages.count())


def test_what_a_program_prints_stands_below(visit):
    with visit("application/") as page:
        stage = page.locator('[data-duologue="application/endpoint_class"]')
        stage.locator(".duologue__play").click()
        expect(stage).to_have_class(re.compile("duologue--true"), timeout=LOADED)
        expect(stage.locator(".duologue__output")).to_contain_text("when the client left with 1000")


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_does_not_hold_is_told_in_the_words_of_the_page(visit, code):
    words = LANGUAGES[code].words["play"]
    with visit(f"{LANGUAGES[code].prefix}websockets/") as page:
        stage = page.locator(ECHO)
        page.evaluate(CHANGE, [ECHO, "Message text was", "You said"])
        stage.locator(".duologue__play").click()
        told = words["differs"].format(
            line=5, expected='< "Message text was: hello"', got='< "You said: hello"'
        )
        expect(stage.locator(".duologue__status")).to_have_text(told, timeout=LOADED)
        expect(stage.locator(".turn--wrong")).to_have_attribute("data-line", "5")


def test_what_a_program_raises_stands_below(visit):
    with visit("websockets/") as page:
        stage = page.locator(ECHO)
        page.evaluate(CHANGE, [ECHO, "async def", "1 / 0\nasync def"])
        stage.locator(".duologue__play").click()
        expect(stage.locator(".duologue__output")).to_contain_text("~~^~~", timeout=LOADED)
        told = LANGUAGES["en"].words["play"]["broken_program"]
        expect(stage.locator(".duologue__status")).to_have_text(told)


def test_a_play_is_stopped_by_the_same_button(visit):
    with visit("websockets/", reduced_motion="no-preference") as page:
        stage = page.locator(ECHO)
        stage.locator(".duologue__play").click()
        expect(stage.locator(".turn--came").first).to_be_visible(timeout=LOADED)
        stage.locator(".duologue__play").click()
        expect(stage.locator(".duologue__status")).to_have_text("Stopped.")
        expect(stage.locator(".turn--wrong")).to_have_count(0)
        expect(stage.locator(".duologue__play")).to_have_text("Play again")


def test_what_needs_a_real_server_says_so(visit):
    with visit("frameworks/") as page:
        for snippet in snippets():
            if snippet.name.startswith("frameworks/") and snippet.name in NOT_IN_THE_BROWSER:
                stage = page.locator(f'[data-duologue="{snippet.name}"]')
                expect(stage.locator(".duologue__status")).to_contain_text("needs a real server")
                expect(stage.locator(".duologue__play")).to_be_hidden()
