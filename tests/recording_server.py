"""What the tests of WebSocket share: a server that records, and all ways to send and to receive."""

from collections import deque

import anyio
import anyio.lowlevel
import pytest
from patience import MOMENT

from duologue.websockets import WebSocket, WebSocketDisconnect, WebSocketState

CONNECT = {"type": "websocket.connect"}
CLOSE = {"type": "websocket.close", "code": 1000, "reason": ""}
ACCEPT = {"type": "websocket.accept", "subprotocol": None, "headers": []}
DENIAL = {"extensions": {"websocket.http.response": {}}}
UVICORN = {"asgi": {"version": "3.0", "spec_version": "2.4"}, **DENIAL}

LOSSES = [
    OSError("gone"),
    BrokenPipeError(32, "Broken pipe"),
    RuntimeError("Unexpected ASGI message 'websocket.send', after sending 'websocket.close'."),
]
"""What servers raise where the client has left."""

NOT_ACCEPTED = 'WebSocket is not connected. Need to call "accept" first.'
ENDED = (
    "The application has already closed or denied this connection: nothing can be sent or received "
    "after that. Return instead, or check `websocket.connected` first."
)
ALREADY_RECEIVING = (
    "Another task is already receiving from this WebSocket. Let one task receive, and hand its "
    "messages to the others."
)
WITHOUT_RECEIVE = (
    "This WebSocket was made without `receive`, so it can only be read. To send and receive, make "
    "it with WebSocket(scope, receive, send)."
)
WITHOUT_SEND = WITHOUT_RECEIVE.replace("`receive`", "`send`")
SENDERS = [
    lambda websocket: websocket.send_text("hello"),
    lambda websocket: websocket.send_bytes(b"hello"),
    lambda websocket: websocket.send_json("hello"),
    lambda websocket: websocket.send_json("hello", mode="binary"),
    lambda websocket: websocket.send({"type": "websocket.send", "text": "hello"}),
]
RECEIVERS = [
    lambda websocket: websocket.receive_text(),
    lambda websocket: websocket.receive_bytes(),
    lambda websocket: websocket.receive_json(),
    lambda websocket: websocket.receive_json(mode="binary"),
]
ITERATORS = [
    lambda websocket: websocket.iter_text(),
    lambda websocket: websocket.iter_bytes(),
    lambda websocket: websocket.iter_json(),
    lambda websocket: websocket.iter_json(mode="binary"),
]


def make_scope(**keys):
    """Make a scope with the keys that ASGI requires, and those that are given."""
    return {"type": "websocket", "path": "/", "headers": [], **keys}


def said_text(data):
    return {"type": "websocket.receive", "text": data}


def said_bytes(data):
    return {"type": "websocket.receive", "bytes": data}


def left(**keys):
    return {"type": "websocket.disconnect", **keys}


class RecordingServer:
    def __init__(self, *messages):
        self.messages = deque([CONNECT, *messages])
        self.sent = []
        self.error = None
        self.changed = anyio.Event()

    def say(self, *messages):
        self.messages.extend(messages)
        self.changed.set()
        self.changed = anyio.Event()

    async def receive(self):
        with anyio.fail_after(MOMENT):
            while not self.messages:
                await self.changed.wait()
        return self.messages.popleft()

    async def send(self, message):
        await anyio.lowlevel.checkpoint()
        if self.error is not None:
            raise self.error
        self.sent.append(message)


def new_websocket(*messages, **keys):
    """Make a WebSocket with its server, whose client says these messages."""
    server = RecordingServer(*messages)
    return WebSocket(make_scope(**keys), server.receive, server.send), server


async def open_websocket(*messages, **keys):
    """Make a WebSocket with its server, accept it, and forget that."""
    websocket, server = new_websocket(*messages, **keys)
    await websocket.accept()
    assert server.sent == [ACCEPT]
    server.sent.clear()
    return websocket, server


async def check_gone(websocket, code, reason):
    """Check that the peer is gone for every helper, in the same way each time."""
    for helper in [*SENDERS, *RECEIVERS, lambda websocket: websocket.receive()]:
        with pytest.raises(WebSocketDisconnect) as raised:
            await helper(websocket)
        assert (raised.value.code, raised.value.reason) == (code, reason)
    for iterate in ITERATORS:
        assert [message async for message in iterate(websocket)] == []
    await websocket.close()
    assert (websocket.close_code, websocket.close_reason) == (code, reason)
    assert not websocket.connected
    assert websocket.client_state is WebSocketState.DISCONNECTED
    assert websocket.application_state is WebSocketState.DISCONNECTED
