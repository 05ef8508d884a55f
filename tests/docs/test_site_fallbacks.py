"""A fourth language, added as the page Translations says, with two of its pages translated."""

import json
import re
import shlex
import subprocess
import sys
import textwrap
from html.parser import HTMLParser

import pytest
from patience import BUILD, PROCESS

from docs_tools.build import LOCAL_URL, build

pytestmark = pytest.mark.timeout(BUILD)

WORDS = {
    "This page has not been translated yet. It is in English. {help}": "Ankoraŭ angla. {help}",
    "How to help": "Kiel helpi",
    "in English": "angle",
    "The English text has changed since. What it says now": "Ŝanĝita angla teksto",
    "This part has not been translated yet.": "Tiu parto ankoraŭ mankas.",
    "Client": "Kliento",
}
PAGE = "# Skriptoj { #scripts }"
NOTE = "\n!!! note\n\n    Noted.\n"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Html(HTMLParser):
    """The elements of a page, each with the language that it is in and its text."""

    def __init__(self, text):
        super().__init__()
        self.source = text
        self.elements = []
        self.open = []
        self.feed(text)

    def handle_starttag(self, name, attributes):
        values = dict(attributes)
        outer = self.open[-1][2] if self.open else None
        element = (name, values, values.get("lang") or outer, [])
        self.elements.append(element)
        if name not in VOID:
            self.open.append(element)

    def handle_endtag(self, name):
        while self.open and self.open.pop()[0] != name:
            pass

    def handle_data(self, data):
        for element in self.open:
            element[3].append(data)

    def find(self, name, **wanted):
        """The elements of this name and these attributes, as attributes, language, text."""
        return [
            (values, language, " ".join("".join(text).split()))
            for each, values, language, text in self.elements
            if each == name
            and all(values.get(key.strip("_").replace("_", "-")) == wanted[key] for key in wanted)
        ]


def translate(path, replacements):
    text = path.read_text(encoding="utf-8")
    for before, after in replacements.items():
        assert before in text, before
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")


def run(root, command):
    words = shlex.split(command.replace(".venv/bin/python", shlex.quote(sys.executable)))
    return subprocess.run(
        words, cwd=root, capture_output=True, text=True, timeout=PROCESS, check=False
    )


@pytest.fixture(scope="module")
def root(copy_project, tmp_path_factory):
    """The project with a fourth language, in a folder of its own."""
    root = copy_project(
        tmp_path_factory.mktemp("project"), "glossary", "install", "scripts", "translations"
    )
    guide = (root / "docs" / "en" / "translations.md").read_text(encoding="utf-8")
    steps = guide.partition("{ #add-a-language }")[2]
    entry = textwrap.dedent(re.search("(?s)```yaml\n(.*?) +```", steps)[1])
    last = "        extra: {tag: ko} # BCP 47, in the pages\n"
    translate(root / "mkdocs.yml", {last: last + textwrap.indent(entry, "      ")})
    commands = re.findall(r"^    (\w.*|\.venv.*)$", steps, re.MULTILINE)
    commands = [each for each in commands if each.split()[0] in {"mkdir", "cp", ".venv/bin/python"}]
    assert len(commands) == 5
    for command in commands:
        ended = run(root, command)
        assert ended.returncode in {0, int(" check " in command)}, ended.stderr
        if "words.toml" in command:
            words = {f'"{before}"\n': f'"{after}"\n' for before, after in WORDS.items()}
            translate(root / "i18n" / "eo" / "words.toml", words)
        elif "index.md" in command and command.startswith("cp"):
            text = (root / "docs" / "en" / "scripts.md").read_text(encoding="utf-8")
            # Its second section is left out.
            shorter = re.sub(r"(?ms)^## [^\n]*{ #what-varies }$.*?(?=^## )", "", text)
            assert shorter != text
            (root / "docs" / "eo" / "scripts.md").write_text(
                shorter.replace("# Scripts { #scripts }", PAGE) + NOTE, encoding="utf-8"
            )
    assert (
        run(
            root, ".venv/bin/python -m docs_tools.translations accept docs/eo/scripts.md"
        ).returncode
        == 0
    )
    with (root / "docs" / "en" / "install.md").open("a", encoding="utf-8") as file:
        file.write(NOTE)
    translate(root / "docs" / "en" / "scripts.md", {"Most messages are": "Nearly all messages are"})
    return root


@pytest.fixture(scope="module")
def site(root):
    """What the strict build of all four languages makes of it."""
    build(root / "site", root=root)
    return root / "site"


@pytest.fixture(scope="module")
def page(site):
    """Read a page of the site."""
    return lambda path: Html((site / path / "index.html").read_text(encoding="utf-8"))


def test_translated_pages_are_in_the_language(page):
    for path, title in [("eo/", "Duologue"), ("eo/scripts/", "Skriptoj")]:
        html = page(path)
        assert html.find("html")[0][1] == "eo"
        (heading,) = html.find("h1")
        assert heading[1:] == ("eo", title + heading[2].removeprefix(title))
        assert html.find("p", class_="notice notice--page") == []


def test_words_that_are_not_translated_are_english_and_the_theme_knows_its_own(page):
    html = page("eo/")
    assert html.find("label", title="Switch to light mode")
    assert html.find("a", href=".", class_="md-nav__link md-nav__link--active")[0][2] == "Hejmo"
    assert html.find("nav", aria_label="Navigado")
    assert html.find("a", href="scripts/", class_="md-nav__link")[0][2] == "Skriptoj"
    assert html.find("link", rel="canonical")[0][0]["href"] == f"{LOCAL_URL}eo/"


def test_a_page_that_is_not_translated_is_english_under_a_notice(page):
    html = page("eo/install/")
    assert html.find("html")[0][1] == "eo"
    (notice,) = html.find("p", class_="notice notice--page")
    assert notice[1:] == ("eo", "Ankoraŭ angla. Kiel helpi")
    assert [link[0] for link in html.find("a") if link[2] == "Kiel helpi"] == [
        {"href": "../translations/"}
    ]
    assert {heading[1] for heading in [*html.find("h1"), *html.find("h2")]} == {"en"}
    assert html.find("ul", class_="md-nav__list", data_md_component="toc")[0][1] == "en"
    dialogues = [each for each in html.find("section") if "data-duologue" in each[0]]
    assert {each[1] for each in dialogues} == {"eo"}
    assert all("Kliento" in each[2] for each in dialogues)
    assert html.find("nav", aria_label="Navigado")[0][1] == "eo"


def test_admonitions_are_titled_in_the_language_of_their_page(page):
    for path, title in [("install/", "Note"), ("eo/install/", "Note"), ("eo/scripts/", "Noto")]:
        titles = [each[2] for each in page(path).find("p", class_="admonition-title")]
        assert titles[-1] == title, path


def test_a_fallback_is_not_announced_as_a_translation(page, site):
    html = page("eo/install/")
    assert html.find("link", rel="canonical")[0][0]["href"] == f"{LOCAL_URL}install/"
    for path in ["install/", "eo/install/", "zh/install/"]:
        links = [link for link, *_ in page(path).find("link", rel="alternate")]
        tags = [link["hreflang"] for link in links if "type" not in link]
        assert tags == ["en", "zh-Hans", "ko", "x-default"], path
        menu = [each for each in page(path).find("a") if "data-translation" in each[0]]
        assert [each[0].get("hreflang") for each in menu] == ["en", "zh-Hans", "ko", None]
        assert menu[-1][1:] == ("eo", "Esperanto angle")
        target = (site / path / menu[-1][0]["href"]).resolve()
        assert target == site / "eo" / "install"
    for path in ["scripts/", "eo/scripts/"]:
        links = [link for link, *_ in page(path).find("link", rel="alternate")]
        tags = [link["hreflang"] for link in links if "type" not in link]
        assert tags == ["en", "zh-Hans", "ko", "eo", "x-default"], path
        menu = [each for each in page(path).find("a") if "data-translation" in each[0]]
        assert [each[2] for each in menu] == ["English", "简体中文", "한국어", "Esperanto"]
    locations = re.findall("<loc>(.*?)</loc>", (site / "eo" / "sitemap.xml").read_text())
    assert sorted(locations) == [f"{LOCAL_URL}eo/", f"{LOCAL_URL}eo/scripts/"]


def test_links_stay_in_the_language_and_lead_somewhere(page, site):
    pages = [path.parent for path in (site / "eo").rglob("index.html")]
    assert len(pages) == len(list((site.parent / "docs" / "en").rglob("*.md")))
    for folder in pages:
        html = page(folder.relative_to(site))
        for link, *_ in html.find("a"):
            address = link.get("href", "").partition("#")[0]
            if address and "://" not in address and "data-translation" not in link:
                target = (folder / address).resolve()
                assert target.is_relative_to(site / "eo"), (folder, address)
                assert (target / "index.html" if target.is_dir() else target).is_file()


def test_the_search_finds_what_is_not_translated(site):
    index = json.loads((site / "eo" / "search" / "search_index.json").read_text(encoding="utf-8"))
    texts = {entry["location"]: entry["title"] + entry["text"] for entry in index["docs"]}
    assert texts["install/#install"].startswith("Install<pre><code>pip install")
    assert "duologue record" in texts["install/#talk-to-it"]
    assert "Placeholders" in texts["scripts/#what-varies"]
    assert not [place for place, text in texts.items() if "Ankoraŭ" in text or "Ŝanĝita" in text]


def test_a_stale_block_and_a_missing_section_say_so(page):
    html = page("eo/scripts/")
    (stale,) = html.find("details", class_="notice notice--stale")
    assert stale[1:] == ("eo", "Ŝanĝita angla teksto Nearly all messages are JSON:")
    assert "open" not in stale[0]
    (missing,) = html.find("div", class_="notice notice--missing")
    assert missing[2].startswith("Tiu parto ankoraŭ mankas. Placeholders")
    assert html.find("h2", id="what-varies")[0][1] == "en"
    headings = [heading["id"] for heading, *_ in html.find("h2")]
    assert headings == [heading["id"] for heading, *_ in page("scripts/").find("h2")]
    assert html.find("section", data_duologue="scripts/ticket")[0][1] == "eo"
    # The other languages say that their English has changed, too.
    assert page("zh/scripts/").find("details", class_="notice notice--stale")
    assert not page("scripts/").find("details", class_="notice notice--stale")


def test_the_page_translations_counts_it(page):
    for path in ["translations/", "ko/translations/", "eo/translations/"]:
        parts = page(path).find("details", class_="progress")
        assert [part[2].split()[0] for part in parts] == ["简体中文", "한국어", "Esperanto"]
        assert all("open" in part[0] for part in parts)
    table = page("translations/").source.partition('lang="eo">Esperanto</strong>')[2]
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', table)
    counts = {name: list(map(int, re.findall(r"\d+", cells))) for name, cells in rows}
    assert counts["install.md"][0] == 0
    assert counts["install.md"][3] > 5
    assert counts["README.md"][3] > 5
    stale, missing = counts["scripts.md"][1], counts["scripts.md"][3]
    assert (stale, missing) == (1, 4)
    assert counts["index.md"][1:] == [0, 0, 0, 0]
    assert counts["index.md"][0] > 5


def test_the_check_names_what_the_site_forgives(root, site):
    ended = run(root, ".venv/bin/python -m docs_tools.translations check --language eo")
    assert ended.returncode == 1
    assert "docs/eo/install.md: missing page: it is not translated yet" in ended.stdout
    lines = (root / "docs" / "eo" / "scripts.md").read_text(encoding="utf-8").splitlines()
    (stale,) = (at for at, line in enumerate(lines, 1) if line.startswith("Most messages are"))
    assert f"docs/eo/scripts.md:{stale}: stale: " in ended.stdout
    assert 'missing: section "Placeholders"' in ended.stdout
