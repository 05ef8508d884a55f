"""Behaviours that are probed: an application that imports little, so that it starts soon.

- `/BEHAVIOUR/ID` does what the behaviour of that name does, and keeps a record of how it ended.
- `/record/ID` waits until the conversation with this ID has ended, and tells its record as JSON.
  Who asks for it has done all that it wants to do in the conversation.
"""

import math
from collections import defaultdict
from typing import Any

import anyio

from duologue.responses import JSONResponse
from duologue.websockets import WebSocket, WebSocketDisconnect, WebSocketStateError

CHUNK = bytes(1 << 18)
ENOUGH = 64 << 20


class Record:
    """What has been seen of one conversation from inside the application."""

    def __init__(self) -> None:
        self.said: dict[str, Any] = {}
        self.asked = anyio.Event()
        self.ended = anyio.Event()


records: defaultdict[str, Record] = defaultdict(Record)
behaviours: dict[str, Any] = {}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})
    else:
        await probe(WebSocket(scope, receive, send))


async def probe(websocket):
    _, name, identifier = websocket["path"].split("/")
    record = records[identifier]
    if name == "record":
        await websocket.accept()
        record.asked.set()
        await record.ended.wait()
        await websocket.send_json(record.said)
        await websocket.close()
        return
    try:
        await behaviours[name](websocket, record.said)
    except WebSocketDisconnect as disconnect:
        record.said["end"] = [disconnect.code, disconnect.reason]
        record.said["again"] = await try_again(websocket)
    except Exception as error:
        record.said["error"] = repr(error)
        raise
    except BaseException as error:
        record.said["cancelled"] = type(error).__name__
        raise
    finally:
        record.ended.set()


async def try_again(websocket):
    """What is raised by everything that is called after the peer has left."""
    outcomes = []
    for call in (websocket.receive_text, websocket.receive_bytes, lambda: websocket.send_text("")):
        try:
            await call()
        except Exception as error:  # noqa: BLE001 - its type is what is asked for
            outcomes.append([type(error).__name__, *error.args])
    await websocket.close()
    return outcomes


def record_of(websocket):
    return records[websocket["path"].split("/")[2]]


def behaviour(function):
    """Make a function known as the behaviour of its name."""
    behaviours[function.__name__] = function
    return function


@behaviour
async def echo(websocket, said):
    """Repeat what comes, of whichever kind."""
    await websocket.accept()
    while (message := await websocket.receive())["type"] == "websocket.receive":
        text, data = message.get("text"), message.get("bytes")
        await websocket.send(
            {"type": "websocket.send", **({"bytes": data} if text is None else {"text": text})}
        )
    await websocket.receive_text()  # which raises what an application sees


@behaviour
async def greet(websocket, said):
    """Accept with what the server may drop, tell what the server says of itself, and close."""
    subprotocol = next(iter(websocket.subprotocols), None)
    cookies = [("set-cookie", "a=1"), ("set-cookie", "b=2")]
    await websocket.accept(subprotocol, [("x-greeting", "hello"), *cookies])
    state = websocket.scope.get("state", {}).get("seen")
    await websocket.send_json({"state": state, "twice": websocket.headers.getlist("x-twice")})
    await websocket.close(4001, "bye")


@behaviour
async def deny(websocket, said):
    """Refuse with a response where the server knows how."""
    response = JSONResponse({"error": "no"}, status_code=401, headers={"x-denial": "yes"})
    try:
        await websocket.send_denial_response(response)
    except RuntimeError:
        await websocket.close()


@behaviour
async def refuse(websocket, said):
    await websocket.close()


@behaviour
async def protest(websocket, said):
    await websocket.accept()
    await websocket.close(1008)


@behaviour
async def leave(websocket, said):
    """Return without closing: what the client gets is the server's own choice."""
    await websocket.accept()


@behaviour
async def fail(websocket, said):
    """Raise: what the client gets is the server's own choice."""
    await websocket.accept()
    raise ValueError("meant to be raised")


@behaviour
async def push(websocket, said):
    """Send to a client that has left, without ever receiving, until somebody says so."""
    await websocket.accept()
    await websocket.send_text("leave now")
    with anyio.CancelScope() as sending:
        while True:
            await websocket.send_text("more")
            await anyio.sleep(0.001)
            if sending.deadline == math.inf and record_of(websocket).asked.is_set():
                sending.deadline = anyio.current_time() + 1  # from when it is sure to have left
    said["silent"] = True


@behaviour
async def flood(websocket, said):
    """Send to a client that does not read, until sending waits; then cancel what waits."""
    await websocket.accept()
    said["sent"] = 0
    over = anyio.Event()

    async def pour():
        while said["sent"] < ENOUGH:
            await websocket.send_bytes(CHUNK)
            said["sent"] += len(CHUNK)
        over.set()

    async with anyio.create_task_group() as tasks:
        sender = anyio.CancelScope()

        async def pour_until_cancelled():
            with sender:
                await pour()
            over.set()

        tasks.start_soon(pour_until_cancelled)
        before = -1
        while not over.is_set() and said["sent"] != before:
            before = said["sent"]
            with anyio.move_on_after(0.5):
                await over.wait()
        said["waits"] = not over.is_set()
        sender.cancel()
        with anyio.move_on_after(1):
            await over.wait()
        said["cancelled"] = over.is_set()
        record_of(websocket).ended.set()  # the rest takes the client


@behaviour
async def impatient(websocket, said):
    """Give up receiving again and again, and see whether messages get lost."""
    await websocket.accept()
    await websocket.receive_text()  # the others come with it
    said["received"] = []
    for _ in range(200):
        with anyio.CancelScope() as scope:
            scope.cancel()
            said["received"].append(await websocket.receive_text())
        await anyio.sleep(0.001)
    await record_of(websocket).asked.wait()
    with anyio.move_on_after(2):  # in vain on one server alone, where some are lost
        while len(said["received"]) < 100:
            said["received"].append(await websocket.receive_text())
    await websocket.close()


@behaviour
async def interrupt(websocket, said):
    """Close while another task is receiving."""
    await websocket.accept()

    listening = anyio.Event()

    async def listen():
        listening.set()
        try:
            await websocket.receive_text()
        except (WebSocketDisconnect, WebSocketStateError):
            pass  # that is how it may learn of it

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        await listening.wait()  # and then has a turn, in which the receiving begins
        await websocket.close(4001)


@behaviour
async def choir(websocket, said):
    """Let many tasks send at once."""
    await websocket.accept()

    async def sing(voice):
        for _ in range(20):
            await websocket.send_text(voice * 70_000)

    async with anyio.create_task_group() as tasks:
        for voice in "abcdefgh":
            tasks.start_soon(sing, voice)
    await websocket.receive_text()  # everything has come: a close might overtake it
    await websocket.close()
