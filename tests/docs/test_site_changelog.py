"""The page of changes is the changelog: every entry, in every language."""

import re

import pytest
from markdown import Markdown

from docs_tools.project.languages import ROOT, SOURCE, languages
from docs_tools.project.pages import CHANGELOG, CHANGES, page_file
from docs_tools.site.changelog import Changelog

CODES = [each.code for each in languages()]
HEADING = re.compile(r'<h([1-6]) id="([^"]*)">')


def convert(text):
    changelog = Changelog()
    changelog.is_here = True
    return Markdown(extensions=["attr_list", "toc", changelog]).convert(text)


def converted(code):
    return convert(page_file(ROOT, code, CHANGES).read_text(encoding="utf-8"))


def test_links_lead_to_pages_of_the_site_and_others_stay():
    html = convert("[a](docs/en/a/b.md#c) [d](https://e.example/docs/en/f.md)")
    assert re.findall('href="([^"]*)"', html) == ["a/b.md#c", "https://e.example/docs/en/f.md"]


def test_other_pages_are_left_alone():
    text = "## Title\n\n[a](docs/en/a.md)"
    extensions = ["attr_list", "toc"]
    left = Markdown(extensions=[*extensions, Changelog()]).convert(text)
    assert left == Markdown(extensions=extensions).convert(text)


def test_ids_say_which_version_a_group_belongs_to():
    versions = ["Unreleased", "0.2.0 (2027-01-31)", "0.1.0 (2026-12-01)"]
    groups = "\n\n### Added\n\n#### Rooms and more\n\n### Fixed\n\n#### Rooms and more\n\n"
    html = convert("# Title\n\n" + "".join(f"## {each}{groups}" for each in versions))
    assert [found[1] for found in HEADING.findall(html)] == [
        "title",
        *[
            version + group
            for version in ("unreleased", "0-2-0", "0-1-0")
            for group in ("", "-added", "-added-rooms-and-more", "-fixed", "-fixed-rooms-and-more")
        ],
    ]


def test_a_group_under_a_translated_heading_takes_its_id():
    html = convert("## 미출시 { #unreleased }\n\n### Added\n")
    assert HEADING.findall(html) == [("2", "unreleased"), ("3", "unreleased-added")]


@pytest.mark.parametrize("code", CODES)
def test_headings_have_the_ids_of_the_english_ones(code):
    assert HEADING.findall(converted(code)) == HEADING.findall(converted(SOURCE))


@pytest.mark.parametrize("code", CODES)
def test_the_page_has_every_entry_of_the_changelog(site, code):
    """They are counted in the file; the lock says which is translated by which."""
    text = (ROOT / CHANGELOG).read_text(encoding="utf-8")
    entries = len(re.findall("^- ", text, re.MULTILINE))
    assert entries > 50
    prefix = next(each.prefix for each in languages() if each.code == code)
    html = (site / prefix / "changes" / "index.html").read_text(encoding="utf-8")
    article = html.partition("<article")[2].partition("</article>")[0]
    assert article.count("<li>") == entries
    assert 'class="notice' not in article
