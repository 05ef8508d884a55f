"""What a page draws of two programs: what changed from one to the other."""

import logging
import re

import pytest
from pygments.lexers import PythonLexer

from docs_tools.fences.changes import Part, compare, render_changes
from docs_tools.project.languages import language

BEFORE = '''\
"""A program,
as it was."""

import a

zeroth = 0
first = 1
second = 2
third = 3
fourth = 4
fifth = 5
sixth = "<b>"
last = 5
'''
AFTER = BEFORE.replace("as it was", "as it is").replace("last = 5\n", "last = 6\nmore = 7\n")


def draw(before=BEFORE, after=AFTER, code="en"):
    lexer = PythonLexer(stripnl=False)
    return render_changes(("a.py", "b.py"), (before, after), lexer, language(code))


def plain(html):
    return re.sub("<[^>]+>", "", html)


def test_lines_are_the_same_or_removed_or_added():
    assert compare("abc", "aXc") == [
        Part("same", 0, 1),
        Part("removed", 1, 2),
        Part("added", 1, 2),
        Part("same", 2, 3),
    ]


def test_lines_far_from_any_change_are_skipped():
    assert compare("abcdefghijXklmnopq", "abcdefghijklmnopq") == [
        Part("skipped", 0, 7),
        Part("same", 7, 10),
        Part("removed", 10, 11),
        Part("same", 10, 13),
        Part("skipped", 13, 17),
    ]
    assert compare("Xabcdefghij", "abcdefghijY")[2] == Part("skipped", 3, 7)


def test_a_few_lines_are_shown_rather_than_skipped():
    assert [part.kind for part in compare("abcdefX", "abcdef")] == ["same", "same", "removed"]
    assert [part.kind for part in compare("abcdefgX", "abcdefg")] == ["skipped", "same", "removed"]


def test_all_lines_of_the_second_file_are_accounted_for():
    before, after = BEFORE.splitlines(), AFTER.splitlines()
    parts = [part for part in compare(before, after) if part.kind != "removed"]
    assert [number for part in parts for number in range(part.first, part.last)] == [
        *range(len(after))
    ]


def test_what_is_removed_and_added_is_named_for_those_who_cannot_see_it():
    html = draw()
    removed = re.findall("<del>(.*?)</del>", html, re.DOTALL)
    added = re.findall("<ins>(.*?)</ins>", html, re.DOTALL)
    assert [plain(each) for each in removed] == ['Removed:as it was."""\n', "Removed:last = 5\n"]
    assert [plain(each) for each in added] == [
        'Added:as it is."""\n',
        "Added:last = 6\nmore = 7\n",
    ]
    assert html.count('<span class="sr-only" data-search-exclude="true">') == 4
    assert 'role="group" aria-label="From a.py to b.py"' in html


@pytest.mark.parametrize(
    ("code", "label", "skipped"),
    [
        ("en", "From a.py to b.py", "Unchanged lines: 4"),
        ("zh", "从 a.py 到 b.py 的改动", "4 行未改动"),
        ("ko", "a.py에서 b.py로 바뀐 부분", "그대로인 줄: 4"),
    ],
)
def test_its_words_are_in_the_language_of_the_page(code, label, skipped):
    html = draw(code=code)
    assert f'<span class="filename">{label}</span>' in html
    assert f'<span class="changes__skipped">{skipped}</span>' in html


def test_lines_are_coloured_as_in_their_file_and_escaped():
    html = draw()
    assert re.search(r'<del>.*?<span class="sd">as it was', html)
    assert "&lt;b&gt;" in html


def test_lines_at_the_beginning_may_be_empty():
    assert "<ins>" in draw("\n\na = 1\n", "\n\nb = 1\n")
    assert plain(draw("\n\na = 1\n", "\n\nb = 1\n")).endswith("\n\nRemoved:a = 1\nAdded:b = 1\n")


def test_it_has_no_copy_button_since_half_of_it_is_no_program():
    assert "no-copy" in draw()


def test_files_that_are_the_same_have_no_changes():
    with pytest.raises(ValueError, match=r"nothing changed from a\.py to b\.py"):
        draw(BEFORE, BEFORE)


def test_a_page_names_two_files(render):
    html = render("```changes\ntutorial/echo.py\ntutorial/tickets.py\n```")
    assert "From tutorial/echo.py to tutorial/tickets.py" in html
    assert '<div class="language-python highlight changes no-copy"' in html


def test_arrows_are_no_changes(render):
    html = render("```changes\nwebsockets/echo.py\ntutorial/echo.py\n```")
    assert "&lt;--" not in html


@pytest.mark.parametrize("names", ["tutorial/echo.py", "a.py b.py c.py", "tutorial/echo.py a.py"])
def test_anything_but_two_files_is_a_warning(render, caplog, names):
    with caplog.at_level(logging.WARNING):
        html = render(f"```changes\n{names}\n```")
    assert len(caplog.messages) == 1
    assert '<pre class="fence-error">' in html
