"""Snippets whose comments are in another language are the same snippets."""

import ast
import re

import anyio
import pytest
from patience import PROCESS

from docs_tools.catalogues.comments import localise, messages, same_code
from docs_tools.catalogues.files import SNIPPETS, translator
from docs_tools.project.highlights import take_highlights
from docs_tools.project.languages import ROOT, languages
from docs_tools.project.snippets import read_file, snippets
from duologue._programs import load_beside
from duologue.scripts import Comment, load, parse, play


def other(_, text):
    """A language in which every comment says something else."""
    return re.sub("[A-Za-z]+", "말", text)


LANGUAGES = {each.code: translator(ROOT, each.code, SNIPPETS) for each in languages()}
TRANSLATORS = LANGUAGES | {"every comment": other}
PROGRAM = """\
# What it is,
# in two lines.
from a import b  # noqa: F401

x = "# no comment"  # why  # <--
    # <--


#!not for people
def f():
    # deeper
    return 1  # <--
"""


def test_comments_are_replaced_and_nothing_else():
    assert localise("a.py", PROGRAM, lambda _, text: text.upper()) == (
        PROGRAM.replace("What it is", "WHAT IT IS")
        .replace("in two lines", "IN TWO LINES")
        .replace("why", "WHY")
        .replace("deeper", "DEEPER")
    )


def test_lines_of_comments_below_each_other_are_one_message():
    asked = []
    localise("page/a.py", PROGRAM, lambda *each: asked.append(each) or each[1])
    assert asked == [
        ("docs_src/page/a.py", "What it is,\nin two lines."),
        ("docs_src/page/a.py", "why"),
        ("docs_src/page/a.py", "deeper"),
    ]


def test_comments_of_a_script_are_replaced_and_nothing_else():
    script = '# One.\n# Two.\n> open /\n< accept\n> "# not this"\n# Three.\n> close\n'
    assert localise("a.duo", script, lambda _, text: text.upper()) == (
        '# ONE.\n# TWO.\n> open /\n< accept\n> "# not this"\n# THREE.\n> close\n'
    )


def test_line_endings_and_a_missing_last_one_stay():
    assert localise("a.py", "a = 1  # b\r\nc = 2  # d", other) == "a = 1  # 말\r\nc = 2  # 말"


def test_other_files_stay():
    assert localise("a.toml", "# a\n", other) == "# a\n"


def test_a_translation_with_other_lines_is_refused():
    with pytest.raises(ValueError, match="'a' has 1 lines, its translation 2"):
        localise("p/a.py", "# a\n", lambda *_: "b\rc")


@pytest.mark.parametrize(
    ("name", "before", "after", "same"),
    [
        ("a.py", "x = 1  # a\n", "x = 1  # b\n", True),
        ("a.py", "x = 1\n", "x = 2\n", False),
        ("a.py", "x = 1\n", "x  = 1\n", False),
        ("a.py", "x = 1  # a\n", "x = 1\n# a\n", False),
        ("a.duo", "# a\n> open /\n< accept\n> close\n", "# b\n> open /\n< accept\n> close\n", True),
        ("a.duo", "> open /\n< deny 403\n", "> open /\n< deny 404\n", False),
        ("a.toml", "a = 1\n", "a = 2\n", False),
    ],
)
def test_code_is_the_same_if_only_comments_differ(name, before, after, same):
    assert same_code(name, before, after) is same


def without_comments(script):
    return [line for line in script.lines if not isinstance(line, Comment)]


# What it does on asyncio and on trio is asked elsewhere.
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("language", TRANSLATORS)
@pytest.mark.parametrize("snippet", snippets(), ids=lambda snippet: snippet.name)
async def test_a_snippet_is_the_same_in_every_language(snippet, language, tmp_path):
    source, script = read_file(f"{snippet.name}.py"), read_file(f"{snippet.name}.duo")
    own = localise(f"{snippet.name}.py", source, TRANSLATORS[language])
    own_script = localise(f"{snippet.name}.duo", script, TRANSLATORS[language])
    assert ast.dump(ast.parse(own)) == ast.dump(ast.parse(source))
    assert own.count("\n") == source.count("\n")
    assert take_highlights(own)[1] == take_highlights(source)[1]
    assert without_comments(parse(own_script)) == without_comments(parse(script))
    assert own_script.count("\n") == script.count("\n")
    if (own, own_script) != (source, script):
        (tmp_path / "snippet.py").write_text(take_highlights(own)[0], encoding="utf-8")
        path = tmp_path / "snippet.duo"
        path.write_text(own_script, encoding="utf-8")
        with anyio.fail_after(PROCESS):
            await play(load(path), load_beside(path))


def test_every_comment_is_a_message():
    found = {message.context for message in messages(ROOT)}
    for snippet in snippets():
        for ending in ("py", "duo"):
            name = f"{snippet.name}.{ending}"
            content = read_file(name)
            changed = localise(name, content, other) != content
            assert changed == (f"docs_src/{name}" in found)
    assert found
