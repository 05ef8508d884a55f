import pytest

from docs_tools.catalogues.markdown import each_paragraph


def marked(text):
    return each_paragraph(text, lambda words: f"<{words}>")


def untouched(text):
    return each_paragraph(text, lambda words: words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One line.", "<One line.>"),
        ("Two\nlines.\n\nAnother.", "<Two lines.>\n\n<Another.>"),
        ("", ""),
        (
            "Code:\n\n    a = 1\n\n    b = 2\n\nAfter.",
            "<Code:>\n\n    a = 1\n\n    b = 2\n\n<After.>",
        ),
        ("```python\na\n\nb\n```\nAfter.", "```python\na\n\nb\n```\n<After.>"),
        ("Before:\n~~~~\na\n~~~\n~~~~", "<Before:>\n~~~~\na\n~~~\n~~~~"),
        ("```\nnever closed", "```\nnever closed"),
        (">>> f(1)\n2\n\nAfter.", ">>> f(1)\n2\n\n<After.>"),
        ("- one\n  more\n- two", "- <one more>\n- <two>"),
        ("1. one\n\n   below\n\nAfter.", "1. <one>\n\n   <below>\n\n<After.>"),
        ("List:\n\n* a\n\n    below a\n\nAfter.", "<List:>\n\n* <a>\n\n    <below a>\n\n<After.>"),
        ("Not\n    code.", "<Not code.>"),
    ],
)
def test_paragraphs_and_items_are_replaced_and_code_is_not(text, expected):
    assert marked(text) == expected


@pytest.mark.parametrize(
    "text", ["a\n\nb\n", "\n\na", "- a\n\n- b\n\n```\nc\n\n\n```\n", "    a\n\n\n"]
)
def test_all_else_stays(text):
    assert untouched(text) == text
