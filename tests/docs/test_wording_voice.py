"""The voice: what a pattern can find is found, and pages and docstrings are clean."""

import pytest

from docs_tools.wording.style import page_lines
from docs_tools.wording.voice import (
    LONGEST,
    docstring_findings,
    judge_voice,
    main,
    voice_findings,
)


def judged(text, page="limits.md"):
    return [message for line in page_lines(text) for message in judge_voice(line, page)]


def test_pages_and_docstrings_are_clean(capsys):
    assert main([]) == 0
    assert capsys.readouterr().out == ""


def test_a_finding_names_the_file_and_the_line(tmp_path):
    pages = tmp_path / "docs/en/reference"
    pages.mkdir(parents=True)
    (pages / "a.md").write_text("# Title { #title }\n\nIt waits for ever.\n", encoding="utf-8")
    (finding,) = voice_findings(tmp_path)
    assert str(finding) == "docs/en/reference/a.md:3: for ever: write without a limit"


def test_a_finding_names_the_docstring(tmp_path):
    source = tmp_path / "src/duologue/rooms.py"
    source.parent.mkdir(parents=True)
    (source.parent / "__init__.py").touch()
    source.write_text('def join(room):\n    """Join.\n\n    It waits for ever.\n    """\n', "utf-8")
    page = tmp_path / "docs/en/reference/rooms.md"
    page.parent.mkdir(parents=True)
    page.write_text("# Rooms { #rooms }\n\n::: duologue.rooms\n", "utf-8")
    (finding,) = docstring_findings(tmp_path)
    assert str(finding) == (
        "src/duologue/rooms.py:2: duologue.rooms.join:text: for ever: write without a limit"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Who only sends never hears.", "Who only"),
        ("One. Where the startup fails, it stops.", "Where the startup fails, it st…: write If"),
        ("What it yields is kept.", "What it yields is kept.…: name the thing"),
        ("> Nor does it end.", "Nor does it end.…: write a sentence with not"),
        ("A message is lost in silence.", "in silence: write without an error"),
        ("| a |\n| - |\n| JSON that is none |", "is none: write is not"),
        ('!!! tip "What stands here"', "stands: write is"),
    ],
)
def test_a_turn_that_readers_stumble_over_is_found(text, message):
    assert any(each.startswith(message) for each in judged(text))


def test_a_long_sentence_is_found():
    words = " ".join(["word"] * LONGEST)
    assert judged(f"{words}.\n\nShort: {words}.") == []
    (finding,) = judged(f"{words} more.")
    assert finding.endswith(f"{LONGEST + 1} words; a sentence has at most {LONGEST}")


@pytest.mark.parametrize(
    "text",
    [
        "What does it do? Where is it?",
        "## What changed { #what }",
        "| What |\n| - |\n| Where it runs |",
        "`for ever`",
        "```text\nfor ever\n```",
        "Whole messages are sent. Northern servers wait.",
    ],
)
def test_what_is_in_order_is_left_alone(text):
    assert judged(text) == []


def test_a_dialogue_may_speak_on_home_and_scripts_alone():
    assert judged("A client speaks.", "scripts.md") == []
    assert judged("A client speaks.", "limits.md") == ["speaks: write sends"]
