"""What a page can do of a script over real WebSockets, and what it can see of the answers."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from duologue.scripts import Accept, ClientClose, Deny, Drop, Open

if TYPE_CHECKING:
    from duologue.scripts import Line, Script

# What a browser leaves as it is in a path and in a query, as the URL Standard says; and what it
# takes for a step from folder to folder.
KEPT = re.compile(r"[^\"<>?^`{}\\]*(?:\?[^\"<>']*)?")
STEP = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)


def why_not(script: Script) -> str | None:
    """What keeps a browser from playing a script: a word that ``words.toml`` explains.

    A page cannot set request headers or cut a connection, may close with 1000 and 3000 to 4999
    only, writes some characters of a path in its own way, and fails where it offered subprotocols
    and none is chosen.
    """
    offers: dict[str, bool] = {}
    for line in script.lines:
        match line:
            case Open(client=client, path=path, headers=headers, subprotocols=subprotocols):
                offers[client] = bool(subprotocols)
                if headers:
                    return "headers"
                if not is_kept(path):
                    return "path"
            case Accept(client=client, subprotocol=subprotocol):
                if offers[client] and not subprotocol:
                    return "subprotocol"
            case ClientClose(code=int(code)) if code != 1000 and not 3000 <= code <= 4999:
                return "code"
            case Drop():
                return "drop"
            case _:
                pass
    return None


def is_kept(path: str) -> bool:
    """Tell whether a browser asks for a path, with its query, as it is written."""
    folders = path.partition("?")[0].split("/")
    return bool(KEPT.fullmatch(path)) and not any(STEP.fullmatch(each) for each in folders)


class Hidden(int):
    """The status of a response that a page does not see."""

    def __str__(self) -> str:
        return "…"


HIDDEN = Hidden()


def visible(script: Script) -> Script:
    """Leave of a script what a page can see.

    A browser hides the headers of an answer from a page, and of a denial everything but that it
    is none of an acceptance.
    """
    return replace(script, lines=tuple(map(visible_line, script.lines)))


def visible_line(line: Line) -> Line:
    """Leave of one line what a page can see."""
    match line:
        case Accept():
            return replace(line, headers=())
        case Deny(client=client, number=number):
            return Deny(client, HIDDEN, number=number)
        case _:
            return line
