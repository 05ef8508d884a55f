"""Docstrings through a catalogue: on a small package, and on the package itself."""

import textwrap

import griffe
import pytest

from docs_tools.catalogues import docstrings
from docs_tools.catalogues.docstrings import Localisation
from docs_tools.catalogues.messages import Collector
from docs_tools.catalogues.sections import translate_section
from docs_tools.project.languages import ROOT

MODULE = '''
"""What it is.

    code = 1

And this.
"""

from collections.abc import Iterator

LIMIT = 3
"""At most this."""


class Room:
    """A room, and who
    is in it.

    Attributes:
        name: How it is called.

    Note: Beware
        Not thread-safe.
    """

    def join(self, who: str, *, loud: bool = False) -> Iterator[str]:
        """Let somebody in.

        Args:
            who: The name.

                A second paragraph.
            loud: Whether to tell.

        Returns:
            Whom they meet.

        Raises:
            ValueError: There is no room.
            KeyError: There is no room.

        Examples:
            Do it:

            >>> room.join("Ada")
            []

        Cancelling it is safe.
        """
'''

EXPECTED = [
    ("room:text", "What it is."),
    ("room:text", "And this."),
    ("room.LIMIT:text", "At most this."),
    ("room.Room:text", "A room, and who is in it."),
    ("room.Room:attributes:name", "How it is called."),
    ("room.Room:admonition:title", "Beware"),
    ("room.Room:admonition", "Not thread-safe."),
    ("room.Room.join:text", "Let somebody in."),
    ("room.Room.join:parameters:who", "The name."),
    ("room.Room.join:parameters:who", "A second paragraph."),
    ("room.Room.join:parameters:loud", "Whether to tell."),
    ("room.Room.join:returns", "Whom they meet."),
    ("room.Room.join:raises:ValueError", "There is no room."),
    ("room.Room.join:raises:KeyError", "There is no room."),
    ("room.Room.join:examples", "Do it:"),
    ("room.Room.join:text", "Cancelling it is safe."),
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "room.py").write_text(textwrap.dedent(MODULE), encoding="utf-8")
    return tmp_path


def load(folder, *extensions):
    return griffe.load(
        "room",
        search_paths=[folder],
        docstring_parser="google",
        extensions=griffe.load_extensions(*extensions),
    )


@pytest.fixture
def translated(folder, monkeypatch):
    """The package in a language that puts everything between brackets."""
    monkeypatch.setattr(
        docstrings, "translator", lambda *_: lambda context, text: f"[{context}|{text}]"
    )
    return load(folder, {"docs_tools.catalogues.docstrings": {"language": "ko"}})


def test_the_words_of_each_section_are_messages(folder):
    collector = Collector()
    for each in docstrings.objects(load(folder)):
        for section in each.docstring.parse() if each.docstring else []:
            translate_section(section, each.canonical_path, collector)
    assert [message.key for message in collector.messages] == EXPECTED


def test_the_page_gets_the_words_of_its_language(translated):
    sections = translated["Room.join"].docstring.parsed
    found = {section.kind.value: section.value for section in sections[:-1]}
    assert found["text"] == "[room.Room.join:text|Let somebody in.]"
    assert [each.description for each in found["raises"]] == [
        "[room.Room.join:raises:ValueError|There is no room.]",
        "[room.Room.join:raises:KeyError|There is no room.]",
    ]
    assert found["returns"][0].description == "[room.Room.join:returns|Whom they meet.]"
    assert sections[-1].value == "[room.Room.join:text|Cancelling it is safe.]"


def test_code_names_and_types_stay(translated):
    assert translated.docstring.parsed[0].value == (
        "[room:text|What it is.]\n\n    code = 1\n\n[room:text|And this.]"
    )
    sections = {each.kind.value: each.value for each in translated["Room.join"].docstring.parsed}
    assert [each.name for each in sections["parameters"]] == ["who", "loud"]
    assert [str(each.annotation) for each in sections["parameters"]] == ["str", "bool"]
    assert str(sections["returns"][0].annotation) == "Iterator[str]"
    assert [str(each.annotation) for each in sections["raises"]] == ["ValueError", "KeyError"]
    examples = [(kind.value, text) for kind, text in sections["examples"]]
    assert examples[1] == ("examples", '>>> room.join("Ada")\n[]')


def test_words_are_found_by_the_public_path(tmp_path, monkeypatch):
    files = {
        "docs/en/reference/house.md": "::: duologue.house\n",
        "src/duologue/__init__.py": "",
        "src/duologue/house/__init__.py": (
            'from duologue.house._room import Room\n\n__all__ = ["Room"]\n'
        ),
        "src/duologue/house/_room.py": textwrap.dedent(MODULE),
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.setattr(docstrings, "ROOT", tmp_path)
    monkeypatch.setattr(
        docstrings, "translator", lambda *_: lambda context, text: f"[{context}|{text}]"
    )
    package = griffe.load(
        "duologue",
        search_paths=[tmp_path / "src"],
        docstring_parser="google",
        extensions=griffe.load_extensions({"docs_tools.catalogues.docstrings": {"language": "ko"}}),
    )
    sections = package["house.Room.join"].docstring.parsed
    assert sections[0].value == "[duologue.house.Room.join:text|Let somebody in.]"


def test_the_source_language_stays_as_it_is(folder):
    plain = load(folder)["Room.join"].docstring.parsed
    own = load(folder, Localisation("en"))["Room.join"].docstring.parsed
    assert [each.kind for each in own] == [each.kind for each in plain]
    assert [own[0].value, own[-1].value] == [plain[0].value, plain[-1].value]
    for mine, theirs in zip(own[1:-2], plain[1:-2], strict=True):
        assert [each.as_dict() for each in mine.value] == [each.as_dict() for each in theirs.value]


def test_mkdocs_uses_it():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "- docs_tools.catalogues.docstrings:\n" in text
