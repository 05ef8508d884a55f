"""The cost of a message: an application that sends back what it receives."""

import json
from collections.abc import Callable
from time import perf_counter
from types import ModuleType
from typing import Any

import starlette.websockets

import duologue.websockets
from benchmarks.driver import drive, make_scope
from benchmarks.turns import Contender, Result, compare

MESSAGES = 2_000
TEXT = "The quick brown fox jumps over the lazy dog, twice: once more."
JSON = json.dumps(
    {
        "type": "message",
        "room": "lobby",
        "id": 48151623,
        "author": {"name": "Ada", "online": True},
        "text": "Has anybody seen the analytical engine?",
        "tags": ["question", "engine"],
        "reply_to": None,
        "sent": 1767225600.25,
    },
    separators=(",", ":"),
)

App = Callable[[Any, Any, Any], Any]


async def raw_text(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        await send({"type": "websocket.send", "text": message["text"]})


def iterates_text(library: ModuleType) -> App:
    async def app(scope, receive, send):
        websocket = library.WebSocket(scope, receive, send)
        await websocket.accept()
        async for text in websocket.iter_text():
            await websocket.send_text(text)

    return app


def receives_text(library: ModuleType) -> App:
    async def app(scope, receive, send):
        websocket = library.WebSocket(scope, receive, send)
        await websocket.accept()
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except library.WebSocketDisconnect:
            return

    return app


def iterates_json(library: ModuleType) -> App:
    async def app(scope, receive, send):
        websocket = library.WebSocket(scope, receive, send)
        await websocket.accept()
        async for data in websocket.iter_json():
            await websocket.send_json(data)

    return app


def receives_json(library: ModuleType) -> App:
    async def app(scope, receive, send):
        websocket = library.WebSocket(scope, receive, send)
        await websocket.accept()
        try:
            while True:
                await websocket.send_json(await websocket.receive_json())
        except library.WebSocketDisconnect:
            return

    return app


def run(app: App, payload: str, send: Callable[[Any], Any], count: int) -> None:
    """Hold one conversation of `count` messages."""
    left = count
    connected = False

    async def receive():
        nonlocal connected, left
        if not connected:
            connected = True
            return {"type": "websocket.connect"}
        if left:
            left -= 1
            return {"type": "websocket.receive", "text": payload}
        return {"type": "websocket.disconnect", "code": 1000, "reason": ""}

    drive(app(make_scope("/echo", b""), receive, send))


def check(app: App, payload: str) -> None:
    """Look whether the application does send back what it receives."""
    sent: list[str] = []

    async def send(message):
        if message["type"] == "websocket.send":
            sent.append(message["text"])

    run(app, payload, send, 3)
    if sent != [payload] * 3:
        raise RuntimeError(f"This application is not an echo: it sent {sent!r}.")


def contender(app: App, payload: str) -> Contender:
    check(app, payload)

    async def send(message):
        pass

    def measure() -> float:
        begin = perf_counter()
        run(app, payload, send, MESSAGES)
        return (perf_counter() - begin) / MESSAGES

    return measure


def both(make_app: Callable[[ModuleType], App], payload: str) -> dict[str, Contender]:
    return {
        "Duologue": contender(make_app(duologue.websockets), payload),
        "Starlette": contender(make_app(starlette.websockets), payload),
    }


def results(rounds: int) -> list[Result]:
    raw = {"raw ASGI": contender(raw_text, TEXT)}
    return [
        compare("echo, iter_text + send_text", raw | both(iterates_text, TEXT), rounds, 0.25),
        compare("echo, receive_text + send_text", raw | both(receives_text, TEXT), rounds),
        compare("echo, iter_json + send_json", both(iterates_json, JSON), rounds, 0.75),
        compare("echo, receive_json + send_json", both(receives_json, JSON), rounds, 0.75),
    ]
