"""What plays is the same in every language: a page of each language need not be played for each.

Chromium plays one dialogue of each page, the languages in turn (`test_playground_on_a_page`).
"""

import ast
import html
import json
import re

import pytest

from docs_tools.project.highlights import take_highlights
from docs_tools.project.languages import ROOT, languages
from docs_tools.project.snippets import Snippet, in_browser
from duologue.scripts import Comment, load, parse

LANGUAGES = {each.code: each for each in languages()}
PAGES = sorted(
    path.relative_to(ROOT / "docs" / "en").with_suffix("").as_posix()
    for path in (ROOT / "docs" / "en").rglob("*.md")
)
OWN = {"words.json", "snippets.json"}
"""What the modules of a language read."""

STAGE = re.compile(
    r'<code[^>]*>(?P<program>(?:(?!<code).)*)</code></pre></div><section[^>]* class="duologue[^>]*'
    r' data-duologue="(?P<name>[^"]+)"[^>]*>(?P<drawn>.*?)'
    r'<details class="duologue__details">.*?<code[^>]*>(?P<script>.*?)</code>.*?'
    r'<script type="application/json">(?P<rest>.*?)</script>',
    re.DOTALL,
)
MOUNTED = re.compile(r'<(\w+)[^>]* class="([^"]*)"(?:[^>]* data-line="(\d+)")?')


def stages(site, code, page):
    """The dialogues of a page, with their programs."""
    path = f"{page}/".removesuffix("index/")
    built = site / LANGUAGES[code].prefix / path / "index.html"
    return [*STAGE.finditer(built.read_text("utf-8"))]


def plain(marked):
    return html.unescape(re.sub(r"<[^>]+>", "", marked))


def program_of(text):
    """A program without its comments and docstrings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                value.value = ""
    return ast.dump(tree)


def script_of(script):
    """The lines of a script, of which comments only have their places."""
    return [None if isinstance(line, Comment) else line for line in script.lines]


def essence(stage):
    """All of a stage but its words."""
    return (
        stage["name"],
        program_of(plain(stage["program"])),
        script_of(parse(plain(stage["script"]))),
        MOUNTED.findall(stage["drawn"]),
        json.loads(stage["rest"]),
    )


def source(name):
    snippet = Snippet(name)
    program = take_highlights(snippet.program.read_text("utf-8"))[0]
    return program_of(program), script_of(load(snippet.script))


@pytest.mark.parametrize("page", PAGES)
def test_the_stages_of_a_page_are_the_same_in_every_language(site, page):
    found = {code: [essence(one) for one in stages(site, code, page)] for code in LANGUAGES}
    assert all(each == found["en"] for each in found.values())
    for name, program, script, mounted, _ in found["en"]:
        assert (program, script) == source(name)
        classes = {each for _, names, _ in mounted for each in names.split()}
        assert classes >= {"duologue__play", "duologue__status", "duologue__turns"}


def test_every_snippet_that_is_shown_is_among_them(site):
    found = {one["name"] for page in PAGES for one in stages(site, "en", page)}
    pages = "".join(path.read_text("utf-8") for path in (ROOT / "docs" / "en").rglob("*.md"))
    shown = re.findall(r"```(?:dialogue|playground)\n\s*(\S+)", pages)
    assert found == set(shown)


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_plays_is_the_same_in_every_language(site, code):
    theme = ROOT / "docs_tools" / "theme" / "assets"
    assets = site / LANGUAGES[code].prefix / "assets"
    modules = {path.name for path in (theme / "playground").iterdir()}
    assert {path.name for path in (assets / "playground").iterdir()} == modules | OWN
    for name in ["playing.js", *(f"playground/{each}" for each in modules)]:
        assert (assets / name).read_bytes() == (theme / name).read_bytes()
    chosen = json.loads((assets / "playground" / "snippets.json").read_text("utf-8"))
    assert [*chosen] == [each.name for each in in_browser(ROOT)]
    for name, texts in chosen.items():
        assert (program_of(texts["program"]), script_of(parse(texts["script"]))) == source(name)
