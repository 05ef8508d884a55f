import ast
import re
import tomllib

import pytest

from docs_tools.catalogues.reference import package, shown
from docs_tools.fences.modules import module_list, summary
from docs_tools.project.languages import ROOT, languages
from docs_tools.project.reference import (
    PACKAGE,
    Directive,
    directive,
    directives,
    is_private,
)

SOURCES = ROOT / "src" / "duologue"


def is_alias(path):
    """Whether a module only gives out under an earlier name what another one defines."""
    _, *rest = ast.parse(path.read_text("utf-8")).body
    return (
        path.name != "__init__.py"
        and all(isinstance(each, ast.ImportFrom | ast.Assign) for each in rest)
        and isinstance(rest[-1], ast.Assign)
        and rest[-1].targets[0].id == "__all__"
    )


def is_folder_alone(path):
    """Whether a package gives out nothing: it has no more than a docstring."""
    return path.name == "__init__.py" and len(ast.parse(path.read_text("utf-8")).body) == 1


def plugins():
    """What shells, pytest and Pygments find by an entry point, and nobody imports."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = [project["scripts"], *project["entry-points"].values()]
    return {entry.partition(":")[0] for group in groups for entry in group.values()}


def modules():
    """What is public by its name; but the package itself shows what its modules define."""
    files = [
        path for path in SOURCES.rglob("*.py") if not is_alias(path) and not is_folder_alone(path)
    ]
    paths = [path.relative_to(ROOT / "src").with_suffix("") for path in files]
    parts = [path.parts[:-1] if path.name == "__init__" else path.parts for path in paths]
    return {name for each in parts if not is_private(name := ".".join(each))} - {PACKAGE}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("duologue.websockets", False),
        ("duologue.websockets._websocket", True),
        ("duologue._interop.servers", True),
        ("duologue.__main__", True),
    ],
)
def test_a_module_is_private_by_its_name(name, expected):
    assert is_private(name) is expected


def test_every_public_module_is_on_a_page_of_the_reference():
    named = {each.module for each in directives(ROOT)}
    defining = {each.object.module.canonical_path for each in shown(package(ROOT), ROOT)}
    missing = modules() - plugins() - named - defining
    assert missing == set(), (
        "put `::: MODULE` on a page of docs/*/reference/ (docs_tools.project.reference says how), "
        "or let its name begin with an underscore"
    )


def test_what_is_found_by_an_entry_point_is_there_and_on_no_page():
    assert plugins() - modules() == set()
    assert plugins() & {each.module for each in directives(ROOT)} == set()


def test_nothing_is_shown_twice():
    paths = [each.object.canonical_path for each in shown(package(ROOT), ROOT)]
    assert sorted(paths) == sorted(set(paths))


def test_what_is_private_is_on_no_page():
    assert [each for each in directives(ROOT) if is_private(each.module)] == []


def test_the_pages_of_each_language_show_the_same():
    for each in languages():
        assert directives(ROOT, each.code) == directives(ROOT), each.name


def labels(site, prefix):
    """The labels of the sections, and what stands before the bases of a class."""
    found = set()
    for path in (site / prefix / "reference").rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'<span class="doc-section-title">([^<]+)</span>', html))
        found |= set(re.findall(r'<p class="doc doc-class-bases">\s*([^<]+)<code>', html))
    return found


def test_no_label_is_in_another_language(site):
    by_language = {each.code: labels(site, each.prefix) for each in languages()}
    assert {"Raises:", "Bases: "} <= by_language["en"]
    assert {"引发：", "基类："} <= by_language["zh"]
    assert {"예외:", "부모 클래스: "} <= by_language["ko"]
    assert {len(found) for found in by_language.values()} == {len(by_language["en"])}
    assert not by_language["en"] & (by_language["zh"] | by_language["ko"])


def test_the_list_of_modules_leads_to_each_of_them(site):
    for each in languages():
        html = (site / each.prefix / "reference" / "index.html").read_text(encoding="utf-8")
        for one in directives(ROOT):
            place = one.page.removeprefix("reference/").removesuffix(".md")
            assert f'href="{place}/#{one.module}"><code>{one.module}</code></a>' in html
            target = site / each.prefix / "reference" / place / "index.html"
            assert f'id="{one.module}"' in target.read_text(encoding="utf-8")


def test_a_directive_names_a_module_and_perhaps_members():
    assert directive("a.md", "::: x.y") == Directive("a.md", "x.y", None)
    text = "::: x.y\noptions:\n  members: [A, B]\n"
    assert directive("a.md", text) == Directive("a.md", "x.y", ("A", "B"))
    assert directive("a.md", "::: x\noptions:\n  heading_level: 3") == Directive("a.md", "x", None)


@pytest.fixture
def root(tmp_path):
    files = {
        "docs/en/reference/index.md": "# API\n\n```modules\nb\na\n```\n",
        "docs/en/reference/a.md": "# A\n\n::: duologue.a\n",
        "docs/en/reference/b.md": "# B\n\n::: duologue.b\n\n::: duologue.a2\n",
        "docs/en/other.md": "# Other\n",
        "src/duologue/a.py": '"""The\nfirst `a`.\n\nMore."""\n',
        "src/duologue/a2.py": '"""The second <a>."""\n',
        "src/duologue/b/__init__.py": '"""A house."""\n',
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path


def test_the_list_says_what_each_module_is(root):
    html = module_list(["b", "a"], root, lambda context, text: f"{context}={text}")
    assert html == (
        '<dl class="modules">\n'
        '<dt><autoref identifier="duologue.b"><code>duologue.b</code></autoref></dt>\n'
        "<dd><p>duologue.b:text=A house.</p></dd>\n"
        '<dt><autoref identifier="duologue.a2"><code>duologue.a2</code></autoref></dt>\n'
        "<dd><p>duologue.a2:text=The second <a>.</p></dd>\n"
        '<dt><autoref identifier="duologue.a"><code>duologue.a</code></autoref></dt>\n'
        "<dd><p>duologue.a:text=The first <code>a</code>.</p></dd>\n"
        "</dl>"
    )


def test_a_page_that_is_not_listed_is_a_mistake(root):
    with pytest.raises(ValueError, match="names b; pages of reference/ that show modules are a, b"):
        module_list(["b"], root, lambda _, text: text)


def test_the_summary_of_every_module_is_a_message(monkeypatch):
    known = {(f"{each.module}:text") for each in directives(ROOT)}
    asked = set()

    def translate(context, text):
        asked.add(context)
        assert text
        return text

    for each in directives(ROOT):
        summary(each.module, ROOT, translate)
    assert asked == known
    assert package(ROOT).docstring
