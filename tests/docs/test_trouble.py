"""The page Trouble quotes the messages of the library as they are, and names every close code."""

import ast
import re

import pytest

from docs_tools.project.languages import ROOT, languages
from duologue import status

CODE = re.compile(r"``(.+?) ``|`([^`]+)`")
CODES = sorted(
    str(value)
    for name, value in vars(status).items()
    if name.startswith("WS_") and isinstance(value, int)
)


def part(text, anchor):
    """What a page has below the heading of its second level with an anchor."""
    return re.search(
        rf"^## [^\n]*{{ #{anchor} }}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )[1]


def texts(path):
    """The texts that a file of the library may put together, with … for each value in them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(
                each.value if isinstance(each, ast.Constant) else "…" for each in node.values
            )


@pytest.fixture(scope="module")
def library():
    return [text for path in (ROOT / "src").rglob("*.py") for text in texts(path)]


@pytest.mark.parametrize("code", [each.code for each in languages()])
def test_messages_are_those_of_the_library(code, library):
    page = (ROOT / "docs" / code / "trouble.md").read_text(encoding="utf-8")
    rows = part(page, "messages").partition("| --- | --- | --- |\n")[2].splitlines()
    quoted = [
        "".join(CODE.match(row.removeprefix("| ")).groups(default=""))
        for row in rows
        if row.startswith("| ")
    ]
    assert len(quoted) > 12
    assert [words for words in quoted if not any(words in text for text in library)] == []


@pytest.mark.parametrize("code", [each.code for each in languages()])
def test_every_close_code_and_the_common_statuses_have_a_heading(code):
    page = (ROOT / "docs" / code / "trouble.md").read_text(encoding="utf-8")
    heading = re.compile(r"^### (\d{3,4})\b", re.MULTILINE)
    assert CODES
    assert set(CODES) <= set(heading.findall(part(page, "close-codes")))
    assert set(heading.findall(part(page, "statuses"))) >= {"401", "403", "404", "500", "503"}
