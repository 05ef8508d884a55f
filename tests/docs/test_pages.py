"""The pages as they are written: what they include is there, and what is there is included."""

import re

import pytest

from docs_tools.project.diagrams import ENDING, diagram_files
from docs_tools.project.languages import ROOT, languages
from docs_tools.project.pages import page_files
from docs_tools.project.snippets import FOLDER, TESTS, Snippet, snippets
from duologue.scripts import parse

CODES = [each.code for each in languages()]
FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<ticks>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")


def fences(text):
    """The fenced blocks of a page: what stands behind the ticks, and what stands between."""
    found, opening, block = [], None, []
    for line in text.splitlines():
        match = FENCE.match(line)
        if opening is None and match:
            opening, block = match, []
        elif (
            opening and match and match["ticks"].startswith(opening["ticks"]) and not match["info"]
        ):
            found.append((opening["info"].strip(), "\n".join(block)))
            opening = None
        elif opening:
            block.append(line.removeprefix(opening["indent"]))
    assert opening is None, f"a fence is not closed: {opening['info']}"
    return found


def pages(code):
    return page_files(ROOT, code)


def read(path):
    return path.read_text(encoding="utf-8")


def shown(code):
    """What the pages of a language show of ``docs_src``."""
    files = set()
    for path in pages(code).values():
        for kind, content in fences(read(path)):
            if kind in {"dialogue", "playground"}:
                files |= {f"{content.strip()}.py", f"{content.strip()}.duo"}
            elif kind == "snippet":
                files.add(content.strip())
            elif kind == "diagram":
                files.add(f"{content.strip()}{ENDING}")
    return files


def test_fences_are_found():
    text = "```a\nb\n```\n\n    ~~~~ c\n    ```d\n    ```\n    ~~~~\n"
    assert fences(text) == [("a", "b"), ("c", "```d\n```")]


def test_the_pages_are_the_same_in_each_language():
    assert pages("en")
    for code in CODES:
        assert list(pages(code)) == list(pages("en")), code


@pytest.mark.parametrize("code", CODES)
def test_what_a_page_shows_is_there(code):
    there = {path.relative_to(ROOT / FOLDER).as_posix() for path in (ROOT / FOLDER).rglob("*")}
    assert shown(code) - there == set()


@pytest.mark.parametrize("code", CODES)
def test_every_snippet_is_shown(code):
    names = {snippet.name for snippet in snippets()} | TESTS
    assert {f"{name}.py" for name in names} - shown(code) == set()


@pytest.mark.parametrize("code", CODES)
def test_every_diagram_is_shown(code):
    assert set(diagram_files(ROOT)) - shown(code) == set()


def test_every_snippet_has_a_script_and_every_script_a_snippet():
    folder = ROOT / FOLDER
    scripts = {
        path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.duo")
    }
    assert scripts == {snippet.name for snippet in snippets()}


def test_snippets_are_in_the_folder_of_a_page_or_of_pages():
    """A folder of pages may have a hyphen in its name, which no module may have."""
    names = {name.split("/")[0].removesuffix(".md").replace("-", "_") for name in pages("en")}
    assert {snippet.name.split("/")[0] for snippet in snippets()} <= names


@pytest.mark.parametrize("snippet", snippets(), ids=lambda snippet: snippet.name)
def test_every_snippet_is_a_complete_program(snippet):
    source = read(snippet.program)
    compile(source, str(snippet.program), "exec")
    assert re.search(
        r"^(async def app\(|app(: .+)? = |def app\(|class app\b)", source, re.MULTILINE
    )


@pytest.mark.parametrize("code", CODES)
def test_no_python_is_typed_into_a_page(code):
    languages_of_code = {"python", "py", "python3", "py3", "pycon", "python-console"}
    for name, path in pages(code).items():
        for kind, content in fences(read(path)):
            word = re.split(r"[\s{}.]+", kind.strip("{ .}"), maxsplit=1)[0].lower()
            assert word not in languages_of_code, f"{code}/{name} types Python:\n{content}"
            assert word, f"{code}/{name} has a code block without a language:\n{content}"


@pytest.mark.parametrize("code", CODES)
def test_whole_conversations_typed_into_a_page_are_scripts(code):
    for path in pages(code).values():
        for kind, content in fences(read(path)):
            if kind == "duo" and re.match(r"(#.*\n)*\w*> open ", content):
                parse(content)


@pytest.mark.parametrize("code", CODES)
def test_pages_include_nothing_by_other_ways(code):
    for path in pages(code).values():
        assert "--8<--" not in read(path)


def test_a_snippet_knows_its_places():
    snippet = Snippet("websockets/echo")
    assert snippet.module == "docs_src.websockets.echo"
    assert snippet.program == ROOT / "docs_src" / "websockets" / "echo.py"
    assert snippet.script == ROOT / "docs_src" / "websockets" / "echo.duo"


def test_where_to_go_next_is_at_the_end():
    """Translations have the same blocks in the same order, so the English pages are enough."""
    for name, path in pages("en").items():
        for block in read(path).strip().split("\n\n")[:-1]:
            assert not re.search(r"\bNext: ", block), f"{name}: {block}"


def test_commands_that_name_a_program_of_these_pages_are_for_a_clone():
    """Who has only installed the package has no folder `docs_src`."""
    for name, path in pages("en").items():
        for section in re.split(r"^##+ ", read(path), flags=re.MULTILINE):
            before, *commands = re.split(r"^```bash\n.*\bdocs_src\b", section, flags=re.MULTILINE)
            assert not commands or "clone" in before, f"{name}: {section}"
