"""What a page is made of, as the translation checker reads it."""

from pathlib import Path

import pytest

from docs_tools.translations.blocks import Aspect, Kind, walk, worded
from docs_tools.translations.code import without_comments
from docs_tools.translations.reading import read_blocks
from docs_tools.translations.targets import Counterpart, Targets, normal


def outline(text):
    """Every block of a page: its kind and its words."""
    return [(block.kind, block.text) for block in walk(read_blocks(text))]


def facts(text):
    return [(fact.aspect, fact.value) for block in walk(read_blocks(text)) for fact in block.facts]


def traits(text):
    [block] = read_blocks(text)
    return dict(block.traits)


def test_a_page_is_a_tree_of_blocks():
    text = "# Title\n\nWords\nand more.\n\n- one\n- two\n\n    inside\n\n> said\n\n---\n"
    assert outline(text) == [
        (Kind.HEADING, "Title"),
        (Kind.PARAGRAPH, "Words and more."),
        (Kind.LIST, ""),
        (Kind.ITEM, ""),
        (Kind.PARAGRAPH, "one"),
        (Kind.ITEM, ""),
        (Kind.PARAGRAPH, "two"),
        (Kind.PARAGRAPH, "inside"),
        (Kind.QUOTATION, ""),
        (Kind.PARAGRAPH, "said"),
        (Kind.RULE, ""),
    ]


def test_blocks_know_their_lines():
    text = "# Title\n\nWords\nand more.\n\n- one\n- two\n\n    inside\n\n\nThe end.\n"
    lines = {block.title: (block.line, block.end) for block in walk(read_blocks(text))}
    assert lines == {
        'heading "Title"': (1, 1),
        'paragraph "Words and more."': (3, 4),
        "list": (6, 9),
        "list item": (7, 9),
        'paragraph "one"': (6, 6),
        'paragraph "two"': (7, 7),
        'paragraph "inside"': (9, 9),
        'paragraph "The end."': (12, 12),
    }


def test_a_long_block_is_named_by_its_first_words():
    [block] = read_blocks("A paragraph that goes on for longer than anybody wants to read here.")
    assert block.title == 'paragraph "A paragraph that goes on for longer tha…"'


@pytest.mark.parametrize(
    "heading",
    [
        "## A `b` { #id }",
        "## A `b` {#id}",
        "## A `b` {: #id }",
        "## A `b` { #id .class }",
        "A `b` { #id }\n---",
    ],
)
def test_a_heading_may_have_an_explicit_id(heading):
    [block] = read_blocks(heading)
    assert (block.text, block.traits) == ("A `b`", {"level": "2", "id": "id"})


@pytest.mark.parametrize("heading", ["## A {b", "## A { b ] }", "## A {b} c"])
def test_braces_that_are_no_attributes_are_words(heading):
    [block] = read_blocks(heading)
    assert (block.text, block.traits["id"]) == (heading[3:], "")


def test_admonitions_are_containers_with_a_kind_and_a_title():
    text = (
        '!!! warning "When it\'s late"\n\n    Words.\n\n\n    ```text\n    a\n\n\n    b\n    ```\n'
    )
    [block] = read_blocks(text)
    assert block.kind is Kind.ADMONITION
    assert block.text == "When it's late"
    assert block.traits == {"kind": "warning", "folded": "no", "title": "its own"}
    assert [child.text for child in block.children] == ["Words.", "a\n\n\nb"]
    assert (block.line, block.end) == (1, 11)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("!!! note", ("note", "no", "the usual one")),
        ('!!! note ""', ("note", "no", "none")),
        ("??? tip inline end", ("tip inline end", "yes", "the usual one")),
        ('???+ Tip "Title"', ("tip", "yes, and open", "its own")),
    ],
)
def test_admonitions_may_be_folded_and_go_without_a_title(header, expected):
    assert tuple(traits(f"{header}\n    Words.\n").values()) == expected


def test_an_admonition_interrupts_a_paragraph_and_ends_with_its_indent():
    assert outline("Before\n!!! note\n    Inside\n\nAfter\n") == [
        (Kind.PARAGRAPH, "Before"),
        (Kind.ADMONITION, ""),
        (Kind.PARAGRAPH, "Inside"),
        (Kind.PARAGRAPH, "After"),
    ]


def test_admonitions_stand_in_lists_and_in_each_other():
    text = "- item\n\n    !!! note\n        !!! tip\n            deep\n"
    kinds = [block.kind for block in walk(read_blocks(text))]
    assert kinds == [
        Kind.LIST,
        Kind.ITEM,
        Kind.PARAGRAPH,
        Kind.ADMONITION,
        Kind.ADMONITION,
        Kind.PARAGRAPH,
    ]


def test_tabs_are_containers():
    assert outline('=== "With `pip`"\n\n    Words.\n') == [
        (Kind.TAB, "With `pip`"),
        (Kind.PARAGRAPH, "Words."),
    ]


@pytest.mark.parametrize("text", ["Title\n===", "!!!", "    !!! note", "What!!! No", ":::"])
def test_not_everything_that_looks_like_a_container_is_one(text):
    assert {block.kind for block in read_blocks(text)} <= {Kind.HEADING, Kind.PARAGRAPH, Kind.CODE}


def test_directives_are_taken_as_they_are():
    text = "::: package.module\n    options:\n      members: [a]\n\nWords.\n"
    assert outline(text) == [
        (Kind.DIRECTIVE, "package.module\noptions:\n  members: [a]"),
        (Kind.PARAGRAPH, "Words."),
    ]


def test_tables_have_rows():
    text = "| a | b |\n| --- | --: |\n| `1` | two words |\n"
    [table] = read_blocks(text)
    assert table.traits == {"columns": "2 (none, right)"}
    assert [(row.kind, row.text, row.line) for row in table.children] == [
        (Kind.ROW, "a | b", 1),
        (Kind.ROW, "`1` | two words", 3),
    ]


def test_lists_have_a_style():
    assert traits("- a\n- b\n") == {"style": "with bullets"}
    assert traits("3. a\n4. b\n") == {"style": "numbered", "first number": "3"}


def test_definitions_and_footnotes_are_blocks():
    assert outline("Term\n:   Meaning[^1]\n\n[^1]: Note\n") == [
        (Kind.DEFINITIONS, ""),
        (Kind.TERM, "Term"),
        (Kind.DEFINITION, ""),
        (Kind.PARAGRAPH, "Meaning[^1]"),
        (Kind.FOOTNOTE, ""),
        (Kind.PARAGRAPH, "Note"),
    ]


def test_front_matter_is_compared_by_its_keys():
    text = "---\ntitle: Home\nhide: [toc]\n---\n"
    assert traits(text) == {"keys": "hide, title"}
    assert traits("---\na: [\n---\n") == {"keys": "none that can be read"}
    assert traits("---\njust words\n---\n") == {"keys": "none"}


def test_facts_are_what_every_language_has():
    text = (
        "`code`, [a link](page.md#id), <https://a.test>, ![words](a.png), <kbd>x</kbd>, note[^1]\n"
        "\n[^1]: Note\n"
    )
    assert facts(text) == [
        (Aspect.CODE, "code"),
        (Aspect.LINK, "page.md#id"),
        (Aspect.LINK, "https://a.test"),
        (Aspect.IMAGE, "a.png"),
        (Aspect.TAG, "kbd"),
        (Aspect.FOOTNOTE, "1"),
    ]


def test_links_may_be_defined_elsewhere_on_the_page_or_name_an_object():
    text = "[a][b], [c][x.Y], [`x.Z`][], [no link] and [ ]\n\n[b]: page.md\n"
    assert facts(text) == [
        (Aspect.LINK, "page.md"),
        (Aspect.LINK, "[x.Y]"),
        (Aspect.LINK, "[x.Z]"),
        (Aspect.CODE, "x.Z"),
    ]


def test_words_that_touch_a_bare_address_become_a_part_of_it():
    assert facts("See http://a.test now") == [(Aspect.LINK, "http://a.test")]
    assert facts("http://a.test에서") == [(Aspect.LINK, "http://a.test에서")]


def test_html_is_compared_by_its_tags():
    assert facts('<p class="a"><a href="b.md">words</a></p>\n') == [
        (Aspect.TAG, "p"),
        (Aspect.TAG, "a"),
        (Aspect.LINK, "b.md"),
    ]


def test_comments_of_html_are_for_translators():
    assert outline("<!-- a note -->\n\nWords <!-- another -->.\n") == [
        (Kind.PARAGRAPH, "Words <!-- another -->.")
    ]
    assert facts("Words <!-- `a` [b](c) -->.") == []


def test_only_what_has_words_is_translated():
    text = "# A\n\n- b\n\n| c |\n| --- |\n| d |\n\n---\n\n!!! note\n    e\n"
    assert [block.text for block in worded(read_blocks(text))] == ["A", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        ("python", "a = 1  # one\n# two\nb = '# no'\n", "a = 1\nb = '# no'"),
        ("python", "#!/usr/bin/python\n# two\n", "#!/usr/bin/python"),
        ("bash", "run a  # one\nrun b\n", "run a\nrun b"),
        ("duo", "# Narration\n> open /\n", "> open /"),
        ("c", "#include <a>\n/* one\ntwo */ int b;\n", "#include <a>\n int b;"),
        ("nobody-knows", "# kept\n\nas it is \n", "# kept\nas it is"),
        ("", "# kept\n", "# kept"),
    ],
)
def test_comments_are_no_code(language, code, expected):
    assert without_comments(code, language) == expected


def test_a_fence_is_its_code_and_its_language_but_not_its_title():
    text = '```python hl_lines="1 2" title="Words"\na = 1  # words\n```\n'
    assert traits(text) == {"info": "python hl_lines=1 2", "code": "a = 1"}


ROOT = Path("docs")
TARGETS = Targets(
    [
        Counterpart(ROOT / "en", ROOT / "zh"),
        Counterpart(ROOT / "en", ROOT / "ko"),
        Counterpart(Path("README.md"), Path("README.zh.md")),
    ]
)


@pytest.mark.parametrize(
    ("page", "target", "expected"),
    [
        ("docs/en/a/b.md", "../c.md#id", "docs/en/c.md#id"),
        ("docs/zh/a/b.md", "../c.md#id", "docs/en/c.md#id"),
        ("docs/zh/a/b.md", "../../ko/c.md", "docs/en/c.md"),
        ("docs/zh/a/b.md", "../../assets/c.png", "docs/assets/c.png"),
        ("docs/zh/a.md", "#id", "docs/en/a.md#id"),
        ("docs/zh/a.md", "a.md#id", "docs/en/a.md#id"),
        ("docs/zh/a.md", "a%20b.md?c=d", "docs/en/a b.md?c=d"),
        ("README.zh.md", "README.md", "README.md"),
        ("README.md", "README.zh.md", "README.md"),
        ("README.zh.md", "docs/zh/index.md", "docs/en/index.md"),
    ],
)
def test_links_lead_to_the_same_place_in_every_language(page, target, expected):
    path, mark, end = expected.partition("#")
    path, question, query = path.partition("?")
    assert TARGETS.of(Path(page))(target) == (
        normal(Path(path)).as_posix() + question + query + mark + end
    )


@pytest.mark.parametrize(
    "target", ["https://a.test/b?c#d", "//a.test", "/a", "mailto:a@b.test", "http://["]
)
def test_other_links_are_taken_as_they_are(target):
    assert TARGETS.of(Path("docs/zh/a.md"))(target) == target
