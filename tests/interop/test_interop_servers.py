import ssl
from functools import partial

import pytest

from duologue._interop.servers import fit, streams_denials, tells_of_loss
from duologue.websockets import WebSocket


class ServerError(OSError):
    """As ASGI asks servers to have one."""


class EitherError(ServerError, RuntimeError):
    """As gunicorn has it."""


@pytest.mark.parametrize(
    "error",
    [
        OSError("gone"),
        ServerError(),
        EitherError("WebSocket closed"),
        ConnectionResetError(104, "Connection reset by peer"),
        BrokenPipeError("gone"),
        RuntimeError("Unexpected ASGI message 'websocket.send', after sending 'websocket.close'."),
        RuntimeError("ASGI transport closed"),
        RuntimeError("ASGI flow error: Transport not initialized or closed"),
        RuntimeError("unable to perform operation on <TCPTransport closed=True>; it is closed"),
    ],
    ids=repr,
)
def test_what_tells_that_the_client_has_left(error):
    assert tells_of_loss(error)


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        FileNotFoundError("notes.txt"),
        PermissionError(13, "Permission denied"),
        TimeoutError(),
        ssl.SSLError(1, "a certificate"),
        RuntimeError("dictionary changed size during iteration"),
        RecursionError("Unexpected ASGI message "),
        NotImplementedError(),
        ValueError("ASGI transport closed"),
    ],
    ids=repr,
)
def test_what_is_a_failure(error):
    assert not tells_of_loss(error)


# daphne, which takes few close codes


class Connection:
    """A connection of daphne, as far as it is used here."""

    STATE_CONNECTING, STATE_OPEN = 1, 3
    closeHandshakeTimeout = 1  # noqa: N815 - the names are daphne's

    def __init__(self, state):
        self.state = state
        self.sent = []

    def sendCloseFrame(self, code, reasonUtf8):  # noqa: N802, N803
        self.sent.append((code, reasonUtf8, self.closeHandshakeTimeout))


async def handle(connection, message):
    connection.sent.append(message)


async def test_a_close_of_any_code_reaches_the_connection_itself_and_has_time_to_be_heard():
    connection = Connection(Connection.STATE_OPEN)
    send = fit(partial(handle, connection))
    await send({"type": "websocket.send", "text": "bye"})
    await send({"type": "websocket.close", "code": 1008, "reason": "é"})
    await send({"type": "websocket.close"})
    assert connection.sent == [
        {"type": "websocket.send", "text": "bye"},
        (1008, "é".encode(), 10),
        (1000, None, 10),
    ]


async def test_a_close_before_accepting_is_left_to_the_server():
    connection = Connection(Connection.STATE_CONNECTING)
    close = {"type": "websocket.close", "code": 1008, "reason": ""}
    await fit(partial(handle, connection))(close)
    assert connection.sent == [close]


@pytest.mark.parametrize("send", [handle, partial(handle), partial(handle, object())])
def test_what_is_not_daphnes_stays_what_it_is(send):
    assert fit(send) is send


async def test_a_websocket_over_daphne_says_why_it_ends():
    connection = Connection(Connection.STATE_OPEN)

    async def receive():
        return {"type": "websocket.connect"}

    websocket = WebSocket({"type": "websocket"}, receive, partial(handle, connection))
    await websocket.accept()
    await websocket.close(1012, "See you")
    assert connection.sent[1:] == [(1012, b"See you", 10)]


def test_a_send_of_a_server_that_streams_denials_is_known_by_its_module():
    def send(message):
        """Do nothing."""

    assert not streams_denials(send)
    send.__module__ = "hypercorn.protocol.ws_stream"
    assert streams_denials(send)
    assert not streams_denials(object())
