"""A script as JSON, for the player in the page (``theme/assets/playing.js``)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

from duologue.scripts import (
    ANY,
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
)
from duologue.scripts.language.content import payload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duologue.scripts import Line, Script


BREAK = re.compile(r"\n *")

# What a browser leaves as it is in a path and in a query, as the URL Standard says; and what it
# takes for a step from folder to folder.
KEPT = re.compile(r"[^\"<>?^`{}\\]*(?:\?[^\"<>']*)?")
STEP = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)


def steps(script: Script) -> list[dict[str, Any]]:
    """Each line as what the page has to do, or to wait for."""
    return [{"line": line.number} | step(line) for line in script.lines]


def step(line: Line) -> dict[str, Any]:
    """One line."""
    match line:
        case Comment():
            return {"do": "narrate"}
        case Open(client=client, path=path, subprotocols=subprotocols):
            return {"do": "open", "client": client, "path": path, "subprotocols": [*subprotocols]}
        case Accept(client=client, subprotocol=subprotocol, headers=headers):
            return {
                "do": "accept",
                "client": client,
                "subprotocol": subprotocol or "",
                "unseen": bool(headers),
                "shown": without_speaker(line),
            }
        case Deny(client=client):
            return {"do": "deny", "client": client, "unseen": True, "shown": without_speaker(line)}
        case ClientMessage(client=client, content=content):
            return {"do": "send", "client": client, "message": sent(content)}
        case ServerMessage(client=client, content=content):
            return {
                "do": "expect",
                "client": client,
                "message": expected(content),
                "shown": without_speaker(line),
            }
        case ClientClose(client=client, code=code, reason=reason):
            return {"do": "close", "client": client, "code": code, "reason": reason or ""}
        case ServerClose(client=client, code=code, reason=reason):
            return {
                "do": "closed",
                "client": client,
                "code": code,
                "reason": pattern(reason),
                "shown": without_speaker(line),
            }
        case Wait(client=client, seconds=seconds):
            return {"do": "wait", "client": client, "seconds": seconds}
        case Drop(client=client):
            return {"do": "drop", "client": client}
    raise TypeError(f"no step for {line!r}")


def without_speaker(line: Line) -> str:
    """A line of the script without who says it."""
    return BREAK.sub(" ", str(line)).split(" ", 1)[1]


def sent(content: Text | Json | Binary) -> dict[str, Any]:
    """A message of the client: what travels is made here, for JavaScript would write it anew."""
    written = payload(content)
    if isinstance(written, bytes):
        return {"kind": "bytes", "expected": written.hex()}
    return {"kind": "text", "expected": written}


def expected(content: Any) -> dict[str, Any]:
    """What a message of the server has to be."""
    match content:
        case Text(text=text):
            return {"kind": "text", "frame": "text", "expected": text}
        case Binary(data=data):
            return {"kind": "bytes", "frame": "binary", "expected": data.hex()}
        case Like(pattern=text):
            return {"kind": "like", "frame": "text", "expected": text}
        case Json(value=value, binary=binary):
            frame = "binary" if binary else "text"
            return {"kind": "json", "frame": frame, "expected": pattern(value)}
        case _ if content is ANY:
            return {"kind": "any"}
        case _:
            raise TypeError(f"a server cannot say {content!r}")


def pattern(value: object) -> list[Any]:
    """A JSON value in which some parts may vary, as pairs of a kind and what is expected.

    A number goes as it is written: JavaScript would lose digits of it.
    """
    if value is ANY:
        return ["any", None]
    if isinstance(value, Like):
        return ["like", value.pattern]
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return ["object", {name: pattern(each) for name, each in members.items()}]
    if isinstance(value, (list, tuple)):
        return ["array", [pattern(each) for each in cast("Sequence[object]", value)]]
    if isinstance(value, str):
        return ["string", value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return ["number", json.dumps(value)]
    return ["value", value]


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
