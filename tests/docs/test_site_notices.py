"""A translated page says where it does not say what the source says."""

import re
from dataclasses import replace

import pytest
from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from docs_tools.project.languages import language
from docs_tools.site.notices import Notices, gaps, with_missing
from docs_tools.translations.blocks import digest
from docs_tools.translations.lock import Entry
from docs_tools.translations.pages import compare
from docs_tools.translations.targets import Targets
from docs_tools.translations.trees import Edition, Page

EXTENSIONS = ["admonition", "attr_list", "def_list", "footnotes", "tables", "toc"]
EXTENSIONS += ["pymdownx.details", "pymdownx.superfences"]
WORDS = language("zh").words["notice"]


@pytest.fixture
def built(tmp_path):
    """Render a page of which some English has changed since it was accepted."""

    def render(accepted, source, translation):
        page = Page("a.md", tmp_path / "en.md", tmp_path / "zh.md")
        edition = Edition("zh", (page,), Targets([]), tmp_path / "lock.toml")
        page.source.write_text(accepted or source, encoding="utf-8")
        page.translation.write_text(translation, encoding="utf-8")
        entries = [
            Entry(each.source.text, digest(each.translation.text))
            for each in compare(edition, page).states
            if accepted and each.source and each.translation
        ]
        page.source.write_text(source, encoding="utf-8")
        comparison = compare(edition, page, entries)
        notices = Notices(language("zh"), language("en"))
        notices.turn_to(comparison)
        markdown = Markdown(extensions=[*EXTENSIONS, notices])
        # The Markdown of a page has this from MkDocs, that of a docstring has not.
        markdown.treeprocessors.register(Treeprocessor(), "relpath", 0)
        body = re.sub(r"\A---\n.*?\n---\n+", "", translation, flags=re.DOTALL)
        return markdown.convert(with_missing(body, comparison))

    return render


def details(state, content, opened=""):
    return (
        f'<details class="notice notice--{state}" data-search-exclude=""{opened}>\n'
        f'<summary>{WORDS[f"{state}_block"]}</summary>\n<div lang="en">\n{content}\n</div>\n'
        "</details>"
    )


STALE = details("stale", "<p>New</p>")


def test_a_page_in_step_has_no_notice(built):
    assert built("# A\n\nb\n", "# A\n\nb\n", "# 甲\n\n乙\n") == '<h1 id="_1">甲</h1>\n<p>乙</p>'


@pytest.mark.parametrize(
    ("before", "now", "translation", "expected"),
    [
        (
            "Old.",
            "New `code`.",
            "旧。",
            f"<p>旧。</p>\n{details('stale', '<p>New <code>code</code>.</p>')}",
        ),
        (
            "## Old { #a }",
            "## New { #a }",
            "## 旧 { #a }",
            f'<h2 id="a">旧</h2>\n{STALE}',
        ),
        (
            "- Old\n- Same",
            "- New\n- Same",
            "- 旧\n- 同",
            f"<ul>\n<li>旧{STALE}\n</li>\n<li>同</li>\n</ul>",
        ),
        (
            '!!! note "Old"\n\n    Same',
            '!!! note "New"\n\n    Same',
            '!!! note "旧"\n\n    同',
            (
                '<div class="admonition note">\n<p class="admonition-title">旧</p>\n'
                f"{STALE}\n<p>同</p>\n</div>"
            ),
        ),
        (
            "| H |\n| - |\n| Old |\n| Same |",
            "| H |\n| - |\n| New |\n| Same |",
            "| 头 |\n| - |\n| 旧 |\n| 同 |",
            (
                "<table>\n<thead>\n<tr>\n<th>头</th>\n</tr>\n</thead>\n"
                "<tbody>\n<tr>\n<td>旧</td>\n</tr>\n"
                f'<tr>\n<td colspan="1">\n{STALE}\n</td>\n</tr>\n'
                "<tr>\n<td>同</td>\n</tr>\n</tbody>\n</table>"
            ),
        ),
        (
            "Term\n:   Old\n",
            "Term\n:   New\n",
            "词\n:   旧\n",
            f"<dl>\n<dt>词</dt>\n<dd>旧{STALE}\n</dd>\n</dl>",
        ),
        (
            "Same\n\n```text\nold\n```",
            "Same\n\n```text\nnew <b>\n```",
            "同\n\n```text\n旧\n```",
            (
                f"<p>同</p>\n{details('stale', '<pre><code>new &lt;b&gt;{}</code></pre>')}\n"
                '<div class="highlight"><pre><span></span><code>旧\n</code></pre></div>'
            ).replace("{}", "\n"),
        ),
    ],
)
def test_a_stale_block_has_the_english_one_click_away(built, before, now, translation, expected):
    assert built(before, now, translation) == expected


def test_blocks_that_say_the_same_are_told_apart_by_their_order(built):
    html = built("Same.\n\nOld.\n\nSame.\n", "Same.\n\nOld.\n\nNew.\n", "同。\n\n旧。\n\n同。\n")
    assert html == f"<p>同。</p>\n<p>旧。</p>\n<p>同。</p>\n{details('stale', '<p>New.</p>')}"


def test_two_notices_at_one_block_keep_their_order(built):
    before, now = "A.\n\n1. a\n2. b\n", "A, new.\n\n1. a\n2. b\n3. c, new\n4. d, new\n"
    html = built(before, now, "甲。\n\n1. 一\n2. 二\n")
    assert re.findall("<p>(.*?)</p>", html) == ["甲。", "A, new.", "c, new", "d, new"]
    assert html.count(f"{WORDS['missing_block']}") == 2


def test_a_new_block_says_that_nobody_has_compared_it(built):
    html = built("Old.\n", "Old.\n\nA wholly different thing.\n", "旧。\n\n另外一件事。\n")
    assert html.endswith(
        f"<p>另外一件事。</p>\n{details('new', '<p>A wholly different thing.</p>')}"
    )


def test_a_page_that_nobody_has_accepted_says_so_once(built):
    note = (
        f'<p class="notice notice--page" data-search-exclude="" role="note">{WORDS["new_page"]}</p>'
    )
    html = built("", "# A\n\nb\n", "# 甲\n\n乙\n")
    assert html == f'<h1 id="_1">甲</h1>\n{note}\n<p>乙</p>'
    assert built("", "b\n\nc\n", "乙\n\n丙\n") == f"{note}\n<p>乙</p>\n<p>丙</p>"


def test_a_missing_section_is_shown_in_english_at_its_place(built):
    source = (
        "# A\n\nb\n\n## New { #new }\n\n!!! note\n\n    - c\n\n```text\nd\n```\n\n## End { #end }\n"
    )
    html = built("# A\n\nb\n\n## End { #end }\n", source, "# 甲\n\n乙\n\n## 完 { #end }\n")
    assert html == (
        '<h1 id="_1">甲</h1>\n<p>乙</p>\n<div class="notice notice--missing">\n'
        f'<p class="notice__title" data-search-exclude="" role="note">{WORDS["missing"]}</p>\n'
        '<div lang="en">\n<h2 id="new">New</h2>\n<div class="admonition note">\n'
        '<p class="admonition-title">Note</p>\n<ul>\n<li>c</li>\n</ul>\n</div>\n'
        '<div class="highlight"><pre><span></span><code>d\n</code></pre></div>\n'
        '</div>\n</div>\n<h2 id="end">完</h2>'
    )


def test_front_matter_does_not_shift_what_is_missing(built):
    front = "---\ndescription: x\n---\n\n"
    html = built(f"{front}A.\n\nC.\n", f"{front}A.\n\nB.\n\nC.\n", f"{front}甲。\n\n丙。\n")
    assert re.findall("<p>(.*?)</p>", html) == ["甲。", "B.", "丙。"]


def test_what_is_missing_at_the_beginning_comes_first(built):
    html = built("# A\n\nC.\n", "First.\n\n# A\n\nC.\n", "# 甲\n\n丙。\n")
    assert re.findall("<(?:p|h1)[^>]*>(.*?)</", html) == [WORDS["missing"], "First.", "甲", "丙。"]


def test_a_footnote_that_is_stale_stands_below(built):
    html = built("A[^1].\n\n[^1]: Old.\n", "A[^1].\n\n[^1]: New.\n", "甲[^1]。\n\n[^1]: 旧。\n")
    assert html.index("旧。") < html.index("<p>New.</p>")
    assert html.count('id="fn:1"') == 1


def test_gaps_are_whole_blocks(tmp_path):
    (tmp_path / "en.md").write_text("a\n\n- b\n- c\n\nd\n")
    (tmp_path / "zh.md").write_text("甲\n\n- 乙\n")
    page = Page("a.md", tmp_path / "en.md", tmp_path / "zh.md")
    comparison = compare(Edition("zh", (page,), Targets([]), None), page)
    assert [(after, [block.title for block in blocks]) for after, blocks in gaps(comparison)] == [
        (3, ['paragraph "d"'])
    ]
    assert with_missing("甲", replace(comparison, translation=())) == "甲"
