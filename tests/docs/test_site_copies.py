"""Every page has a copy in Markdown that says all that it says, and llms.txt lists the copies."""

import re
from functools import cache
from html import unescape
from itertools import pairwise
from urllib.parse import urldefrag

import pytest
from markdown_it import MarkdownIt

from docs_tools.build import LOCAL_URL
from docs_tools.fences.superfences import Fences
from docs_tools.project.highlights import take_highlights
from docs_tools.project.languages import ROOT, SOURCE, languages
from docs_tools.project.pages import page_file, page_files
from docs_tools.project.status import TranslationStatus
from docs_tools.site.copies import COPY, LIST, WHOLE

LANGUAGES = languages()
NAMES = [name.removesuffix(".md") for name in page_files(ROOT, SOURCE)]
MARKDOWN = MarkdownIt("commonmark").enable("table")
FENCE = re.compile(r"^ *```(dialogue|playground|snippet)\n *(\S+)\n", re.MULTILINE)
LEFT = re.compile(r":material-|:octicons-|\{:? ?[#.]|\*\*|`|¶|\]\(|<[a-z/]|&\w+;|\|")
LETTERS = {"en": r"[a-zA-Z]", "zh": r"[\u4e00-\u9fff]", "ko": r"[\uac00-\ud7a3]"}

every_language = pytest.mark.parametrize("language", LANGUAGES, ids=lambda each: each.code)


def folder_of(name):
    """Where a page is in the site of its language."""
    return f"{name}/".removesuffix("index/")


@pytest.fixture(scope="module")
def copies(site):
    """What each copy says, by its language and its page."""
    return {
        (each, name): (site / each.prefix / folder_of(name) / COPY).read_text(encoding="utf-8")
        for each in LANGUAGES
        for name in NAMES
    }


def of_language(copies, language):
    return {name: text for (each, name), text in copies.items() if each == language}


@cache
def tokens(text):
    """All that Markdown is made of, inline and not."""
    return [each for token in MARKDOWN.parse(text) for each in (token, *(token.children or []))]


def words(html):
    """What HTML says, whatever the space between."""
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]+>", "", html)))


def leads_somewhere(address, site):
    """Whether an address of the site leads to a file, and its fragment to an id of the page."""
    path, place = urldefrag(address.removeprefix(LOCAL_URL))
    file = site / path
    if not file.is_file():
        return False
    page = file.with_name("index.html").read_text(encoding="utf-8") if place else ""
    return not place or f'id="{place}"' in page


@every_language
def test_each_page_leads_to_its_copy(site, language):
    for name in NAMES:
        folder = site / language.prefix / folder_of(name)
        html = (folder / "index.html").read_text(encoding="utf-8")
        (address,) = re.findall(r'<link rel="alternate" type="text/markdown" href="([^"]+)">', html)
        assert (folder / address).is_file(), name
    there = {path.parent for path in (site / language.prefix).rglob(COPY)}
    others = {site / each.code for each in LANGUAGES} - {site / language.code}
    own = {path for path in there if language.prefix or not others & {path, *path.parents}}
    assert len(own) == len(NAMES)


@every_language
def test_a_copy_says_what_its_page_says(site, copies, language):
    for name, text in of_language(copies, language).items():
        html = (site / language.prefix / folder_of(name) / "index.html").read_text("utf-8")
        article = html[html.index("<article") : html.index("</article>")]
        # A dialogue is there as its script; the headings of the reference are written in full.
        article = re.sub(r'<ol class="duologue__turns">.*?</ol>', "", article, flags=re.DOTALL)
        article = re.sub(r'<a [^>]*class="headerlink".*?</a>', "", article)
        article = re.sub(r'<p class="duologue__choice.*?</p>', "", article)
        said = words(MARKDOWN.render(text))
        parts = re.findall(
            r"<(p|td|dd|h[1-6]|desc|li|pre)(?: [^>]*)?>(.*?)</\1>", article, re.DOTALL
        )
        found = [
            words(re.sub(r"<sup>.*?</sup>", "", part))
            for tag, part in parts
            if "doc-object-name" not in part
            if not (tag == "li" and re.search(r"<(p|ul|ol|pre)\b", part))
            if 'class="changes' not in part
        ]
        assert len(found) > 2, name
        assert [part for part in found if part not in said] == [], name


@every_language
def test_every_program_stands_whole_in_the_copy(copies, language):
    fences = Fences(language, TranslationStatus())
    seen = 0
    for name, text in of_language(copies, language).items():
        blocks = [token.content.strip("\n") for token in tokens(text) if token.type == "fence"]
        page = page_file(ROOT, language.code, f"{name}.md").read_text(encoding="utf-8")
        for kind, file in FENCE.findall(page):
            endings = [""] if kind == "snippet" else [".py", ".duo"]
            for ending in endings:
                content = fences.localised_file(file + ending)
                if (file + ending).endswith(".py"):
                    content = take_highlights(content)[0]
                assert content.strip("\n") in blocks, f"{name}: {file}{ending}"
                seen += 1
    assert seen > 300


@every_language
def test_a_diff_makes_one_program_of_the_other(copies, language):
    fences = Fences(language, TranslationStatus())
    seen = 0
    for name, text in of_language(copies, language).items():
        page = page_file(ROOT, language.code, f"{name}.md").read_text(encoding="utf-8")
        diffs = [t.content for t in tokens(text) if t.type == "fence" and t.info == "diff"]
        files = re.findall(r"^```changes\n(\S+)\n(\S+)\n", page, re.MULTILINE)
        for diff, pair in zip(diffs, files, strict=True):
            seen += 1
            for file, sign in zip(pair, "-+", strict=True):
                program = take_highlights(fences.localised_file(file))[0]
                for part in re.split(r"^@@ .* @@\n", diff, flags=re.MULTILINE):
                    lines = [line[1:] for line in part.split("\n") if line[:1] in (" ", sign)]
                    assert "\n".join(lines).strip("\n") in program
    assert seen > 5


@every_language
def test_nothing_of_the_site_is_left_in_a_copy(copies, language):
    for name, text in of_language(copies, language).items():
        for token in tokens(text):
            assert token.type not in {"html_block", "html_inline", "code_block"}, name
            if token.type == "text":
                assert not LEFT.search(token.content), f"{name}: {token.content}"


@every_language
def test_quotes_stand_apart(copies, language):
    seen = 0
    for name, text in of_language(copies, language).items():
        lines = text.splitlines()
        for token in tokens(text):
            if token.type == "blockquote_open":
                seen += 1
                assert lines[token.map[0] - 1] == "", f"{name}: {lines[token.map[0]]}"
    assert seen > 20


@every_language
def test_headings_are_in_order(copies, language):
    for name, text in of_language(copies, language).items():
        levels = [int(each.tag[1]) for each in tokens(text) if each.type == "heading_open"]
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(after <= before + 1 for before, after in pairwise(levels))


@every_language
def test_every_link_of_a_copy_leads_somewhere(site, copies, language):
    own = 0
    for name, text in of_language(copies, language).items():
        for token in tokens(text):
            if token.type == "link_open":
                address = token.attrs["href"]
                assert re.match("https?://|mailto:", address), f"{name}: {address}"
                if address.startswith(LOCAL_URL):
                    own += 1
                    assert address.startswith(LOCAL_URL + language.prefix), f"{name}: {address}"
                    assert leads_somewhere(address, site), f"{name}: {address}"
    assert own > 100


@every_language
def test_a_copy_is_in_its_language(copies, language):
    for name, text in of_language(copies, language).items():
        said = "".join(token.content for token in tokens(text) if token.type == "text")
        letters = len(re.findall(r"[^\W\d_]", said))
        own = len(re.findall(LETTERS[language.code], said))
        assert own > letters * 0.25, name  # names are the same anywhere; the glossary has all three


@every_language
def test_every_copy_is_in_the_list_of_its_language(site, language):
    text = (site / language.prefix / LIST).read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines[0] == "# Duologue"
    assert re.match("> .+", lines[2])
    entries = [line for line in lines if line.startswith("- ")]
    found = [re.fullmatch(r"- \[(.+?)\]\((\S+)\): (.+)", entry) for entry in entries]
    assert None not in found
    expected = {f"{LOCAL_URL}{language.prefix}{folder_of(name)}{COPY}" for name in NAMES}
    assert {each[2] for each in found} == expected
    assert len(found) == len(expected)
    assert len({each[3] for each in found}) == len(expected)  # each says something of its own
    # Its readers know headings of the second level, and entries below them.
    assert {line.split()[0] for line in lines[5:] if line} == {"##", "-"}
    links = [each.attrs["href"] for each in tokens(text) if each.type == "link_open"]
    for address in links:
        assert leads_somewhere(address, site), address
    for each in LANGUAGES:
        listed = f"{LOCAL_URL}{each.prefix}{LIST}"
        assert (listed in links) == (each != language)


@every_language
def test_one_file_has_all_copies(site, copies, language):
    whole = (site / language.prefix / WHOLE).read_text(encoding="utf-8")
    for name, text in of_language(copies, language).items():
        assert text in whole, name
