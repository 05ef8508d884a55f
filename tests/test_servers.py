import ssl

import pytest

from duologue.servers import tells_of_loss


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
