"""The state of a conversation: how far it has come, and what may be said next.

The conversation is always in one phase, and each call says in which phase it may happen:

    CONNECTING ─ connect ─▶ HANDSHAKE ─ accept ──▶ OPEN ─ close ─▶ CLOSED
                                │                    │
                                ├─ denial ▶ DENYING ─┼─ body ────▶ CLOSED
                                └─ close ────────────┼───────────▶ CLOSED
                                   the peer leaves ──┴───────────▶ GONE

A step is taken when its message is out. Until then the conversation is ACCEPTING, STARTING or
CLOSING; where the sending is cut off, an accept can be repeated or turned into a close, and a close
goes out with the next call of `close()`.
"""

from enum import Enum
from typing import TYPE_CHECKING, Literal, NoReturn

from duologue import status
from duologue._asgi import protocol
from duologue.connection import Connection
from duologue.exceptions import UnsupportedDataError, WebSocketDisconnect, WebSocketStateError
from duologue.types import Message, Scope

if TYPE_CHECKING:
    from anyio import Event


class WebSocketState(Enum):
    """How far one side of the conversation has come."""

    CONNECTING = 0
    CONNECTED = 1
    DISCONNECTED = 2
    RESPONSE = 3


class Phase:
    """Where the conversation stands.

    Args:
        client: How far the client has come.
        application: How far the application has come.
        sendable: The types of message that the application may send now (ASGI, "WebSocket
            Connection Scope").
        then: The phase after this one, when the message that leads there is out; by default there
            is none to wait for.
        otherwise: The phase after this one, when its sending was cancelled.

    Attributes:
        ended: Whether the application has nothing to say any more.
    """

    __slots__ = ("application", "client", "ended", "otherwise", "sendable", "then")

    def __init__(
        self,
        client: WebSocketState,
        application: WebSocketState,
        sendable: tuple[str, ...] = (),
        *,
        then: "Phase | None" = None,
        otherwise: "Phase | None" = None,
    ) -> None:
        self.client = client
        self.application = application
        self.sendable = sendable
        self.then = then or self
        self.otherwise = otherwise or self
        self.ended = application is WebSocketState.DISCONNECTED


_ANSWERS = ("websocket.accept", "websocket.close", "websocket.http.response.start")

CONNECTING = Phase(WebSocketState.CONNECTING, WebSocketState.CONNECTING, _ANSWERS)
HANDSHAKE = Phase(WebSocketState.CONNECTED, WebSocketState.CONNECTING, _ANSWERS)
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
CLOSED = Phase(WebSocketState.CONNECTED, WebSocketState.DISCONNECTED)
CLOSING = Phase(
    WebSocketState.CONNECTED,
    WebSocketState.DISCONNECTED,
    ("websocket.close", "websocket.http.response.body"),
    then=CLOSED,
)
GONE = Phase(WebSocketState.DISCONNECTED, WebSocketState.DISCONNECTED)


class Conversation(Connection):
    """A connection whose messages are followed: each is checked, and moves the phase.

    It does no input or output of its own.

    Args:
        scope: The scope of a connection of type `websocket`.

    Raises:
        ValueError: The scope is of another type.
    """

    # Slots, because each message reads some of these.
    __slots__ = (
        "_dismissed",
        "_end_cut_off",
        "_end_failed",
        "_end_tried",
        "_end_under_way",
        "_end_waits",
        "_phase",
        "_unsent",
        "close_code",
        "close_reason",
    )

    # These are there from CLOSING on.

    _unsent: list[Message]
    """The messages with which the application ends the conversation, and which are not out yet."""

    _end_under_way: bool
    """Whether a task is sending them."""

    _end_cut_off: bool
    """Whether one has tried, so that the server may have taken the first of them."""

    _end_failed: bool
    """Whether one has tried, and there was an error that does not say that the peer has left."""

    _end_waits: bool
    """Whether the client's `websocket.connect` has to come first."""

    _end_tried: "Event | None"
    """What another task waits for that asks for the end meanwhile."""

    close_code: int | None
    """The code the conversation ended with, whoever ended it; `None` while it has not.

    A denial is an HTTP response and has no close code: there it stays `None`.
    """

    close_reason: str | None
    """The reason that came with the code, empty where none was given; `None` without a code."""

    def __init__(self, scope: Scope) -> None:
        if scope.get("type") != "websocket":
            raise ValueError(
                f'A WebSocket needs a scope of type "websocket", not {scope.get("type")!r}. '
                'Look at scope["type"] before you make one.'
            )
        Connection.__init__(self, scope)  # see `WebSocket`: faster than `super()`
        self._phase = CONNECTING
        self._dismissed = False  # whether the application closes it, over the endpoint's head
        self.close_code = None
        self.close_reason = None

    @property
    def connected(self) -> bool:
        """Whether messages may be sent: accepted, not closed, and the peer not known to be gone."""
        return self._phase is OPEN

    @property
    def client_state(self) -> WebSocketState:
        """How far the client has come, as far as the application has heard of it."""
        return self._phase.client

    @property
    def application_state(self) -> WebSocketState:
        """How far the application has come."""
        return self._phase.application

    def _follow(self, message: Message) -> None:
        """Bring the phase up to a message that has been received."""
        kind = message.get("type")
        if kind == "websocket.disconnect":
            if not self._is_over():
                self._end(GONE, *protocol.read_disconnect(message, self.scope))
        elif self._phase is CONNECTING:
            if kind != "websocket.connect":
                raise RuntimeError(f'Expected ASGI message "websocket.connect", but got {kind!r}')
            self._phase = HANDSHAKE
        elif self._phase is HANDSHAKE:
            raise RuntimeError(f'Expected ASGI message "websocket.disconnect", but got {kind!r}')
        elif kind != "websocket.receive":
            raise RuntimeError(
                'Expected ASGI message "websocket.receive" or "websocket.disconnect", '
                f"but got {kind!r}"
            )

    def _refuse(self, message: Message, kind: Literal["text", "bytes"]) -> NoReturn:
        """Raise what a message is that lacks the expected payload: the end, or the wrong kind."""
        self._follow(message)
        if message["type"] == "websocket.disconnect":
            raise self._disconnect()
        raise UnsupportedDataError(protocol.WRONG_KIND[kind])

    def _advance(self, message: Message) -> Message:
        """Check a message that is about to be sent, and move to the phase that leads on from it.

        Returns:
            The message, fit for every server. What ends the conversation is left in `_unsent`.
        """
        kind = message.get("type")
        if kind not in self._phase.sendable:
            raise self._refusal(kind)
        if kind == "websocket.accept":
            if message.get("subprotocol") is not None or message.get("headers"):
                message = {**message, "headers": list(message.get("headers") or ())}
                protocol.check_accept(message, self.subprotocols)
            self._phase = ACCEPTING if self._phase is HANDSHAKE else ACCEPTING_AGAIN
        elif self._phase is CLOSING:
            pass  # it has been said already
        elif kind == "websocket.close":
            code, reason = message.get("code", 1000), message.get("reason")
            if self._phase is not HANDSHAKE:
                protocol.check_close(code, reason)
            elif not protocol.is_close(code, reason):  # the answer is a 403, and has neither
                code, reason = status.WS_1000_NORMAL_CLOSURE, ""
                message = {"type": kind, "code": code, "reason": reason}
            self._begin_end([message], code, reason or "")
        elif kind == "websocket.send":
            protocol.check_data(message)
        elif kind == "websocket.http.response.start":
            message = self._make_start(message)
            self._phase = STARTING
        else:
            body, more_body = message.get("body") or b"", bool(message.get("more_body"))
            if not isinstance(body, bytes):
                raise TypeError(
                    f"The body of a response is bytes, not {type(body).__name__}: encode it."
                )
            message = {**message, "body": body, "more_body": more_body}
            if not more_body:
                self._begin_end([message])
        return message

    def _make_start(self, message: Message) -> Message:
        """Check the start of a denial, and make it fit for every server."""
        self._require_denial_extension()
        message = {**message, "headers": list(message.get("headers") or ())}
        protocol.check_denial(message)
        message["headers"] = protocol.join_headers(message["headers"])
        return message

    def _begin_end(
        self, messages: list[Message], code: int | None = None, reason: str | None = None
    ) -> None:
        """End the conversation from this side: by these messages, which are still to be sent."""
        self._unsent = messages
        self._end_under_way = self._end_cut_off = self._end_failed = False
        self._end_waits = self._phase is CONNECTING
        self._end_tried = None
        self._phase = CLOSING
        self.close_code = code
        self.close_reason = reason

    def _refusal(self, kind: str | None) -> Exception:
        """Make the error for a message that cannot be sent in this phase."""
        sendable = self._phase.sendable
        if kind == "websocket.send" or self._phase.ended:
            return self._not_open()
        expected = " or ".join(f'"{name}"' for name in sendable)
        why = ""
        if self._phase.then is OPEN and kind in _ANSWERS:
            why = ": the connection is already accepted. To end it, call close()."
        elif self._phase is DENYING:
            why = ": a denial response is under way. To finish it, call close()."
        return WebSocketStateError(f"Expected ASGI message {expected}, but got {kind!r}{why}")

    def _require_denial_extension(self) -> None:
        if not protocol.supports_denial(self.scope):
            raise RuntimeError(
                "The server doesn't support the Websocket Denial Response extension. "
                "Call close() instead: the server answers with a plain 403."
            )

    def _not_open(self) -> Exception:
        """Make the error for what can only be done in an open conversation."""
        if self._phase is GONE or (self._phase.ended and self._dismissed):
            return self._disconnect()
        if self._phase.application is WebSocketState.CONNECTING:
            return WebSocketStateError('WebSocket is not connected. Need to call "accept" first.')
        return WebSocketStateError(
            "The application has already ended this conversation, with close() or a denial: "
            "nothing can be sent or received after that. Return instead, "
            "or ask `websocket.connected` first."
        )

    def _end(self, phase: Phase, code: int | None, reason: str | None) -> None:
        self._phase = phase
        self.close_code = code
        self.close_reason = reason

    def _is_over(self) -> bool:
        """Whether it has ended, by an end that was not cut off: what comes now comes too late."""
        return self._phase.ended and (self._phase is not CLOSING or self._end_under_way)

    def _lost(
        self,
        undelivered_end: bool,
        code: int = status.WS_1006_ABNORMAL_CLOSURE,
        reason: str = "",
    ) -> WebSocketDisconnect:
        """Take the connection for lost, because a message could not be sent.

        Where it had ended before, through another task, it stays as it ended.

        Args:
            undelivered_end: Whether the message was to end the conversation.
            code: By default that of a lost connection (RFC 6455 section 7.1.5).
            reason: The reason that belongs to the code.
        """
        if undelivered_end or not self._is_over():
            self._end(GONE, code, reason)
        return self._disconnect()

    def _disconnect(self) -> WebSocketDisconnect:
        code = status.WS_1006_ABNORMAL_CLOSURE if self.close_code is None else self.close_code
        return WebSocketDisconnect(code, self.close_reason)
