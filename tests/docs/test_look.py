"""Every page in every language on every kind of screen; the pictures are kept in artefacts/."""

import pytest

from docs_tools.languages import ROOT, languages

LANGUAGES = {each.code: each for each in languages()}
PAGES = sorted(path.stem for path in (ROOT / "docs" / "en").glob("*.md"))
DEVICES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
TALLEST = 6000  # pixels of a page that a picture shows


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("code", LANGUAGES)
def test_pages_fit_and_are_clean(visit, server, artefacts, code, device, scheme):
    home = LANGUAGES[code].prefix
    with visit(home, viewport=DEVICES[device], color_scheme=scheme) as page:
        for name in PAGES:
            path = home if name == "index" else f"{home}{name}/"
            page.goto(server + path, wait_until="networkidle")
            wanted = {"light": "default", "dark": "slate"}[scheme]
            assert page.locator("body").get_attribute("data-md-color-scheme") == wanted
            inner, outer = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert inner <= outer, f"{path} scrolls sideways: {inner} > {outer}"
            height = page.evaluate("document.documentElement.scrollHeight")
            shown = {"x": 0, "y": 0, "width": inner, "height": min(height, TALLEST)}
            picture = artefacts / f"{name}-{code}-{device}-{scheme}.png"
            page.screenshot(path=picture, full_page=True, clip=shown)
