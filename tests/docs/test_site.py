"""The site as it is built: nothing from other hosts, and each language knows the others."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from docs_tools.build import LOCAL_URL
from docs_tools.project.languages import ROOT, language, languages
from docs_tools.project.pages import page_files

LANGUAGES = languages()
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Elements(HTMLParser):
    """All elements of a page, and the ids of the headings in its article."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.headings = []
        self.path = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in VOID:
            self.path.append(tag)
        if "article" in self.path and re.fullmatch("h[1-6]", tag):
            self.headings.append((tag, dict(attributes).get("id")))

    def handle_endtag(self, tag):
        while tag in self.path and self.path.pop() != tag:
            pass

    def of(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def pages(site):
    """Every page of the site, by its address under the root."""
    found = {}
    for path in sorted(site.rglob("*.html")):
        address = path.relative_to(site).as_posix().removesuffix("index.html")
        found[address] = Elements(path.read_text(encoding="utf-8"))
    return found


def of_language(pages, language):
    others = tuple(each.prefix for each in LANGUAGES if each.prefix)
    if language.prefix:
        return {a: p for a, p in pages.items() if a.startswith(language.prefix)}
    return {a: p for a, p in pages.items() if not a.startswith(others)}


def is_page(address):
    return not address.endswith("404.html")


def test_every_page_is_there_in_every_language(site, pages):
    names = [name.removesuffix(".md") for name in page_files(ROOT, "en")]
    expected = {f"{name}/".removesuffix("index/") for name in names} | {"404.html"}
    for each in LANGUAGES:
        there = {address.removeprefix(each.prefix) for address in of_language(pages, each)}
        assert there == expected, each.name


def test_nothing_comes_from_another_host(site, pages):
    for address, page in pages.items():
        for tag, attributes in page.found:
            wanted = [attributes.get("src")] if tag != "a" else []
            if tag == "link" and attributes.get("rel") not in {"canonical", "alternate"}:
                wanted.append(attributes["href"])
            for url in filter(None, wanted):
                assert not urlsplit(url).netloc, f"{address} loads {url}"
    for path in site.rglob("*.css"):
        urls = re.findall(r"url\(\s*['\"]?([^'\")]+)|@import", path.read_text(encoding="utf-8"))
        assert not [url for url in urls if not url.startswith("data:")], path


def test_each_page_says_what_it_is_and_in_which_language(pages):
    for each in LANGUAGES:
        for address, page in of_language(pages, each).items():
            assert page.of("html")[0]["lang"] == each.tag, address
            assert page.of("title"), address
            assert [tag for tag, _ in page.headings].count("h1") == 1, address
            descriptions = [m["content"] for m in page.of("meta") if m.get("name") == "description"]
            assert len(descriptions) == 1, address
            assert descriptions[0], address


def test_pages_have_canonical_addresses(pages):
    for address, page in pages.items():
        links = [link["href"] for link in page.of("link") if link.get("rel") == "canonical"]
        assert links == ([LOCAL_URL + address] if is_page(address) else [])


def test_each_page_names_its_translations(pages):
    for each in LANGUAGES:
        for address, page in of_language(pages, each).items():
            path = address.removeprefix(each.prefix) if is_page(address) else ""
            expected = {other.tag: LOCAL_URL + other.prefix + path for other in LANGUAGES}
            expected["x-default"] = LOCAL_URL + path
            links = [link for link in page.of("link") if "hreflang" in link]
            assert {link["hreflang"]: link["href"] for link in links} == expected, address
            assert len(links) == len(expected)


def test_the_language_menu_leads_to_the_same_page(site, pages):
    for each in LANGUAGES:
        for address, page in of_language(pages, each).items():
            if not is_page(address):
                continue
            links = [link for link in page.of("a") if "data-translation" in link]
            assert [link["hreflang"] for link in links] == [other.tag for other in LANGUAGES]
            for other, link in zip(LANGUAGES, links, strict=True):
                target = (site / address / link["href"] / "index.html").resolve()
                assert (
                    target
                    == (
                        site / other.prefix / address.removeprefix(each.prefix) / "index.html"
                    ).resolve()
                )
                assert ("aria-current" in link) == (other == each)


def test_headings_have_the_same_ids_in_each_language(pages):
    for address, page in of_language(pages, LANGUAGES[0]).items():
        for other in LANGUAGES[1:]:
            # The title of a page needs no id of its own: nothing leads to it.
            theirs = pages[other.prefix + address].headings
            assert theirs[1:] == page.headings[1:], other.prefix + address
            assert [tag for tag, _ in theirs] == [tag for tag, _ in page.headings]


def test_every_dialogue_is_drawn(site, pages):
    for each in LANGUAGES:
        words = each.words["dialogue"]
        for path in sorted((ROOT / "docs" / each.code).glob("*.md")):
            text = path.read_text(encoding="utf-8")
            names = re.findall(r"^\s*```(?:dialogue|playground)\n\s*(\S+)\n", text, re.MULTILINE)
            name = "" if path.stem == "index" else f"{path.stem}/"
            page = pages[each.prefix + name]
            drawn = [s for s in page.of("section") if "data-duologue" in s]
            assert [section["data-duologue"] for section in drawn] == names
            assert all(s["aria-label"].startswith(words["label"]) for s in drawn)
            html = (site / each.prefix / name / "index.html").read_text(encoding="utf-8")
            assert "fence-error" not in html
            assert "# &lt;--" not in html


def test_every_script_is_highlighted(site):
    for each in LANGUAGES:
        html = (site / each.prefix / "scripts" / "index.html").read_text(encoding="utf-8")
        text = (ROOT / "docs" / each.code / "scripts.md").read_text(encoding="utf-8")
        typed = re.findall(r"^```duo$", text, re.MULTILINE)
        drawn = re.findall(r'<div class="language-duo highlight">.*?</div>', html, re.DOTALL)
        assert len(drawn) > len(typed) > 0  # those in files, and those typed into the page
        assert all('<span class="k">open</span>' in script for script in drawn)


@pytest.mark.parametrize(("code", "word"), [("zh", "连接"), ("ko", "연결"), ("en", "connection")])
def test_the_search_of_a_language_knows_its_words(site, code, word):
    each = language(code)
    index = json.loads((site / each.prefix / "search" / "search_index.json").read_text())
    assert index["config"]["lang"] == ["en"]  # its stop words; words are cut by our worker
    separator = re.compile(index["config"]["separator"])
    words = {
        found.lower()
        for entry in index["docs"]
        for found in separator.split(re.sub("<[^>]+>", " ", f"{entry['title']} {entry['text']}"))
    }
    assert any(found.startswith(word) for found in words)
    assert (word in words) or code == "ko"
    locations = {entry["location"].split("#")[0] for entry in index["docs"]}
    assert not [place for place in locations if place.startswith(("zh/", "ko/"))]


def test_the_labels_of_the_api_reference_are_in_the_language(pages, site):
    for code, label in [("en", "Parameters:"), ("zh", "参数："), ("ko", "매개변수:")]:
        each = language(code)
        html = (site / each.prefix / "reference" / "websockets" / "index.html").read_text(
            encoding="utf-8"
        )
        assert f'<span class="doc-section-title">{label}</span>' in html
