"""The numbers of the home page are those of what is there."""

import os
import re
import subprocess
import sys
import tomllib

import pytest
from patience import TEST

from docs_tools.fences.stats import FILE, Stats, count_stats, stats_list
from docs_tools.project.languages import ROOT, language, languages

DATA = tomllib.loads((ROOT / FILE).read_text())


def test_there_are_as_many_tests_and_not_many_more(request):
    # A whole run has collected them all. One that was narrowed down has them counted elsewhere.
    collected = len(request.session.items)
    if collected < DATA["tests"]:
        collected = collect()
    assert DATA["tests"] % 100 == 0
    assert DATA["tests"] <= collected, (
        "docs_tools/fences/stats.toml: there are fewer tests than it says"
    )
    assert collected < DATA["tests"] * 1.5, (
        "docs_tools/fences/stats.toml: there are many more tests now"
    )


def collect():
    """Count the tests of a whole run, in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if "COV" not in key},
        capture_output=True,
        text=True,
        timeout=TEST,
    )
    # One line for each file: its path, and how many tests it has.
    counts = re.findall(r": (\d+)$", run.stdout, re.MULTILINE)
    assert run.returncode == 0, run.stdout + run.stderr
    return sum(map(int, counts))


def test_the_rest_is_counted(tmp_path, write_languages):
    def write(path, text=""):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    write("docs_tools/fences/stats.toml", "tests = 1200")
    write("docs_src/page/one.py")
    write("docs_src/page/one.duo")
    write("docs_src/page/without_script.py")
    write("conformance/features.toml", "[group]")
    write("conformance/differences.toml")
    for name, setting in [("a", "x"), ("a", "y"), ("b", "")]:
        server = f'server = "{name}"\nsetting = "{setting}"\nversion = "1"\n[seen]\n'
        write(f"conformance/{name}{setting}.toml", server)
    write_languages(tmp_path, "en", "de")
    assert count_stats(tmp_path) == Stats(servers=2, setups=3, scripts=1, languages=2, tests=1200)


def test_the_list_says_the_number_and_then_what_it_counts():
    html = stats_list(
        Stats(servers=6, setups=10, scripts=41, languages=3, tests=5100), language("en")
    )
    assert re.sub("<.*?>", "", html.replace("<li>", "\n")).splitlines()[1:] == [
        "6 ASGI servers, in 10 set-ups",
        "41 scripts, played on every server",
        "5,100+ tests, on asyncio and on trio",
        "3 languages, in step block by block",
    ]
    assert html.startswith('<ul class="stats"><li><strong>6</strong> ')


@pytest.mark.parametrize("code", [each.code for each in languages()])
def test_every_home_page_shows_them(code):
    assert "```stats\n```" in (ROOT / "docs" / code / "index.md").read_text()


@pytest.mark.parametrize("code", [each.code for each in languages()[1:]])
def test_what_they_count_is_translated(code):
    ours, theirs = language("en").words["stats"], language(code).words["stats"]
    assert [name for name in ours if ours[name] == theirs[name]] == []
