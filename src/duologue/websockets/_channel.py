"""The channel of a WebSocket: the server's `receive` and `send`, and the phase.

The `WebSocket` is what users see of a connection, the `Channel` what the library needs of it: the
receive buffer, the denial response, the limits, the boundary of an application, graceful shutdown.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Protocol

from duologue import status
from duologue._asgi import protocol
from duologue._interop.servers import fit, tells_of_loss, text_reader, text_writer
from duologue._lazy import lazy_module
from duologue.exceptions import UnsupportedDataError, WebSocketDisconnect, WebSocketStateError
from duologue.types import Message, Receive, Scope, Send
from duologue.websockets.state import (
    ACCEPTING,
    ACCEPTING_AGAIN,
    ANSWERS,
    CLOSED,
    CLOSING,
    CONNECTING,
    DENYING,
    GONE,
    HANDSHAKE,
    OPEN,
    STARTING,
    UNACCEPTED,
    End,
    Phase,
    WebSocketState,
)

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    import anyio
    from anyio import lowlevel
else:
    anyio, lowlevel = lazy_module("anyio"), lazy_module("anyio.lowlevel")

_AWAITS_CONNECT, _UNSENT, _UNDER_WAY, _CUT_OFF, _FAILED = End


class Buffer(Protocol):
    """The methods of a receive buffer that a channel needs; it takes the place of the server."""

    @property
    def unread(self) -> bool:
        """Whether something can be received without waiting."""
        ...

    def open(
        self, channel: "Channel", buffer: int, buffer_bytes: int, full_seconds: float
    ) -> "AbstractAsyncContextManager[None]":
        """Open a block; see `WebSocket.until_closed`."""
        ...

    def leave(self) -> bool:
        """End the open blocks; return whether there were any whose body has begun."""
        ...

    def lose(self, code: int, reason: str) -> None:
        """Close the connection as if the client had disconnected, and receive nothing more."""

    def fail(self, error: Exception) -> None:
        """Raise an error of the server out of the blocks."""

    async def stop_reading(self) -> None:
        """Receive nothing more from the server."""

    def end(self, channel: "Channel") -> None:
        """Note that the connection has ended."""


class Channel:
    """Receives and sends for one WebSocket: each message is checked, and moves the phase.

    Args:
        scope: The scope of the connection.
        receive: The server's `receive`, if it is known.
        send: The server's `send`, if it is known.
        inner: Whether it uses the channel of another WebSocket, not the server.

    Attributes:
        scope: The scope of the connection at the place where the WebSocket is used.
        phase: The phase of the connection.
        raw_receive: Receives a message without any check: from the server, or out of the buffer.
        raw_send: Sends a message to the server without any check.
        text_reader: Reads a text from the server without a message, if the server can do that.
        text_writer: Writes a text to the server in the same way.
        receiving: Whether a task is waiting for `raw_receive`.
        inner: Whether it uses the channel of another WebSocket.
        buffer: The receive buffer, from the first `until_closed` on.
        force_close: Whether the library closes; to the endpoint, the client has disconnected.
        close_code: The code that the connection was closed with; see `WebSocket`.
        close_reason: The reason that came with it.
        end: From CLOSING on, how far the end has come.
    """

    # Slots, because each message reads some of these. What is called for each message is fetched
    # first, because Python 3.11 takes longer to call it in its slot.
    __slots__ = (
        "__weakref__",
        "_tried",
        "_unsent",
        "buffer",
        "close_code",
        "close_reason",
        "end",
        "force_close",
        "inner",
        "phase",
        "raw_receive",
        "raw_send",
        "receiving",
        "scope",
        "text_reader",
        "text_writer",
    )

    # These are there from CLOSING on.

    end: End

    _unsent: list[Message]
    """The messages with which the application closes or denies, and which are not sent yet."""

    _tried: "anyio.Event | None"
    """The event for other tasks that close while the end is being sent."""

    def __init__(
        self, scope: Scope, receive: Receive | None, send: Send | None, inner: bool
    ) -> None:
        self.scope = scope
        self.phase = CONNECTING
        self.raw_receive = receive or _cannot_receive
        self.raw_send = fit(send) if type(send) is partial else send or _cannot_send
        self.text_reader = text_reader(receive)
        self.text_writer = text_writer(send)
        self.receiving = False
        self.inner = inner
        self.buffer: Buffer | None = None
        self.force_close = False
        self.close_code: int | None = None
        self.close_reason: str | None = None

    # Receiving.

    async def receive_alone(self) -> Message:
        """Receive a message without any check but that no other task is receiving.

        `receive_data`, `Messages` and `send` have these lines once more: with a coroutine more for
        each message, an echo takes 15 % longer, and an accept 5 % (Python 3.11).

        Raises:
            WebSocketStateError: Another task is receiving.
        """
        if self.receiving:
            raise already_receiving()
        self.receiving = True
        try:
            return await self.raw_receive()
        finally:
            self.receiving = False

    async def receive(self) -> Message:
        """Receive a message, and follow it; see `WebSocket.receive`."""
        if self.phase.ended or self.phase.application is WebSocketState.RESPONSE:
            await self.until_tried()
            self._check_unread()
        return await self.listen()

    async def receive_data(self, kind: Literal["text", "bytes"]) -> Any:
        """Receive the payload of the next message, which is of this kind."""
        if self.phase is not OPEN:
            await self.until_tried()
            self._check_unread()
        if self.receiving:
            raise already_receiving()
        reader = self.text_reader
        if reader is not None and kind == "text" and (waiter := reader.wait_for_text()):
            self.receiving = True
            try:
                text = await waiter
            except BaseException:
                reader.give_back(waiter)
                raise
            finally:
                self.receiving = False
            if text is not None:
                return text
        self.receiving = True
        receive = self.raw_receive
        try:
            message = await receive()
        finally:
            self.receiving = False
        data = message.get(kind)
        if data is None:
            self.reject(message, kind)
        return data

    def receive_or_end(self) -> Awaitable[Message]:
        """Receive as `receive` does, for an application below that expects the ways of a server.

        After an end, a server returns `websocket.disconnect` at once, however often it is called.
        While a denial response is sent, it notices if the client disconnects.
        """
        if self.phase.ended and not self.has_unread():
            return self.tell_end()
        if self.phase.application is WebSocketState.RESPONSE:
            return self.listen()
        return self.receive()

    async def tell_end(self) -> Message:
        """Return the message with which a server reports the end of the connection."""
        await lowlevel.checkpoint()  # who asks again and again can be cancelled
        end = self.disconnect()
        return {"type": "websocket.disconnect", "code": end.code, "reason": end.reason}

    async def listen(self) -> Message:
        """Receive a message, and follow it, in any phase."""
        message = await self.receive_alone()
        self.follow(message)
        return message

    def has_unread(self) -> bool:
        """Whether the client has disconnected, and a message from before is still to be read."""
        return self.phase is GONE and self.buffer is not None and self.buffer.unread

    def _check_unread(self) -> None:
        if not self.has_unread():
            raise self.not_open()

    def follow(self, message: Message) -> None:
        """Bring the phase up to a message that has been received."""
        kind, phase = message.get("type"), self.phase
        if kind == "websocket.connect" and phase is CONNECTING:
            self.phase = HANDSHAKE
        elif kind == "websocket.disconnect":
            if not self._is_over():
                self._end(GONE, *protocol.read_disconnect(message, self.scope))
        elif phase is CONNECTING:
            raise RuntimeError(f'Expected ASGI message "websocket.connect", but got {kind!r}')
        elif phase is HANDSHAKE:
            raise RuntimeError(f'Expected ASGI message "websocket.disconnect", but got {kind!r}')
        elif kind != "websocket.receive":
            raise RuntimeError(
                'Expected ASGI message "websocket.receive" or "websocket.disconnect", '
                f"but got {kind!r}"
            )

    def reject(self, message: Message, kind: Literal["text", "bytes"]) -> NoReturn:
        """Raise what a message is that lacks the expected payload: the end, or the wrong kind."""
        self.follow(message)
        if message["type"] == "websocket.disconnect":
            raise self.disconnect()
        raise UnsupportedDataError(protocol.WRONG_KIND[kind])

    # Sending.

    async def send(self, message: Message) -> None:
        """Send a message after the checks, and move the phase; see `WebSocket.send`."""
        if self.phase is CONNECTING:
            if self.receiving:
                raise already_receiving()
            self.receiving = True
            receive = self.raw_receive
            try:
                connect = await receive()
            finally:
                self.receiving = False
            self.follow(connect)
        elif self.phase is CLOSING:
            await self.until_tried()
        message = self.advance(message)
        phase = self.phase
        if phase is CLOSING:
            await self.finish()
            return
        send = self.raw_send
        try:
            await send(message)
            if self.phase is phase:  # in the meantime, another task may have ended it
                self.phase = phase.then
        except Exception as error:  # noqa: BLE001 - `lose` raises what it is
            taken_before = phase.again and not isinstance(error, OSError | WebSocketDisconnect)
            if self.phase is phase and phase.then is not phase:
                self.phase = phase.then if taken_before else HANDSHAKE
            if not taken_before:
                self.lose(error)
        finally:
            if self.phase is phase:
                self.phase = phase.otherwise

    def advance(self, message: Message) -> Message:
        """Check a message that is about to be sent, and move to the phase that leads on from it.

        Returns:
            The message, fit for every server. A close or a denial is kept for `finish`.
        """
        kind, phase = message.get("type"), self.phase
        if kind not in phase.sendable:
            raise self.misplaced(kind)
        if kind == "websocket.accept":
            if message.get("subprotocol") is not None or message.get("headers"):
                message = {**message, "headers": list(message.get("headers") or ())}
                protocol.check_accept(message, self._subprotocols)
            self.phase = ACCEPTING if phase is HANDSHAKE else ACCEPTING_AGAIN
        elif phase is CLOSING:
            pass  # it has been sent already
        elif kind == "websocket.close":
            code, reason = message.get("code", 1000), message.get("reason")
            if phase is not HANDSHAKE:
                protocol.check_close(code, reason)
            elif not protocol.is_close(code, reason):  # the answer is a 403, and has neither
                code, reason = status.WS_1000_NORMAL_CLOSURE, ""
                message = {"type": kind, "code": code, "reason": reason}
            self.begin_end([message], code, reason or "")
        elif kind == "websocket.send":
            protocol.check_data(message)
        elif kind == "websocket.http.response.start":
            message = self.make_start(message)
            self.phase = STARTING
        else:
            body, more_body = message.get("body") or b"", bool(message.get("more_body"))
            if not isinstance(body, bytes):
                raise TypeError(
                    f"The body of a response is bytes, not {type(body).__name__}: encode it."
                )
            message = {**message, "body": body, "more_body": more_body}
            if not more_body:
                self.begin_end([message])
        return message

    @property
    def _subprotocols(self) -> Sequence[str]:
        return self.scope.get("subprotocols") or []

    def make_start(self, message: Message) -> Message:
        """Check the start of a denial response, and make it fit for every server."""
        self.require_denial_extension()
        message = {**message, "headers": list(message.get("headers") or ())}
        protocol.check_denial(message)
        message["headers"] = protocol.join_headers(message["headers"])
        return message

    def require_denial_extension(self) -> None:
        """Check that the server can send a denial response.

        Raises:
            RuntimeError: It cannot.
        """
        if not protocol.supports_denial(self.scope):
            raise RuntimeError(
                "The server doesn't support the Websocket Denial Response extension. "
                "Call close() instead: the server answers with a plain 403."
            )

    # The end.

    def begin_end(
        self, messages: list[Message], code: int | None = None, reason: str | None = None
    ) -> None:
        """Close the connection from this side, with these messages, which `finish` sends.

        Before an accept they deny the handshake: the client gets an HTTP response, and no code.
        """
        if self.phase in UNACCEPTED:
            code = reason = None
        self._unsent = messages
        self._tried = None
        self.end = _AWAITS_CONNECT if self.phase is CONNECTING else _UNSENT
        self.phase = CLOSING
        self.close_code = code
        self.close_reason = reason

    async def finish(self) -> None:
        """Send the rest of the messages that close or deny the connection.

        They are sent once, whichever tasks ask for it, and whichever of them are cancelled.
        """
        if self.end is _UNDER_WAY:
            await self.until_tried()
            if self.phase is not CLOSING:
                return
        end, self.end = self.end, _UNDER_WAY
        try:
            if end is _AWAITS_CONNECT:
                await self._await_connect()
                end = _UNSENT
            if self.buffer is not None:
                await self.buffer.stop_reading()
            taken_before, end = end is not _UNSENT, _CUT_OFF
            unsent, send = self._unsent, self.raw_send
            while unsent:
                try:
                    await send(unsent[0])
                except Exception as error:
                    if not taken_before:  # else it may have gone out, and is wanted once
                        raise
                    if isinstance(error, OSError | WebSocketDisconnect):
                        break
                del unsent[0]
            self.phase = CLOSED
        except Exception as error:  # noqa: BLE001 - `lose` raises what it is
            if end is _CUT_OFF:
                end = _FAILED
            self.lose(error, undelivered_end=True)
        finally:
            self.end = end
            if self._tried is not None:
                self._tried.set()
                self._tried = None
            if self.buffer is not None and end is not _AWAITS_CONNECT:
                self.buffer.end(self)

    async def _await_connect(self) -> None:
        """Receive the `websocket.connect` that comes before every answer to the handshake."""
        message = await self.receive_alone()
        self.phase = CONNECTING
        self.follow(message)
        if self.phase is GONE:
            raise self.disconnect()
        self.phase = CLOSING

    async def until_tried(self) -> None:
        """If another task is closing the connection, wait until it has, or was cut off.

        A send in the meantime is a mistake. If it raised at once, the other task might be
        cancelled, and some servers lose the close of a task that is cancelled.
        """
        while self.phase is CLOSING and self.end is _UNDER_WAY:
            if self._tried is None:
                self._tried = anyio.Event()
            await self._tried.wait()

    def leave_blocks(self) -> bool:
        """End each open `until_closed` block, but not the connection: the shutdown begins.

        Returns:
            Whether there was one whose body has begun.
        """
        return self.buffer is not None and self.buffer.leave()

    def lose(self, error: Exception, undelivered_end: bool = False) -> NoReturn:
        """Raise what an error of `raw_send` means: the client disconnected, or a bug.

        Each server reports in its own way that the client has disconnected, and a send after the
        end may fail in any way. Over another WebSocket, that one reports it, and any other error
        comes from the middleware between the two.

        Args:
            error: The error.
            undelivered_end: Whether the message was a close or a denial. If another task had ended
                the connection before, its end does not change.
        """
        over = not undelivered_end and self._is_over()
        if isinstance(error, WebSocketDisconnect):
            code, reason = error.code, error.reason
        elif not self.inner and (over or tells_of_loss(error)):
            code, reason = status.WS_1006_ABNORMAL_CLOSURE, ""  # RFC 6455 section 7.1.5
        else:
            raise error
        if not over:
            self._end(GONE, code, reason)
        disconnect = self.disconnect()
        if self.buffer is not None:
            self.buffer.end(self)
        raise disconnect from error

    def _end(self, phase: Phase, code: int | None, reason: str | None) -> None:
        self.phase = phase
        self.close_code = code
        self.close_reason = reason

    def _is_over(self) -> bool:
        """Whether the connection has ended, and the end was not cut off.

        A receive buffer reads nothing more after an end: it only reports the end.
        """
        if self.phase is CLOSING:
            return self.end is _UNDER_WAY or self.buffer is not None
        return self.phase.ended

    # Errors.

    def misplaced(self, kind: str | None) -> Exception:
        """Make the error for a message that cannot be sent in this phase."""
        sendable = self.phase.sendable
        if kind == "websocket.send" or self.phase.ended:
            return self.not_open()
        expected = " or ".join(f'"{name}"' for name in sendable)
        why = ""
        if self.phase.then is OPEN and kind in ANSWERS:
            why = ": the connection is already accepted. To end it, call close()."
        elif self.phase is DENYING:
            why = ": a denial response is under way. To finish it, call close()."
        return WebSocketStateError(f"Expected ASGI message {expected}, but got {kind!r}{why}")

    def not_open(self) -> Exception:
        """Make the error for a call that needs an open connection."""
        if self.raw_receive is _cannot_receive:
            return _made_without("receive")
        if self.raw_send is _cannot_send:
            return _made_without("send")
        if self.phase is GONE or (self.phase.ended and self.force_close):
            return self.disconnect()
        if self.phase.application is WebSocketState.CONNECTING:
            return WebSocketStateError('WebSocket is not connected. Need to call "accept" first.')
        return WebSocketStateError(
            "The application has already closed or denied this connection: nothing can be sent "
            "or received after that. Return instead, or check `websocket.connected` first."
        )

    def disconnect(self) -> WebSocketDisconnect:
        """Make the error for a client that has disconnected."""
        code = status.WS_1006_ABNORMAL_CLOSURE if self.close_code is None else self.close_code
        return WebSocketDisconnect(code, self.close_reason)


class HasChannel(Protocol):
    """An object with a channel: a WebSocket."""

    _channel: Channel


channel_of: Callable[[HasChannel], Channel] = attrgetter("_channel")
"""Return the channel of a WebSocket: the one way to it from outside of the class."""


def already_receiving() -> WebSocketStateError:
    """Make the error for a task that receives while another one does."""
    return WebSocketStateError(
        "Another task is already receiving from this WebSocket. Let one task receive, "
        "and hand its messages to the others."
    )


async def _cannot_receive() -> Message:
    raise _made_without("receive")


async def _cannot_send(message: Message) -> None:
    raise _made_without("send")


def _made_without(what: str) -> WebSocketStateError:
    return WebSocketStateError(
        f"This WebSocket was made without `{what}`, so it can only be read. "
        "To send and receive, make it with WebSocket(scope, receive, send)."
    )
