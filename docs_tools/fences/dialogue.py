"""A script drawn as a dialogue of two sides: a list, the client on the left, the server right."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from docs_tools.fences import pieces
from docs_tools.fences.pieces import Piece
from docs_tools.project.browsers import why_not
from docs_tools.project.snippets import FOLDER, NOT_IN_THE_BROWSER
from duologue.scripts import (
    Accept,
    Binary,
    ClientClose,
    ClientMessage,
    Comment,
    Deny,
    Drop,
    Json,
    Like,
    Open,
    ServerClose,
    ServerMessage,
    Text,
    Wait,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from docs_tools.project.languages import Language
    from docs_tools.project.snippets import Snippet
    from duologue.scripts import Line, Script, Wording

VOICES = 3  # as many as the style sheet has colours for

templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)


@dataclass
class Turn:
    """What one side does or says, ready to be drawn.

    Attributes:
        line: The number of its line in the script.
        side: ``"client"``, ``"server"`` or ``"comment"``.
        who: The speaker, and to whom, as the page names them.
        voice: Which of the clients this is about, from 1.
        verb: What is done, in words; empty for a message.
        content: What is said, or what the verb is about.
        kind: The kind of a message; empty where it is none.
        kind_word: The kind in the language of the page.
        details: What stands small below: headers, subprotocols, the body of a denial.
    """

    line: int
    side: str
    who: str = ""
    voice: int = 1
    verb: str = ""
    content: list[Piece] = field(default_factory=list[Piece])
    kind: str = ""
    kind_word: str = ""
    details: list[tuple[str, list[Piece]]] = field(default_factory=list[tuple[str, list[Piece]]])


def render_dialogue(snippet: Snippet, text: str, language: Language, details: Markup) -> str:
    """Draw the script of a snippet.

    Args:
        snippet: The snippet, for its name.
        text: The script.
        language: The language of the labels.
        details: What is one click away under the dialogue.

    Returns:
        HTML, with what keeps a page from playing it.
    """
    script = parse(text, f"{FOLDER}/{snippet.name}.duo")
    words = language.words["dialogue"]
    playing = {"why": why_not(script)}
    if snippet.name in NOT_IN_THE_BROWSER:
        playing["elsewhere"] = NOT_IN_THE_BROWSER[snippet.name]
    return templates.get_template("dialogue.html").render(
        name=snippet.name,
        words=words,
        play=language.words["play"]["play"],
        turns=turns(script, words),
        named=any(script.clients),
        # "<" would end the element that holds the JSON.
        playing=Markup(json.dumps(playing, ensure_ascii=False).replace("<", "\\u003c")),
        details=details,
    )


def turns(script: Script, words: dict[str, str]) -> list[Turn]:
    """Turn the lines of a script into the turns of a dialogue."""
    return [turn(line, words, script.clients) for line in script.lines]


def turn(line: Line, words: dict[str, str], clients: Sequence[str]) -> Turn:
    """Turn one line into a turn."""
    if isinstance(line, Comment):
        return Turn(line.number, "comment", content=pieces.plain(line.text))
    made = direction(line, words)
    made.voice = clients.index(line.client) % VOICES + 1
    if made.side == "client":
        made.who = line.client or words["client"]
    elif line.client:
        made.who = words["server_to"].format(client=line.client)
    else:
        made.who = words["server"]
    return made


def direction(line: Line, words: dict[str, str]) -> Turn:
    """Draw what a line says or does."""
    match line:
        case ClientMessage(content=content):
            return message(line.number, "client", content, words)
        case ServerMessage(content=content):
            return message(line.number, "server", content, words)
        case Open(path=path, headers=headers, subprotocols=subprotocols):
            made = Turn(line.number, "client", verb=words["open"], content=pieces.plain(path))
            if subprotocols:
                made.details.append((words["subprotocols"], pieces.plain(", ".join(subprotocols))))
            made.details += fields(headers)
        case Accept(subprotocol=subprotocol, headers=headers):
            made = Turn(line.number, "server", verb=words["accept"], details=fields(headers))
            if subprotocol:
                made.details.insert(0, (words["subprotocol"], pieces.plain(subprotocol)))
        case Deny(status=status, headers=headers, body=body):
            made = Turn(
                line.number, "server", verb=words["deny"], content=pieces.plain(str(status))
            )
            made.details += fields(headers)
            if body is not None:
                made.details.append((words["body"], content_of(body)))
        case ClientClose(code=None):
            made = Turn(line.number, "client", verb=words["close_without_code"])
        case ClientClose(code=int(code), reason=reason):
            made = Turn(line.number, "client", verb=words["close"], content=ending(code, reason))
        case ServerClose(code=code, reason=reason):
            made = Turn(line.number, "server", verb=words["close"], content=ending(code, reason))
        case Drop():
            made = Turn(line.number, "client", verb=words["drop"])
        case Wait(seconds=seconds):
            made = Turn(line.number, "client", verb=words["wait"].format(seconds=f"{seconds:g}"))
        case _:
            raise TypeError(f"no turn for {line!r}")
    return made


def message(number: int, side: str, content: object, words: dict[str, str]) -> Turn:
    """Draw a message."""
    kind = kind_of(content)
    word = words.get(kind, "")
    return Turn(number, side, content=content_of(content), kind=kind, kind_word=word)


def kind_of(content: object) -> str:
    """The kind of a message, as ``words.toml`` names it."""
    match content:
        case Text() | Like():
            return "text"
        case Binary():
            return "binary"
        case Json(binary=True):
            return "binary_json"
        case Json():
            return "json"
        case _:
            return "any"


def content_of(content: object) -> list[Piece]:
    """What a message, or the body of a denial, is or may be."""
    match content:
        case Text(text=text):
            return pieces.plain(text)
        case Binary(data=data):
            return pieces.octets(data)
        case Like(pattern=pattern):
            return pieces.like(pattern)
        case Json(value=value):
            return pieces.value(value)
        case _:
            return [pieces.ANYTHING]


def fields(headers: Iterable[tuple[str, Wording]]) -> list[tuple[str, list[Piece]]]:
    """Draw headers."""
    return [
        (name, pieces.plain(value) if isinstance(value, str) else content_of(value))
        for name, value in headers
    ]


def ending(code: int, reason: Wording) -> list[Piece]:
    """Draw a close code and its reason."""
    found = pieces.plain(str(code))
    if isinstance(reason, str):
        return found + pieces.plain(f" “{reason}”" if reason else "")
    return [*found, *pieces.plain(" "), *content_of(reason)]
