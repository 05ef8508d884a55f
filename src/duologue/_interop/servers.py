"""Servers that depart from ASGI: which ones, in which way, and what is done about it."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import MethodType
from typing import TYPE_CHECKING, Any, Protocol, cast

from duologue.types import Message, Scope, Send

if TYPE_CHECKING:
    from asyncio import Future

# What begins a `RuntimeError` of a `send` that comes too late. ASGI says `OSError`.
_TOO_LATE = (
    "Unexpected ASGI message ",  # uvicorn with the legacy `websockets`
    "ASGI transport ",  # granian
    "ASGI flow ",
    "unable to perform operation on <",  # uvloop, whose transport is closed
)


def tells_of_loss(error: Exception) -> bool:
    """Return whether an error of the server's `send` says that the client has disconnected.

    That is an `OSError` of the server's own, or one of the operating system about the connection
    (ASGI, "Send - send event"), and the words in which some servers say it instead. Every other
    error is a failure.
    """
    if isinstance(error, ConnectionError):
        return True
    kind = type(error)
    if isinstance(error, OSError):  # that of a file has a number, or a class that Python has for it
        return error.errno is None and (kind is OSError or kind.__module__ != "builtins")
    return kind is RuntimeError and str(error).startswith(_TOO_LATE)


def fit(send: Send) -> Send:
    """Let a server's `send` take every close code and reason that a close frame may carry.

    daphne takes 1000 and 3000-4999 only, drops the reason, and raises for another code, which ends
    as 1011. But its `send` has the connection with it, whose own method sends whatever it is told.
    And it gives a client hardly any time to receive it: see `_CLOSING_SECONDS`. The `send` of
    another server is returned as it is.
    """
    given: Any = send
    connection: Any = next(iter(given.args), None) if isinstance(given, partial) else None
    if not hasattr(connection, "sendCloseFrame"):
        return send

    def fitted(message: Message) -> Awaitable[None]:
        if message["type"] == "websocket.close" and connection.state == connection.STATE_OPEN:
            return _close(connection, message)
        return send(message)

    return fitted


# How long a client may take to answer a close. daphne says one second, and its timers end at full
# seconds of the clock (`txaio._common._BatchedTimer`): so it may be a thousandth of that. Then it
# cuts the connection, and what the client has not taken is lost, the close frame with it.
_CLOSING_SECONDS = 10


async def _close(connection: Any, message: Message) -> None:
    reason: str = message.get("reason") or ""
    connection.closeHandshakeTimeout = _CLOSING_SECONDS  # of this one, not of them all
    connection.sendCloseFrame(code=message.get("code", 1000), reasonUtf8=reason.encode() or None)


def gives_every_reason(scope: Scope, denies: bool) -> bool:
    """Return whether a `websocket.disconnect` without a reason is a lost connection.

    uvicorn says 1005 for a lost connection as well as for a close frame without a code, but it
    gives a reason, if an empty one, with every close frame. It is told from the servers that leave
    out empty reasons by its version of the specification and its extension.

    Args:
        scope: The scope that the server made.
        denies: Whether the server has the Websocket Denial Response extension.
    """
    asgi: Mapping[str, Any] = scope.get("asgi") or {}
    return denies and asgi.get("spec_version") == "2.4"


def streams_denials(send: object) -> bool:
    """Return whether the server of `send` sends each part of a denial response at once.

    Others lose all parts but one, or keep them all, or are not known. Their scopes look the same.
    """
    return getattr(send, "__module__", None) in _STREAMS


_OURS = "duologue.uvicorn._protocol"
_OUR_BUFFER = "duologue.uvicorn._receive_buffer"
_STREAMS = {
    "anycorn.protocol.ws_stream",
    _OURS,
    "hypercorn.protocol.ws_stream",
    "uvicorn.protocols.websockets.wsproto_impl",
}


class TextWriter(Protocol):
    """A connection of our own protocol, as `send_text` needs it.

    Attributes:
        write_text: Writes a text message, while that is possible at once.
    """

    write_text: Callable[[str], None] | None


class TextReader(Protocol):
    """The receive buffer of our own protocol, as `receive_text` needs it."""

    def wait_for_text(self) -> "Future[str | None] | None":
        """Return a future for the next text, if that is possible without `receive`."""
        ...

    def give_back(self, waiter: "Future[str | None]") -> None:
        """Give back a future whose task was cancelled."""
        ...


def text_writer(send: object) -> TextWriter | None:
    """Return the connection that `send` belongs to, if it writes a text without a coroutine.

    Only our own protocol does, and only without a wrapper: a middleware that wraps its `send`, or a
    derived class with its own `send`, has to see each message.
    """
    if isinstance(send, MethodType) and send.__module__ == _OURS:
        return cast("TextWriter", send.__self__)
    return None


def text_reader(receive: object) -> TextReader | None:
    """Return the object of `receive`, in the same way, if it reads a text without a coroutine."""
    if isinstance(receive, MethodType) and receive.__module__ == _OUR_BUFFER:
        return cast("TextReader", receive.__self__)
    return None
