"""The commands, as a person who translates types them."""

import json
import shutil
import subprocess
import sys

import pytest
from patience import PROCESS

from docs_tools.project.editions import editions
from docs_tools.project.languages import ROOT
from docs_tools.translations import __main__ as program
from docs_tools.translations.commands import COMMANDS

TREES = ["--source", "en", "--translation", "ko"]
LOCKED = [*TREES, "--lock", "lock.toml"]
PYTHON = "python -m docs_tools.translations"

PAGES = {
    "en/index.md": "# Home { #home }\n\nWelcome. Here is [a page](sub/page.md).\n",
    "ko/index.md": "# 홈 { #home }\n\n환영합니다. [페이지](sub/page.md)가 있습니다.\n",
    "en/sub/page.md": '# Page { #page }\n\nOne `thing`.\n\n!!! note "Or"\n\n    Another.\n',
    "ko/sub/page.md": '# 페이지 { #page }\n\n`thing` 하나.\n\n!!! note "또는"\n\n    다른 것.\n',
}


@pytest.fixture(autouse=True)
def trees(tmp_path, monkeypatch):
    """Two trees in the folder where the commands run."""
    for name, text in PAGES.items():
        write(tmp_path / name, text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys):
    """Run a command; gives its exit status and what it printed."""

    def running(*arguments):
        try:
            status = program.main([str(each) for each in arguments])
        except SystemExit as stopped:
            status = stopped.code
        out, err = capsys.readouterr()
        return status, out + err

    return running


@pytest.fixture
def accepted(run):
    """The lock, with everything accepted."""
    assert run("accept", *LOCKED, "--all")[0] == 0


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_trees_in_step_pass(run):
    assert run("check", *TREES) == (0, "In step: 2 pages.\n")


def test_a_difference_fails_and_is_named_with_both_places(run, trees):
    change(trees / "ko/sub/page.md", "`thing`", "thing")
    assert run("check", *TREES) == (
        1,
        (
            "ko/sub/page.md:3: different: inline code missing: `thing` (en/sub/page.md:3)\n"
            "\n"
            "1 finding on 1 of 2 pages.\n"
            f"Once it is mended:      {PYTHON} check --source en --translation ko ko/sub/page.md\n"
        ),
    )


def test_a_page_that_only_one_language_has_is_one_finding(run, trees):
    write(trees / "en/new.md", "# New\n\nWords.\n")
    write(trees / "ko/old.md", "# 옛것\n\n말.\n")
    status, text = run("check", *TREES)
    assert (status, text.splitlines()[:2]) == (
        1,
        [
            "ko/new.md: missing page: it is not translated yet (en/new.md)",
            "ko/old.md: extra page: the source has no such page (en/old.md)",
        ],
    )


def test_the_pages_to_check_can_be_named(run, trees):
    change(trees / "ko/sub/page.md", "`thing`", "thing")
    assert run("check", *TREES, "ko/index.md") == (0, "In step: 1 page.\n")
    for name in ("ko/sub/page.md", "en/sub/page.md", trees / "ko/sub/page.md", "sub/page.md"):
        assert run("check", *TREES, name)[0] == 1
    assert run("check", *TREES, "ko/sub")[0] == run("check", *TREES, "en/sub")[0] == 1


def test_two_files_can_be_compared(run, trees):
    write(trees / "README.md", "[한국어](README.ko.md)\n")
    write(trees / "README.ko.md", "[English](README.md)\n")
    pair = ["--source", "README.md", "--translation", "README.ko.md"]
    assert run("check", *pair) == (0, "In step: 1 page.\n")
    assert run("accept", *pair, "--lock", "lock.toml", "README.ko.md")[0] == 0
    assert run("check", *pair, "--lock", "lock.toml")[0] == 0


def test_with_a_lock_what_nobody_has_accepted_fails(run):
    status, text = run("check", *LOCKED)
    assert (status, text.splitlines()) == (
        1,
        [
            "ko/index.md: new: none of its 2 blocks has been accepted yet (en/index.md)",
            "ko/sub/page.md: new: none of its 4 blocks has been accepted yet (en/sub/page.md)",
            "",
            "2 findings on 2 of 2 pages.",
            f"Once it says the same:  {PYTHON} accept {' '.join(LOCKED)} ko/index.md",
        ],
    )


def test_accepting_a_page_leaves_the_others(run):
    assert run("accept", *LOCKED, "ko/index.md") == (0, "ko/index.md: 2 blocks accepted\n")
    assert run("check", *LOCKED, "ko/index.md")[0] == 0
    assert run("check", *LOCKED, "ko/sub/page.md")[0] == 1


def test_accepting_a_block_by_its_line(run):
    for place, count in [("ko/sub/page.md:3", 3), ("en/sub/page.md:7", 2), ("sub/page.md:5", 1)]:
        assert run("accept", *LOCKED, place) == (0, "ko/sub/page.md: 1 block accepted\n")
        _, text = run("check", *LOCKED, "ko/sub/page.md")
        assert f"{count} finding" in text
    _, text = run("check", *LOCKED, "ko/sub/page.md")
    assert text.startswith(
        'ko/sub/page.md:1: new: heading "페이지" has not been accepted yet (en/sub/page.md:1)\n'
    )


def test_accepting_what_stands_under_a_heading(run, trees):
    for language in ("en", "ko"):
        write(
            trees / language / "a.md", "# A { #a }\n\nb\n\n## C { #c }\n\nd\n\n- e\n\n## F\n\ng\n"
        )
    assert run("accept", *LOCKED, "ko/a.md#c") == (0, "ko/a.md: 3 blocks accepted\n")
    assert run("accept", *LOCKED, "ko/a.md#a") == (0, "ko/a.md: 2 blocks accepted\n")


def test_everything_is_accepted_only_when_that_is_said(run):
    status, text = run("accept", *LOCKED)
    assert (status, text.count("\n")) == (2, 1)
    assert run("accept", *LOCKED, "--all") == (
        0,
        "ko/index.md: 2 blocks accepted\nko/sub/page.md: 4 blocks accepted\n",
    )
    assert run("check", *LOCKED) == (0, "In step: 2 pages.\n")
    assert run("accept", *LOCKED, "--all", "ko/index.md")[0] == 2


def test_accepting_does_not_hide_a_difference(run, trees):
    change(trees / "ko/sub/page.md", "`thing`", "thing")
    assert run("accept", *LOCKED, "ko/sub/page.md") == (
        0,
        (
            "ko/sub/page.md: 4 blocks accepted\n"
            "ko/sub/page.md: its structure still differs, see check\n"
        ),
    )
    assert run("check", *LOCKED, "ko/sub/page.md")[0] == 1


@pytest.mark.usefixtures("accepted")
def test_accepting_everything_forgets_pages_that_are_gone(run, trees):
    (trees / "ko/index.md").unlink()
    (trees / "en/index.md").unlink()
    run("accept", *LOCKED, "--all")
    assert "index.md" not in (trees / "lock.toml").read_text(encoding="utf-8")
    assert run("check", *LOCKED)[0] == 0


@pytest.mark.usefixtures("accepted")
def test_a_changed_source_names_the_block_to_revisit(run, trees):
    change(trees / "en/index.md", "Welcome.", "Be welcome.")
    status, text = run("check", *LOCKED)
    assert (status, text.splitlines()) == (
        1,
        [
            (
                'ko/index.md:3: stale: paragraph "환영합니다. [페이지](sub/page.md)가 있습니다."'
                " has a source that has changed (en/index.md:3)"
            ),
            "",
            "1 finding on 1 of 2 pages.",
            f"See what has changed:   {PYTHON} diff {' '.join(LOCKED)} ko/index.md",
            f"Once it says the same:  {PYTHON} accept {' '.join(LOCKED)} ko/index.md",
        ],
    )


@pytest.mark.usefixtures("accepted")
def test_the_difference_of_the_source_is_shown(run, trees):
    change(trees / "en/index.md", "Welcome.", "Be welcome.")
    write(trees / "en/index.md", "\n" + (trees / "en/index.md").read_text(encoding="utf-8"))
    assert run("diff", *LOCKED) == (
        1,
        (
            "ko/index.md:3: stale\n"
            "--- en/index.md (as it was accepted)\n"
            "+++ en/index.md:4 (now)\n"
            "@@ -1,2 +1,2 @@\n"
            "-Welcome.\n"
            "+Be welcome.\n"
            " Here is [a page](sub/page.md).\n"
            f"Once it says the same:  {PYTHON} accept {' '.join(LOCKED)} ko/index.md:3\n"
            "\n"
            "1 stale block.\n"
        ),
    )
    assert run("diff", *LOCKED, "ko/index.md:1") == (0, "0 stale blocks.\n")
    assert run("diff", *LOCKED, "ko/index.md:3")[0] == 1


@pytest.mark.usefixtures("accepted")
def test_only_accepting_makes_a_stale_block_fresh(run, trees):
    change(trees / "en/index.md", "Welcome.", "Be welcome.")
    change(trees / "ko/index.md", "환영합니다.", "환영!")
    (trees / "ko/index.md").touch()
    assert run("check", *LOCKED)[0] == 1
    assert run("accept", *LOCKED, "ko/index.md:3")[0] == 0
    assert run("check", *LOCKED)[0] == 0


@pytest.mark.usefixtures("accepted")
def test_code_is_shown_line_by_line(run, trees):
    for language, comment in (("en", "one"), ("ko", "하나")):
        write(trees / language / "code.md", f"```python\na = 1  # {comment}\nb = 2\n```\n")
    run("accept", *LOCKED, "ko/code.md")
    change(trees / "en/code.md", "one", "two")
    _, text = run("diff", *LOCKED)
    assert "-a = 1  # one\n+a = 1  # two\n b = 2\n" in text


@pytest.mark.usefixtures("accepted")
def test_the_status_counts_blocks(run, trees):
    change(trees / "en/index.md", "Welcome.", "Be welcome.")
    change(trees / "ko/sub/page.md", "`thing` 하나.\n", "")
    write(trees / "en/new.md", "# New\n\nWords.\n")
    status, text = run("status", *LOCKED)
    assert status == 0
    assert [line.split() for line in text.splitlines()] == [
        ["in", "step", "stale", "new", "missing", "extra"],
        ["ko/index.md", "1", "1", "0", "0", "0"],
        ["ko/new.md", "0", "0", "0", "2", "0"],
        ["ko/sub/page.md", "3", "0", "0", "1", "0"],
        ["together", "4", "1", "0", "3", "0"],
        [],
    ]


@pytest.mark.usefixtures("accepted")
def test_tools_get_json(run, trees):
    change(trees / "en/index.md", "Welcome.", "Be welcome.")
    place = {
        "language": "",
        "page": "index.md",
        "source": {"file": "en/index.md", "line": 3},
        "translation": {"file": "ko/index.md", "line": 3},
    }
    checked = json.loads(run("check", *LOCKED, "--format", "json")[1])
    [finding] = checked.pop("findings")
    assert checked == {"in_step": False, "pages": 2}
    assert finding.pop("message").endswith("has a source that has changed")
    assert finding == {"problem": "stale", **place}

    [stale] = json.loads(run("diff", *LOCKED, "--format", "json")[1])["stale"]
    assert stale.pop("diff").endswith("-Welcome.\n+Be welcome.\n Here is [a page](sub/page.md).")
    assert stale.pop("before").startswith("Welcome.")
    assert stale.pop("now").startswith("Be welcome.")
    assert stale == place

    page = json.loads(run("status", *LOCKED, "--format", "json")[1])["pages"][0]
    blocks = {"in step": 1, "stale": 1, "new": 0, "missing": 0, "extra": 0}
    whole = {"source": {"file": "en/index.md", "line": None}}
    whole["translation"] = {"file": "ko/index.md", "line": None}
    assert page == {**place, **whole, "blocks": blocks}

    accepted = json.loads(run("accept", *LOCKED, "ko/index.md", "--format", "json")[1])
    assert accepted == {"accepted": [{"was": "stale", **place}]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "COMMAND (--help says more)"),
        (["chek"], "invalid choice: 'chek'"),
        (["check", "--source", "en"], "give both, or none"),
        (["check", "--source", "en", "--translation", "fr"], "fr is not there"),
        (["check", "--source", "en", "--translation", "ko/index.md"], "must both be folders"),
        (["check", "--source", "en", "--translation", "./en"], "both the source and"),
        (["check", "--source", "empty", "--translation", "void"], "no page (*.md)"),
        (["check", *TREES, "--language", "ko"], "leave out the folders"),
        (["check", *TREES, "--format", "xml"], "--format"),
        (["check", *TREES, "ko/nowhere.md"], "There is no page ko/nowhere.md"),
        (["check", *TREES, "ko/index.md:3"], "is a part of a page"),
        (["check", "--lock", "lock.toml"], "this project has its own"),
        (["check", "--language", "tlh"], "There is no language tlh. There are zh, ko."),
        (["check", *TREES, "--lock", "en/index.md"], "cannot be read as a lock"),
        (["diff", *TREES], "--lock FILE"),
        (["accept", *TREES, "ko/index.md"], "--lock FILE"),
        (["accept", *LOCKED], "--all"),
        (["accept", *LOCKED, "ko"], "is not one page"),
        (["accept", *LOCKED, "ko/index.md:2"], "no words at ko/index.md:2"),
        (["accept", *LOCKED, "ko/index.md:99"], "no words at ko/index.md:99"),
        (["accept", *LOCKED, "ko/index.md#house"], "No heading has the id"),
        (["accept", *LOCKED, "en/untranslated.md"], "is not there: there is nothing to accept"),
    ],
)
def test_wrong_use_gets_one_clear_line(run, trees, arguments, message):
    for folder in ("empty", "void"):
        (trees / folder).mkdir()
    write(trees / "en/untranslated.md", "# New\n")
    status, text = run(*arguments)
    assert (status, text.count("\n")) == (2, 1)
    assert message in text
    assert not (trees / "lock.toml").exists()


def test_a_page_that_is_no_text_gets_one_clear_line(run, trees):
    (trees / "ko/index.md").write_bytes(b"# \xff\n")
    assert run("check", *TREES) == (2, "ko/index.md is not in UTF-8 (byte 2).\n")


def test_a_page_that_cannot_be_parsed_gets_one_clear_line(run, trees):
    (trees / "ko/index.md").write_text("[^1]: - [^1]: \n")
    assert run("check", *TREES) == (
        2,
        "ko/index.md cannot be read as Markdown: Invalid token nesting.\n",
    )


def test_who_reads_may_stop_reading():
    command = [sys.executable, "-m", "docs_tools.translations", "status"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(PROCESS) == 1


def test_help_helps(run):
    status, text = run("--help")
    assert status == 0
    assert "accept docs/zh/index.md:12" in text
    for command in COMMANDS:
        assert run(command, "--help")[0] == 0
        assert command in text


@pytest.fixture
def small_project(tmp_path, monkeypatch):
    """A project like this one, with one page and the READMEs."""
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    for words in ROOT.glob("i18n/*/words.toml"):
        shutil.copytree(words.parent, tmp_path / words.relative_to(ROOT).parent)
    for language in ("en", "zh", "ko"):
        write(tmp_path / "docs" / language / "index.md", "[a](../../README.md)\n")
    write(tmp_path / "README.md", "[中文](README.zh.md) [한국어](README.ko.md)\n")
    write(tmp_path / "README.zh.md", "[English](README.md) [한국어](README.ko.md)\n")
    write(tmp_path / "README.ko.md", "[English](README.md) [中文](README.zh.md)\n")
    for lock in tmp_path.glob("i18n/*/lock.toml"):
        lock.unlink()
    monkeypatch.setattr(program, "editions", lambda: editions(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("small_project")
def test_without_options_every_language_of_the_project_is_checked(run):
    status, text = run("check")
    assert status == 1
    assert [line.partition(":")[0] for line in text.splitlines()[:4]] == [
        "README.zh.md",
        "docs/zh/index.md",
        "README.ko.md",
        "docs/ko/index.md",
    ]
    assert run("accept", "--all")[0] == 0
    assert run("check") == (0, "In step: 4 pages.\n")


def test_each_language_of_the_project_has_its_lock(run, small_project):
    assert run("accept", "--all", "--language", "ko")[0] == 0
    assert run("check", "--language", "ko")[0] == run("check", "docs/ko")[0] == 0
    assert run("check", "--language", "zh")[0] == 1
    assert not (small_project / "i18n/zh/lock.toml").exists()
    assert (small_project / "i18n/ko/lock.toml").exists()


@pytest.mark.usefixtures("small_project")
def test_one_language_is_accepted_at_a_time(run):
    assert run("accept", "docs/en/index.md") == (
        2,
        (
            "docs/en/index.md is not one page."
            " Name one of them: docs/zh/index.md or docs/ko/index.md.\n"
        ),
    )
    assert run("accept", "docs/en/index.md", "--language", "ko") == (
        0,
        "docs/ko/index.md: 1 block accepted\n",
    )
    assert run("accept", "docs/zh/index.md", "README.ko.md")[0] == 0


def test_a_page_may_not_share_the_name_of_the_readme(run, small_project):
    write(small_project / "docs/en/README.md", "# No\n")
    status, text = run("check")
    assert (status, text.count("\n")) == (2, 1)


@pytest.mark.usefixtures("small_project")
def test_the_changelog_is_the_english_of_a_page(run, small_project):
    write(small_project / "CHANGELOG.md", "# A\n\n- [b](docs/en/index.md)\n- c\n")
    write(small_project / "docs/zh/changes.md", "# 甲\n\n- [乙](index.md)\n- 丙\n")
    write(small_project / "docs/ko/changes.md", "# 가\n\n- [나](index.md)\n- 다\n")
    readme = "[中文](README.zh.md) [한국어](README.ko.md) [changes]({})\n"
    write(small_project / "README.md", readme.format("CHANGELOG.md"))
    write(small_project / "README.zh.md", readme.format("docs/zh/changes.md"))
    write(small_project / "README.ko.md", readme.format("docs/ko/changes.md"))
    assert run("accept", "--all")[0] == 0
    assert run("check") == (0, "In step: 6 pages.\n")
    write(small_project / "CHANGELOG.md", "# A\n\n- [b](docs/en/index.md)\n- c\n- d\n")
    status, text = run("check")
    assert status == 1
    for code in ("zh", "ko"):
        assert f"docs/{code}/changes.md:5: missing: list item (CHANGELOG.md:5)" in text
