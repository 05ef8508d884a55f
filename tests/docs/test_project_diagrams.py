"""Diagrams are read from small text files, and what is wrong in one is named."""

import pytest

from docs_tools.catalogues.diagrams import messages
from docs_tools.project.diagrams import Arrow, Box, Note, Part, diagram_files, parse_diagram

HEAD = "title = A\ndescription = B\n"
GRID = """\
title = A handshake
description = The client asks.

# The client is above all.
| client | client |
| open   |        |

client (client) = The client
open = Open

client --> open: `accept()`
open -> client
"""
SEQUENCE = """\
title = A goodbye
description = The application closes.

app = Application
client = Client

== 0 s
app -> client: close
app: done
app + client: closed
"""


def test_rows_make_a_grid():
    found = parse_diagram(GRID, "a.diagram")
    assert (found.title, found.description) == ("A handshake", "The client asks.")
    assert found.rows == [["client", "client"], ["open", ""]]
    assert found.boxes == {"client": Box("The client", "client"), "open": Box("Open")}
    assert found.steps == [
        Arrow("client", "open", "`accept()`", dashed=True),
        Arrow("open", "client"),
    ]


def test_without_rows_it_is_a_sequence():
    found = parse_diagram(SEQUENCE, "a.diagram")
    assert found.rows == []
    assert list(found.boxes) == ["app", "client"]
    assert found.steps == [
        Part("0 s"),
        Arrow("app", "client", "close"),
        Note(("app",), "done"),
        Note(("app", "client"), "closed"),
    ]


def test_all_words_are_translated_and_no_name_is():
    found = parse_diagram(SEQUENCE, "a.diagram", str.upper)
    assert (found.title, found.description) == ("A GOODBYE", "THE APPLICATION CLOSES.")
    assert found.boxes == {"app": Box("APPLICATION"), "client": Box("CLIENT")}
    assert found.steps == [
        Part("0 S"),
        Arrow("app", "client", "CLOSE"),
        Note(("app",), "DONE"),
        Note(("app", "client"), "CLOSED"),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a => b", "line 1: this is not a row, box, arrow, part or note: a => b"),
        ("\na = A\na = B", "line 3: there are two boxes a"),
        ("a (round) = A", "line 1: no look is called round; there are client, server, queue, text"),
        ("description = B", "it has no title"),
        ("title = A", "it has no description"),
        (HEAD + "a = A\na -> b", "there is no box b"),
        (HEAD + "a = A\na + b: note", "there is no box b"),
        (HEAD + "| a | b |\na = A", "there is no box b"),
        (HEAD + "a = A\nb = B\na -> a", "an arrow leads from a to itself"),
        (HEAD + "| a |\na = A\nb = B", "no row places the box b"),
        (HEAD + "| a | a |\n| a |\na = A", "its rows are not of one length"),
        (HEAD + "| a |\na = A\n== 0 s", "a grid has no parts and no notes"),
        (HEAD + "| a |\na = A\na: note", "a grid has no parts and no notes"),
        (HEAD + "a = A", "a sequence has at least two lanes"),
    ],
)
def test_what_is_wrong_is_named(text, problem):
    with pytest.raises(ValueError, match=r"^a\.diagram") as caught:
        parse_diagram(text, "a.diagram")
    said = str(caught.value)
    assert said == f"a.diagram, {problem}" or said == f"a.diagram: {problem}"


def test_the_catalogue_of_snippets_has_the_words_of_diagrams(tmp_path):
    (tmp_path / "docs_src" / "page").mkdir(parents=True)
    (tmp_path / "docs_src" / "page" / "one.diagram").write_text(SEQUENCE)
    assert diagram_files(tmp_path) == ["page/one.diagram"]
    found = messages(tmp_path)
    assert {each.context for each in found} == {"docs_src/page/one.diagram"}
    assert {each.file for each in found} == {"docs_src/page/one.diagram"}
    assert [each.text for each in found] == [
        "A goodbye",
        "The application closes.",
        *("Application", "Client", "0 s", "close", "done", "closed"),
    ]
