"""What is missing, extra, moved or different in a translation, without knowing any language."""

import pytest

from docs_tools.translations.alignment import align
from docs_tools.translations.blocks import digest
from docs_tools.translations.reading import read_blocks
from docs_tools.translations.sequences import Prices, lay_side_by_side
from docs_tools.translations.structure import compare

ENGLISH = """\
# Echo { #echo }

An echo server repeats what it hears. `accept()` comes first.

## Accept { #accept }

Call [`accept()`](reference.md#accept) before anything else.

```dialogue
echo/accept
```

## Send { #send }

There are two ways to send:

- `send_text()` for a text,
- `send_bytes()` for bytes.

!!! warning "After the end"

    Nothing can be sent after `close()`.

## Close { #close }

Say why with a code.

| Code | Meaning |
| --- | --- |
| 1000 | All is well |
| 1011 | It is not |
"""

KOREAN = """\
# 에코 { #echo }

에코 서버는 들은 것을 반복합니다. 먼저 `accept()`를 호출합니다.

## 수락 { #accept }

무엇보다 먼저 [`accept()`](reference.md#accept)를 호출하세요.

```dialogue
echo/accept
```

## 전송 { #send }

전송하는 방법은 두 가지입니다.

- 텍스트에는 `send_text()`,
- 바이트에는 `send_bytes()`.

!!! warning "끝난 뒤"

    `close()` 뒤에는 아무것도 전송할 수 없습니다.

## 종료 { #close }

코드로 이유를 알리세요.

| 코드 | 의미 |
| --- | --- |
| 1000 | 정상 |
| 1011 | 오류 |
"""


def findings(source, translation, accepted=()):
    return [
        (str(each.problem), each.message, each.source_line, each.translation_line)
        for each in compare(align(read_blocks(source), read_blocks(translation), accepted))
    ]


def mutated(old, new=""):
    """The findings about the Korean page with something replaced."""
    assert old in KOREAN
    return findings(ENGLISH, KOREAN.replace(old, new, 1))


def test_the_same_page_in_another_language_differs_in_nothing():
    assert findings(ENGLISH, KOREAN) == []


def test_a_missing_section_is_one_finding_and_says_where_it_belongs():
    start, end = KOREAN.index("## 전송"), KOREAN.index("## 종료")
    assert mutated(KOREAN[start:end]) == [("missing", 'section "Send" (4 blocks)', 13, 12)]


def test_a_missing_section_takes_what_stands_under_it_along():
    source = "# A\n\n## B\n\nb\n\n### C\n\n`c`\n\n## D\n\n`d`\n"
    assert findings(source, "# 가\n\n## 라\n\n`d`\n") == [
        ("missing", 'section "B" (4 blocks)', 3, 2)
    ]


def test_a_missing_heading_is_not_a_missing_section():
    assert mutated("## 전송 { #send }\n") == [("missing", 'heading "Send"', 13, 12)]


def test_a_missing_paragraph():
    assert mutated("코드로 이유를 알리세요.\n") == [
        ("missing", 'paragraph "Say why with a code."', 26, 25)
    ]


def test_a_paragraph_too_many():
    assert mutated("## 전송", "새 문단입니다.\n\n## 전송") == [
        ("extra", 'paragraph "새 문단입니다."', 12, 13)
    ]


def test_a_section_too_many():
    assert mutated("## 전송", "## 새것\n\n새 문단입니다.\n\n## 전송") == [
        ("extra", 'section "새것" (2 blocks)', 12, 13)
    ]


def test_what_is_missing_and_what_is_too_much_elsewhere_are_two_findings():
    without = KOREAN.replace("코드로 이유를 알리세요.\n\n", "")
    assert findings(ENGLISH, without.replace("## 수락", "새 문단입니다.\n\n## 수락")) == [
        ("extra", 'paragraph "새 문단입니다."', 4, 5),
        ("missing", 'paragraph "Say why with a code."', 26, 27),
    ]


def test_sections_that_changed_places_are_one_finding():
    start, middle = KOREAN.index("## 수락"), KOREAN.index("## 전송")
    end = KOREAN.index("## 종료")
    swapped = KOREAN[:start] + KOREAN[middle:end] + KOREAN[start:middle] + KOREAN[end:]
    assert findings(ENGLISH, swapped) == [
        ("moved", 'section "Accept" (3 blocks) stands at another place in the source', 5, 16)
    ]


def test_what_differs_inside_a_section_that_moved_is_found():
    source = "# A\n\n## B { #b }\n\n`b`\n\n## C { #c }\n\n`c`\n\n`cc`\n"
    translation = "# 가\n\n## 다 { #c }\n\n`c`\n\n`cc`\n\n## 나 { #b }\n\n`x`\n"
    assert findings(source, translation) == [
        ("moved", 'section "B" (2 blocks) stands at another place in the source', 3, 9),
        ("different", "inline code missing: `b`; too many: `x`", 5, 11),
    ]


def test_sections_without_anything_to_know_them_by_move_as_well():
    source = "# A\n\n## B\n\n" + "word " * 20 + "\n\n## C\n\n`c`\n"
    translation = "# 가\n\n## 다\n\n`c`\n\n## 나\n\n" + "말 " * 20 + "\n"
    assert findings(source, translation) == [
        ("moved", 'section "B" (2 blocks) stands at another place in the source', 3, 7)
    ]


def test_headings_without_ids_are_known_by_what_stands_under_them():
    without_ids = [page.replace(" { #", "\n<!-- ") for page in (ENGLISH, KOREAN)]
    without_ids = [page.replace(" }\n", " -->\n") for page in without_ids]
    start, end = without_ids[1].index("## 수락"), without_ids[1].index("## 전송")
    translation = without_ids[1][:start] + without_ids[1][end:]
    assert findings(without_ids[0], translation) == [
        ("missing", 'section "Accept" (3 blocks)', 6, 5)
    ]


def test_a_page_without_anything_in_common_is_aligned_by_length():
    source = "Short.\n\n" + "A long paragraph. " * 9 + "\n\nShort again.\n"
    assert findings(source, "긴 문단입니다. " * 9 + "\n\n다시 짧게.\n") == [
        ("missing", 'paragraph "Short."', 1, 1)
    ]


def test_what_was_accepted_shows_what_belongs_together():
    source, translation = "One thing.\n\nAnother thing.\n", "다른 것.\n\n한 가지.\n"
    assert findings(source, translation) == []
    accepted = [
        (digest("One thing."), digest("한 가지.")),
        (digest("Another thing."), digest("다른 것.")),
    ]
    [(problem, _, _, _)] = findings(source, translation, accepted)
    assert problem == "moved"


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        ("[`accept()`](reference.md#accept)", "`accept()`", "link missing: reference.md#accept", 7),
        (
            "reference.md#accept",
            "reference.md",
            "link missing: reference.md#accept; too many: reference.md",
            7,
        ),
        ("`send_bytes()`", "send_bytes()", "inline code missing: `send_bytes()`", 18),
        (
            "먼저 `accept()`",
            "`먼저` `accept()` `accept()`",
            "inline code too many: `먼저`, `accept()`",
            3,
        ),
        ("## 수락", "### 수락", "heading: level 3, in the source 2", 5),
        ("{ #accept }", "{ #acept }", "heading: id acept, in the source accept", 5),
        (" { #accept }", "", "heading: id missing, in the source accept", 5),
        ("warning", "note", "admonition: kind note, in the source warning", 20),
        ("!!!", "???", "admonition: folded yes, in the source no", 20),
        (' "끝난 뒤"', "", "admonition: title the usual one, in the source its own", 20),
        ("echo/accept", "echo/acept", "code: `echo/acept` here, `echo/accept` in the source", 9),
        ("```dialogue", "```text", "code block: info text, in the source dialogue", 9),
    ],
)
def test_what_is_different_is_one_finding(old, new, message, line):
    assert mutated(old, new) == [("different", message, line, line)]


def test_several_of_the_same_are_counted():
    assert findings("`a` `a` `a`", "`a`") == [
        ("different", "inline code missing: `a` (2 times)", 1, 1)
    ]


def test_an_id_is_needed_only_where_the_source_has_one():
    assert findings("# A\n", "# 가 { #a }\n") == []


def test_a_list_with_an_item_less():
    assert mutated("- 텍스트에는 `send_text()`,\n") == [("missing", "list item", 17, 17)]


def test_a_list_of_another_style():
    assert findings("- a\n- b\n", "1. 가\n2. 나\n") == [
        ("different", "list: style numbered, in the source with bullets", 1, 1)
    ]


def test_a_table_with_a_row_too_many():
    assert mutated("| 1011", "| 1001 | 떠남 |\n| 1011") == [
        ("extra", 'table row "1001 | 떠남"', 31, 31)
    ]


def test_a_table_with_a_column_less():
    source = "| a | b |\n| --- | --- |\n| c | d |\n"
    assert findings(source, "| 가 |\n| --- |\n| 다 |\n") == [
        ("different", "table: columns 1, in the source 2", 1, 1)
    ]


def test_a_table_that_is_aligned_otherwise():
    source = "| a | b |\n| --- | --: |\n"
    assert findings(source, "| 가 | 나 |\n| --- | --- |\n") == [
        ("different", "table: columns 2, in the source 2 (none, right)", 1, 1)
    ]


def test_a_block_of_another_kind():
    assert mutated("코드로 이유를 알리세요.", "- 코드로 이유를 알리세요.") == [
        ("different", "a list here, a paragraph in the source", 26, 26)
    ]


def test_comments_of_code_are_translated():
    source = "```python\na = 1  # one\n# two\n```\n"
    assert findings(source, "```python\n# 하나\na = 1\n```\n") == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("a\nx\nc", "code: `x` here, `b` in the source"),
        ("a\nb", "code: `c` is missing"),
        ("a\nb\nc\nd", "code: `d` is not in the source"),
    ],
)
def test_the_first_line_of_code_that_differs_is_named(code, message):
    source = "```text\na\nb\nc\n```\n"
    assert findings(source, f"```text\n{code}\n```\n") == [("different", message, 1, 1)]


def test_directives_are_the_same_in_every_language():
    source = "::: a.b\n    options:\n      x: 1\n"
    assert findings(source, source) == []
    [(_, message, _, _)] = findings(source, source.replace("1", "2"))
    assert message.startswith("directive: content a.b")


def test_images_tags_and_footnotes_are_the_same_in_every_language():
    source = "![a](a.png) <br> b[^1]\n\n[^1]: c\n"
    assert findings(source, "![가](b.png) 나\n") == [
        ("different", "image missing: a.png; too many: b.png", 1, 1),
        ("different", "HTML tag missing: <br>", 1, 1),
        ("different", "footnote missing: [^1]", 1, 1),
        ("missing", "footnote", 3, 2),
    ]


def test_an_empty_translation_lacks_everything_once():
    assert findings(ENGLISH, "") == [("missing", 'section "Echo" (12 blocks)', 1, 1)]


def test_sequences_are_laid_side_by_side_where_it_gains_most():
    prices = Prices(opening=[1, 1, 1], closing=[0, 0, 0, 0])
    gains = {(0, 1): 3.0, (1, 2): 3.0, (1, 1): 1.0}
    steps = lay_side_by_side(prices, prices, lambda row, column: gains.get((row, column)))
    assert steps == [(None, 0), (0, 1), (1, 2), (2, None)]


def test_a_gap_goes_where_it_is_cheapest():
    first = Prices(opening=[3, 1, 3], closing=[0, 0, 0, 0])
    second = Prices(opening=[1, 1], closing=[0, 0, 0])
    assert lay_side_by_side(first, second, lambda _, __: 1.0) == [(0, 0), (1, None), (2, 1)]
