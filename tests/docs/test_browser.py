"""The site in a real Chromium, served as `make run` serves it."""

import pytest
from axe import expect_accessible
from patience import PROCESS
from playwright.sync_api import expect

from docs_tools.project.highlights import take_highlights
from docs_tools.project.languages import languages
from docs_tools.project.snippets import Snippet

LANGUAGES = {each.code: each for each in languages()}
DEVICES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
PASSES = "The script passes."
LOADED = PROCESS * 1000  # milliseconds, for Python begins first
ECHO = '.duologue[data-duologue="websockets/echo"]'


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
        # What stands at the end cannot come to the top: the theme then names what stands there.
        headings = page.locator("article h2[id]")
        anchor = headings.nth(headings.count() // 2).get_attribute("id")
        address = f"{server}websockets/#{anchor}"
        page.goto(address)
        for tag, prefix in [("ko", "ko/"), ("zh-Hans", "zh/")]:
            # While a page is still being laid out, the theme may name another place than it is at.
            page.wait_for_load_state("networkidle")
            expect(page).to_have_url(address)
            page.locator(".md-select button").click()
            page.locator(f'[data-translation][hreflang="{tag}"]').click()
            address = f"{server}{prefix}websockets/#{anchor}"
            expect(page).to_have_url(address)
        expect(page.locator(f"#{anchor}")).to_be_in_viewport()


def test_the_language_menu_works_without_scripts(visit, server):
    with visit("zh/websockets/", java_script_enabled=False) as page:
        page.locator(".md-select button").click()
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


@pytest.fixture(scope="module")
def stage(long_visit):
    """A dialogue of a page in which Python stays, for all who play it on the server."""
    with long_visit("websockets/", reduced_motion="no-preference") as page:
        yield page.locator(ECHO).first


def test_a_dialogue_plays_on_the_server_and_with_the_keyboard(stage, artefacts):
    page, button = stage.page, stage.locator(".duologue__play")
    expect(button).to_have_text("Play")
    button.focus()
    page.keyboard.press("Enter")
    expect(stage.locator(".duologue__status")).to_have_text(PASSES, timeout=LOADED)
    expect(button).to_have_text("Play again")
    assert stage.locator(".turn--came").count() == stage.locator(".turn").count()
    stage.screenshot(path=artefacts / "played-en.png", animations="disabled")
    for _ in range(4):  # past where to play, to edit and to talk
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(stage.locator("details")).to_have_attribute("open", "")


def test_playing_on_the_server_can_be_stopped(stage):
    button = stage.locator(".duologue__play")
    button.click()
    expect(stage.locator(".turn--came").first).to_be_visible()
    button.click()
    expect(stage.locator(".duologue__status")).to_have_text("Stopped.")
    expect(stage.locator(".turn--wrong")).to_have_count(0)


def test_a_line_that_does_not_come_true_on_the_server_is_shown(stage, artefacts):
    script = stage.locator(".language-duo code")
    before = script.inner_html()
    change = "(code, [from, to]) => { code.textContent = code.textContent.replace(from, to) }"
    script.evaluate(change, ['< "Message text', '< "Other text'])
    stage.locator(".duologue__play").click()
    status = stage.locator(".duologue__status")
    expect(status).to_contain_text('expected < "Other text was: ')
    expect(status).to_contain_text('got < "Message text was: ')
    expect(stage.locator(".turn--wrong")).to_have_count(1)
    expect_accessible(stage.page, ECHO)
    stage.screenshot(path=artefacts / "differs-en.png", animations="disabled")
    script.evaluate("(code, html) => { code.innerHTML = html }", before)


def test_the_reader_chooses_between_the_server_and_the_page(stage):
    page, where = stage.page, stage.get_by_role("combobox", name="Where to play")
    opened = []
    page.on("websocket", lambda socket: opened.append(socket.url))
    expect(where).to_have_value("server")
    expect_accessible(page, ECHO)
    where.select_option("in this page")
    stage.locator(".duologue__play").click()
    expect(stage.locator(".duologue__status")).to_have_text(PASSES)
    assert opened == []
    expect_accessible(page, ECHO)
    page.reload(wait_until="networkidle")
    expect(where).to_have_value("page")


def test_without_the_live_server_a_dialogue_is_a_list(visit, server):
    with visit("websockets/", java_script_enabled=False) as page:
        stage = page.locator(ECHO).first
        expect(stage.locator("ol > li.turn").first).to_be_visible()
        expect(stage.locator(".duologue__play")).to_be_hidden()


WIDE = {"width": 1440, "height": 900}


def test_a_conversation_stands_beside_its_program_on_a_wide_screen(visit):
    with visit("websockets/", viewport=WIDE) as page:
        program, stage = page.locator(f".highlight:has(+ {ECHO})").first, page.locator(ECHO).first
        left, right = program.bounding_box(), stage.bounding_box()
        assert right["x"] >= left["x"] + left["width"]
        assert right["y"] == left["y"]
        page.set_viewport_size(DEVICES["desktop"])
        above, below = program.bounding_box(), stage.bounding_box()
        assert (below["x"], below["width"]) == (above["x"], above["width"])
        assert below["y"] == pytest.approx(above["y"] + above["height"], abs=1)


@pytest.mark.parametrize(
    ("path", "waiting"),
    [("how-to/several-rooms/", ".filename"), ("how-to/observe/", ".duologue__head")],
    ids=["program", "conversation"],
)
def test_the_shorter_of_two_stays_in_sight(visit, path, waiting):
    with visit(path, viewport=WIDE) as page:
        pair = page.locator(".dialogue").first
        page.evaluate("y => scrollTo(0, y)", pair.bounding_box()["y"] + 500)
        place = pair.locator(waiting).first.bounding_box()
        assert place["y"] == pytest.approx(page.locator(".md-header").bounding_box()["height"])


def test_the_first_program_and_the_numbers_have_their_places_on_a_wide_screen(visit):
    with visit("", viewport=WIDE) as page:
        scene, stats = page.locator(".scene"), page.locator(".stats")
        name = scene.locator(".filename").first.bounding_box()
        code = scene.locator(".highlight > pre").first.bounding_box()
        assert code["y"] == pytest.approx(name["y"] + name["height"], abs=1)
        assert stats.bounding_box()["width"] == pytest.approx(scene.bounding_box()["width"], abs=2)


HEADS = "thead [data-server]:visible"


def test_the_names_of_the_conformance_table_stay_in_sight(visit):
    with visit("conformance/", viewport=DEVICES["phone"]) as page:
        table = page.locator(".conformance")
        table.focus()
        page.keyboard.press("End")
        table.evaluate("table => table.scrollTo(table.scrollWidth, table.scrollHeight)")
        expect(table.locator("tbody [scope=row]").last).to_be_in_viewport(ratio=0.9)
        expect(table.locator(HEADS).last).to_be_in_viewport()


@pytest.mark.parametrize("code", LANGUAGES)
def test_servers_of_the_conformance_table_are_chosen_with_the_keyboard(visit, code):
    prefix, words = LANGUAGES[code].prefix, LANGUAGES[code].words["conformance"]
    with visit(f"{prefix}conformance/") as page:
        choice = page.get_by_role("group", name=words["choice"])
        every = page.locator("tbody tr:has(td)").first.locator("td").count()
        columns = page.locator("tbody tr:has(td) >> nth=0").locator("td:visible")

        def expect_shown(count, *servers):
            status = words["shown"].format(shown=count, all=every)
            expect(choice.get_by_role("status")).to_have_text(status)
            expect(columns).to_have_count(count)
            heads = page.locator(HEADS).evaluate_all("all => all.map(one => one.dataset.server)")
            assert heads == [*servers]

        boxes = choice.get_by_role("checkbox")
        servers = boxes.evaluate_all("all => all.map(one => one.value)")
        boxes.first.focus()
        page.keyboard.press("Space")
        first = int(page.locator(HEADS).first.get_attribute("colspan"))
        expect_shown(first, servers[0])
        for _ in servers[1:]:
            page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect_shown(first + 1, servers[0], servers[-1])
        page.keyboard.press("Space")
        choice.get_by_label(servers[0]).uncheck()
        expect_shown(every, *servers)


def test_without_scripts_the_whole_conformance_table_is_there(visit):
    with visit("conformance/", java_script_enabled=False) as page:
        expect(page.locator(".conformance__choice")).to_be_hidden()
        expect(page.locator("thead [data-server]").last).to_be_visible()
