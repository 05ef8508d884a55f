"""The state of a connection: its phase, and what may be sent next.

The connection is always in one phase, and each call is allowed in some phases:

    CONNECTING ─ connect ─▶ HANDSHAKE ─ accept ──▶ OPEN ─ close ─▶ CLOSED
                                │                    │
                                ├─ denial ▶ DENYING ─┼─ body ────▶ CLOSED
                                └─ close ────────────┼───────────▶ CLOSED
                                client disconnects ──┴───────────▶ GONE

The phase changes when the message has been sent. Until then the connection is ACCEPTING, STARTING
or CLOSING. If the sending is cancelled, you can repeat an accept or close instead, and the next
call of `close()` sends a close.
"""

from enum import Enum, auto


class WebSocketState(Enum):
    """The state of one side of the connection."""

    CONNECTING = 0
    CONNECTED = 1
    DISCONNECTED = 2
    RESPONSE = 3


class Phase:
    """The phase of a connection.

    Args:
        client: The state of the client.
        application: The state of the application.
        sendable: The types of message that the application may send now (ASGI, "WebSocket
            Connection Scope").
        then: The phase after this one, when its message has been sent; by default there is none.
        otherwise: The phase after this one, when its sending was cancelled.
        again: Whether the message was sent before, and cut off. The server may have it: if it does
            not take another one, that is not an error, and the next phase has been reached.

    Attributes:
        ended: Whether the application can send nothing any more.
    """

    __slots__ = ("again", "application", "client", "ended", "otherwise", "sendable", "then")

    def __init__(
        self,
        client: WebSocketState,
        application: WebSocketState,
        sendable: tuple[str, ...] = (),
        *,
        then: "Phase | None" = None,
        otherwise: "Phase | None" = None,
        again: bool = False,
    ) -> None:
        self.client = client
        self.application = application
        self.sendable = sendable
        self.then = then or self
        self.otherwise = otherwise or self
        self.again = again
        self.ended = application is WebSocketState.DISCONNECTED


ANSWERS = ("websocket.accept", "websocket.close", "websocket.http.response.start")

CONNECTING = Phase(WebSocketState.CONNECTING, WebSocketState.CONNECTING, ANSWERS)
HANDSHAKE = Phase(WebSocketState.CONNECTED, WebSocketState.CONNECTING, ANSWERS)
UNANSWERED = (CONNECTING, HANDSHAKE)
"""The phases in which the handshake has no answer, and none is under way."""
OPEN = Phase(
    WebSocketState.CONNECTED, WebSocketState.CONNECTED, ("websocket.send", "websocket.close")
)
HALF_ACCEPTED = Phase(
    WebSocketState.CONNECTED, WebSocketState.CONNECTING, ("websocket.accept", "websocket.close")
)
ACCEPTING = Phase(
    WebSocketState.CONNECTED,
    WebSocketState.CONNECTING,
    ("websocket.close",),
    then=OPEN,
    otherwise=HALF_ACCEPTED,
)
ACCEPTING_AGAIN = Phase(
    WebSocketState.CONNECTED,
    WebSocketState.CONNECTING,
    ("websocket.close",),
    then=OPEN,
    otherwise=HALF_ACCEPTED,
    again=True,
)
DENYING = Phase(
    WebSocketState.CONNECTED, WebSocketState.RESPONSE, ("websocket.http.response.body",)
)
STARTING = Phase(
    WebSocketState.CONNECTED,
    WebSocketState.RESPONSE,
    ("websocket.close",),
    then=DENYING,
    otherwise=HANDSHAKE,
)
UNACCEPTED = (*UNANSWERED, STARTING)
"""The phases in which the client is not accepted, so that a close denies it with a plain 403."""
CLOSED = Phase(WebSocketState.CONNECTED, WebSocketState.DISCONNECTED)
CLOSING = Phase(
    WebSocketState.CONNECTED,
    WebSocketState.DISCONNECTED,
    ("websocket.close", "websocket.http.response.body"),
    then=CLOSED,
)
GONE = Phase(WebSocketState.DISCONNECTED, WebSocketState.DISCONNECTED)


class End(Enum):
    """How far this side has come with closing the connection, once it is CLOSING."""

    AWAITS_CONNECT = auto()
    """The client's `websocket.connect` has to come first."""

    UNSENT = auto()
    """Nothing has been sent."""

    UNDER_WAY = auto()
    """A task is sending."""

    CUT_OFF = auto()
    """One was cancelled while it was sending, so the server may have taken what it sent."""

    FAILED = auto()
    """There was an error that does not say that the client has disconnected."""
