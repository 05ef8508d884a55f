"""The class `WebSocket`: accept, receive, send and close one connection."""

# The iterator over the messages is a part of the WebSocket, and uses it from the inside.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from duologue._asgi import protocol
from duologue._codec import codec_of, kind_of
from duologue._interop.servers import fit, streams_denials, tells_of_loss
from duologue.connection import Connection
from duologue.exceptions import WebSocketDisconnect, WebSocketStateError
from duologue.types import ASGIApp, Message, Receive, Scope, Send
from duologue.websockets._record import MADE_KEY
from duologue.websockets.state import (
    ACCEPTING_AGAIN,
    CLOSED,
    CLOSING,
    CONNECTING,
    DENYING,
    GONE,
    HANDSHAKE,
    OPEN,
    Conversation,
    WebSocketState,
)

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from duologue._asgi.protocol import HeaderInput
    from duologue.websockets._receive_buffer import Inbox
    from duologue.websockets._record import Layers

# What may say that nothing can be sent any more; `_lose` looks more closely.
_LOSSES = (OSError, RuntimeError, WebSocketDisconnect)


_is_ascii = str.isascii


class WebSocket(Conversation):
    """One WebSocket connection: what is known of it, and the conversation it holds.

    It stands on any ASGI server, with nothing else around it:

        async def app(scope, receive, send):
            websocket = WebSocket(scope, receive, send)
            await websocket.accept()
            await websocket.send_text("Hello!")
            await websocket.close()

    Args:
        scope: The scope of a connection of type `websocket`.
        receive: The server's `receive`. Without it the scope can be read, and no more.
        send: The server's `send`; likewise.

    Raises:
        ValueError: The scope is of another type.
    """

    __slots__ = ("_inbox", "_inner", "_receive", "_receiving", "_send")

    def __init__(
        self, scope: Scope, receive: Receive | None = None, send: Send | None = None
    ) -> None:
        Conversation.__init__(self, scope)  # `super()` would take a tenth of a microsecond
        self._receive = receive or _cannot_receive
        self._send = fit(send) if type(send) is partial else send or _cannot_send
        self._receiving = False
        self._inner = MADE_KEY in scope  # whether it stands on another one, not on the server
        self._inbox: Inbox | None = None  # from the first `until_closed` on

    @classmethod
    def of(cls, scope: Scope, receive: Receive, send: Send) -> "WebSocket":
        """Return the WebSocket that `receive` and `send` belong to, or make one over them.

        An application makes a WebSocket and passes its `receive` and `send` on. Where they arrive
        unchanged further in, that WebSocket is returned, and reads from `scope` from now on: there
        is one object, and each message is checked once. Where something between has wrapped one of
        them, one is made over both, and returned whenever the same two come again.

        Args:
            scope: The scope of the connection, perhaps with more in it than the WebSocket knows.
            receive: The `receive` that came with it.
            send: The `send` that came with it.

        Raises:
            ValueError: The scope is of another type than `websocket`.
        """
        owner = getattr(receive, "__self__", None)
        if (
            isinstance(owner, cls)
            and (receive == owner._receive_or_end or receive == owner.receive)
            and send == owner.send
        ):
            if owner.scope is not scope:
                Connection.__init__(owner, scope)  # what was read from the other scope is forgotten
            return owner
        layers: Layers[Any] | None = scope.get(MADE_KEY)
        found = layers.find(receive, send) if layers is not None else None
        if isinstance(found, cls):
            if found.scope is not scope:
                Connection.__init__(found, scope)
            return found
        websocket = cls(scope, receive, send)
        if layers is not None:
            layers.append((websocket, receive, send))
        return websocket

    async def accept(self, subprotocol: str | None = None, headers: "HeaderInput" = None) -> None:
        """Accept the connection: the handshake succeeds, and both sides may speak.

        Args:
            subprotocol: One of those that the client offers, or `None` for none of them
                (RFC 6455 section 4.2.2).
            headers: Further headers of the handshake response: a mapping, or pairs.

        Raises:
            WebSocketDisconnect: The client has gone meanwhile.
            WebSocketStateError: The connection is already accepted, closed or denied.
            ValueError: The subprotocol was not offered, or a header is not allowed. Nothing has
                been sent.
            TypeError: An argument has the wrong type. Nothing has been sent.

        Cancelling it leaves open whether the client was accepted: call it again, or `close`.
        """
        await self.send(
            {
                "type": "websocket.accept",
                "subprotocol": subprotocol,
                "headers": protocol.encode_headers(headers) if headers else [],
            }
        )

    async def receive_text(self) -> str:
        """Receive the next message, a text.

        Returns:
            The text, perhaps empty.

        Raises:
            WebSocketDisconnect: The peer has left.
            UnsupportedDataError: The message is binary. The conversation goes on.
            WebSocketStateError: The connection is not accepted, or was closed by this side, or
                another task is receiving.

        Cancelling it is safe inside `until_closed()`: no message is lost. Elsewhere that depends on
        the server.
        """
        text: str = await self._receive_data("text")
        return text

    async def receive_bytes(self) -> bytes:
        """Receive the next message, a binary one.

        Returns:
            The bytes, perhaps none.

        Raises:
            WebSocketDisconnect: The peer has left.
            UnsupportedDataError: The message is text. The conversation goes on.
            WebSocketStateError: The connection is not accepted, or was closed by this side, or
                another task is receiving.

        Cancelling it is safe inside `until_closed()`: no message is lost. Elsewhere that depends on
        the server.
        """
        data: bytes = await self._receive_data("bytes")
        return data

    async def receive_json(self, mode: Literal["text", "binary"] = "text") -> Any:
        """Receive the next message and read it as JSON.

        Args:
            mode: The kind of frame that carries it.

        Returns:
            What the JSON says: a dict, a list, a str, an int, a float, a bool or None.

        Raises:
            InvalidPayloadError: The message is no JSON. It is a `ValueError` too, and the
                conversation goes on.
            WebSocketDisconnect: The peer has left.
            UnsupportedDataError: The message is of the other kind. The conversation goes on.
            WebSocketStateError: The connection is not accepted, or was closed by this side, or
                another task is receiving.
            RuntimeError: The mode is neither "text" nor "binary".

        Cancelling it is safe inside `until_closed()`: no message is lost. Elsewhere that depends on
        the server.
        """
        data = await self._receive_data(kind_of(mode))
        return codec_of(self.scope).read(data)

    def iter_text(self) -> AsyncIterator[str]:
        """Iterate over the messages, all of them texts, until the conversation ends.

        It raises nothing when the peer leaves: the loop is over, and `close_code` tells how.
        Otherwise it raises what `receive_text` raises.
        """
        return _Messages(self, "text")

    def iter_bytes(self) -> AsyncIterator[bytes]:
        """Iterate over the messages, all of them binary, until the conversation ends.

        It raises nothing when the peer leaves: the loop is over, and `close_code` tells how.
        Otherwise it raises what `receive_bytes` raises.
        """
        return _Messages(self, "bytes")

    def iter_json(self, mode: Literal["text", "binary"] = "text") -> AsyncIterator[Any]:
        """Iterate over the messages, all of them JSON, until the conversation ends.

        It raises nothing when the peer leaves: the loop is over, and `close_code` tells how.
        Otherwise it raises what `receive_json` raises.

        Args:
            mode: The kind of frame that carries them.
        """
        return _Messages(self, kind_of(mode), codec_of(self.scope).read)

    def until_closed(
        self,
        buffer: int = 16,
        *,
        buffer_bytes: int = 1_048_576,
        full_seconds: float | None = 10,
        discard: bool = False,
    ) -> "AbstractAsyncContextManager[None]":
        """Open a block that lasts until the peer leaves, for handlers that mostly send.

            async with websocket.until_closed():
                async for price in prices():
                    await websocket.send_json(price)

        On many servers a message to a peer that has gone is lost in silence: who only sends never
        hears of it. While the block is open, something keeps receiving. When the peer leaves, the
        body is cancelled at its next wait, and the program goes on behind the block, with
        `close_code` and `close_reason` known. It does so too when a send in the body finds that
        the peer has gone, and when another task closes the conversation; a body that closes it
        itself goes on. Whatever else the body raises comes out as it is.

        The messages that come wait in a buffer for `receive_*`, `receive` and the iterators: in the
        block, in other tasks, and behind the block, even where the peer has gone by then. While it
        is open, **cancelling a receive loses no message on any server**, so a time limit is safe:

            async with websocket.until_closed():
                with anyio.move_on_after(30):
                    text = await websocket.receive_text()

        When the buffer is full, nothing more is received until a message is taken out, so a peer
        that leaves after that is not seen to leave. Where none is taken out for `full_seconds`, the
        conversation ends with 1008, as if the peer had left. So where the peer may talk and the
        body does not listen, say `discard=True`. What must not be cancelled when the peer leaves,
        such as storing its last message, belongs behind the block or in a task that was started
        outside of it.

        Several blocks may be open at once: the largest buffer and the longest time count.

        Args:
            buffer: How many messages may wait.
            buffer_bytes: How many bytes they may have; the buffer is full when they have as many,
                or more with the last one.
            full_seconds: How long the buffer may be full, with no message taken out; `None` for
                as long as it takes.
            discard: Whether to throw away the messages that no receive is waiting for. Then
                the buffer does not matter.

        Returns:
            An asynchronous context manager, for one `async with`.

        Raises:
            WebSocketDisconnect: On entering: the peer has left.
            WebSocketStateError: The connection is not accepted, or was closed by this side, or
                another task is receiving already: open the block first.
            ValueError: `buffer` or `buffer_bytes` is below 1, or `full_seconds` not above 0.
        """
        # They need anyio, and few need them.
        from duologue.websockets._receive_buffer import Block, Inbox, receiving_already

        if buffer < 1:
            raise ValueError(
                f"A buffer holds at least one message, not {buffer!r}. "
                "To keep none, write until_closed(discard=True)."
            )
        if buffer_bytes < 1:
            raise ValueError(f"A buffer holds at least one byte, not {buffer_bytes!r}.")
        if full_seconds is not None and not full_seconds > 0:
            raise ValueError(
                f"full_seconds is above zero, or None for no limit, not {full_seconds!r}."
            )
        if self._inbox is None:
            if self._receiving:
                raise receiving_already()
            self._inbox = Inbox(self, self._receive, self._send)
            self._receive = self._inbox.receive
        seconds = math.inf if full_seconds is None else full_seconds
        block = Block(0 if discard else buffer, buffer_bytes, seconds)
        return self._inbox.open(self, block)

    async def send_text(self, data: str) -> None:
        """Send a text message.

        Args:
            data: The text, perhaps empty.

        Raises:
            WebSocketDisconnect: The peer has left. Some servers do not tell: there the text is
                lost, and only a receive hears of it.
            WebSocketStateError: The connection is not accepted, or was closed by this side.
            TypeError: The data is no `str`. Nothing has been sent.
            ValueError: The text has half of a surrogate pair. Nothing has been sent.

        Cancelling it leaves open whether the message was sent.
        """
        if self._phase is not OPEN:
            await self._until_tried()
            raise self._not_open()
        try:
            if not _is_ascii(data):  # what is ASCII can be sent
                protocol.utf8(protocol.TEXT_MESSAGE, data)
        except TypeError:  # the method of `str` takes nothing else, and is faster than to ask
            raise protocol.wrong_data("text", data) from None
        try:
            await self._send({"type": "websocket.send", "text": data})
        except _LOSSES as error:
            await self._until_tried()
            self._lose(error)

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message.

        Args:
            data: The bytes, perhaps none.

        Raises:
            WebSocketDisconnect: The peer has left. Some servers do not tell: there the message is
                lost, and only a receive hears of it.
            WebSocketStateError: The connection is not accepted, or was closed by this side.
            TypeError: The data is not `bytes`. Nothing has been sent.

        Cancelling it leaves open whether the message was sent.
        """
        if self._phase is not OPEN:
            await self._until_tried()
            raise self._not_open()
        if type(data) is not bytes and not isinstance(data, bytes):
            raise protocol.wrong_data("bytes", data)
        try:
            await self._send({"type": "websocket.send", "bytes": data})
        except _LOSSES as error:
            await self._until_tried()
            self._lose(error)

    async def send_json(self, data: Any, mode: Literal["text", "binary"] = "text") -> None:
        """Send a value as JSON.

        Args:
            data: What the standard library can write as JSON.
            mode: The kind of frame to carry it.

        Raises:
            WebSocketDisconnect: The peer has left.
            WebSocketStateError: The connection is not accepted, or was closed by this side.
            TypeError: JSON has no form for the data. Nothing has been sent.
            ValueError: The data has NaN or infinity, or contains itself. Nothing has been sent.
            RuntimeError: The mode is neither "text" nor "binary".

        Cancelling it leaves open whether the message was sent.
        """
        if kind_of(mode) == "text":
            await self.send_text(codec_of(self.scope).write_text(data))
        else:
            await self.send_bytes(codec_of(self.scope).write_bytes(data))

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """End the conversation. It can always be called: where it has ended, nothing happens.

        Before the connection is accepted it refuses it: the server answers with HTTP 403.

        Args:
            code: A close code that may be sent: 1000-1003, 1007-1014 or 3000-4999.
            reason: At most 123 bytes of UTF-8.

        Raises:
            ValueError: The code or the reason must not be sent. Nothing has been sent.
            TypeError: An argument has the wrong type. Nothing has been sent.

        Cancelling it ends the conversation all the same. Where the close frame could not be sent
        any more, another call sends it, and an application does so when the endpoint returns.
        """
        protocol.check_close(code, reason)
        phase = self._phase
        if phase is CLOSED or phase is GONE:
            return
        if phase is CONNECTING and self._receiving:
            raise _already_receiving()
        if phase is DENYING:
            self._begin_end(
                [{"type": "websocket.http.response.body", "body": b"", "more_body": False}]
            )
        elif phase is not CLOSING:
            reason = reason or ""
            message: Message = {"type": "websocket.close", "code": code, "reason": reason}
            self._begin_end([message], code, reason)
        try:
            await self._finish()
        except WebSocketDisconnect:
            pass  # the peer was faster

    async def send_denial_response(self, response: ASGIApp) -> None:
        """Refuse the connection with an HTTP response instead of the server's plain 403.

        A body that comes in parts is streamed where the server can do that. Others lose parts of
        it: there it is sent in one piece, and has at most 1 MiB. When the client leaves, the
        response is cancelled.

        Args:
            response: A `duologue.responses.Response`, or any ASGI application that answers a
                scope of type `websocket` with `websocket.http.response` messages.

        Raises:
            RuntimeError: The server lacks the Websocket Denial Response extension of ASGI, or the
                response is not complete. Nothing has been sent: `close()` is still possible.
            WebSocketDisconnect: The client has gone meanwhile.
            WebSocketStateError: The connection is already accepted, closed or denied.
            ValueError: The response sets more than one cookie, or has a header that is not
                allowed, or a body that is too long. Nothing has been sent. Or its body is not as
                long as it says.
            TypeError: An argument has the wrong type. Nothing has been sent.

        Cancelling it while the response is made sends nothing. Later it ends the conversation all
        the same. What could not be sent any more, `close` sends, and an application does so when
        the endpoint returns.
        """
        if "websocket.http.response.start" not in self._phase.sendable:
            raise self._refusal("websocket.http.response.start")
        self._require_denial_extension()
        if not callable(response):
            raise TypeError(
                "A denial response is a Response or another ASGI application, "
                f"not {type(response).__name__}; for a text, PlainTextResponse(...)."
            )
        from duologue.websockets._denial_response import Denial  # it needs anyio, and few need it

        denial = Denial(self, streams=not self._inner and streams_denials(self._send))
        unsent = await denial.make(response)
        kind = unsent[0]["type"]
        if kind not in self._phase.sendable:
            raise self._refusal(kind)
        if self._phase is CONNECTING and self._receiving:
            raise _already_receiving()
        self._begin_end(unsent)
        await self._finish()

    async def receive(self) -> Message:
        """Receive the next ASGI message as it is; the state of the conversation follows it.

        Returns:
            A `websocket.connect`, `websocket.receive` or `websocket.disconnect` message.

        Raises:
            WebSocketDisconnect: The peer has left, and its message has already been received.
            WebSocketStateError: This side has closed or denied, or another task is receiving.
            RuntimeError: The server sent a message that cannot come at this point.

        Cancelling it is safe inside `until_closed()`: no message is lost. Elsewhere that depends on
        the server.
        """
        if self._phase.ended or self._phase.application is WebSocketState.RESPONSE:
            await self._until_tried()
            self._check_unread()
        if self._receiving:
            raise _already_receiving()
        self._receiving = True
        try:
            message = await self._receive()
        finally:
            self._receiving = False
        self._follow(message)
        return message

    def _receive_or_end(self) -> Awaitable[Message]:
        """Receive as `receive` does, for an application below that expects the ways of a server.

        After an end, a server gives `websocket.disconnect` at once, however often it is asked.
        While a denial is sent, it listens whether the client leaves.
        """
        if self._phase.ended and not self._has_unread():
            return self._tell_end()
        if self._phase.application is WebSocketState.RESPONSE:
            return self._listen()
        return self.receive()

    async def _tell_end(self) -> Message:
        from anyio import lowlevel  # few need it

        await lowlevel.checkpoint()  # who asks again and again can be cancelled
        end = self._disconnect()
        return {"type": "websocket.disconnect", "code": end.code, "reason": end.reason}

    async def _listen(self) -> Message:
        message = await self._receive_alone()
        self._follow(message)
        return message

    async def _receive_alone(self) -> Message:
        if self._receiving:
            raise _already_receiving()
        self._receiving = True
        try:
            return await self._receive()
        finally:
            self._receiving = False

    async def send(self, message: Message) -> None:
        """Send an ASGI message; it is checked first, and the state of the conversation follows it.

        An answer to the handshake waits for the client's `websocket.connect` where that has not
        been received.

        Args:
            message: A `websocket.accept`, `websocket.send`, `websocket.close`,
                `websocket.http.response.start` or `websocket.http.response.body` message.

        Raises:
            WebSocketDisconnect: The peer has left.
            WebSocketStateError: The message cannot be sent now; the error says what can.
            TypeError: A part of the message has the wrong type. Nothing has been sent.
            ValueError: A part of the message is not allowed. Nothing has been sent.
            RuntimeError: The server lacks the extension that the message needs.

        Cancelling it leaves open whether the message was sent.
        """
        if self._phase is CONNECTING:
            # `receive` written out once more: it costs a tenth of the time of an accept.
            if self._receiving:
                raise _already_receiving()
            self._receiving = True
            try:
                connect = await self._receive()
            finally:
                self._receiving = False
            self._follow(connect)
        elif self._phase is CLOSING:
            await self._until_tried()
        message = self._advance(message)
        phase = self._phase
        if phase is CLOSING:
            await self._finish()
            return
        try:
            await self._send(message)
            if self._phase is phase:  # in the meantime, another task may have ended it
                self._phase = phase.then
        except Exception as error:  # noqa: BLE001 - `_lose` raises what it is
            lost = isinstance(error, OSError | WebSocketDisconnect)
            taken_before = phase is ACCEPTING_AGAIN and not lost
            if self._phase is phase and phase.then is not phase:
                self._phase = OPEN if taken_before else HANDSHAKE
            if not taken_before:
                self._lose(error)
        finally:
            if self._phase is phase:
                self._phase = phase.otherwise

    async def _finish(self) -> None:
        """Send what ends the conversation, as far as that has not been done.

        It is sent once, whichever tasks ask for it, and whichever of them are cancelled.
        """
        if self._end_under_way:
            await self._until_tried()
            if self._phase is not CLOSING:
                return
        self._end_under_way = True
        try:
            if self._end_waits:
                await self._await_connect()
            if self._inbox is not None:
                await self._inbox.stop_reading()
            taken_before, self._end_cut_off = self._end_cut_off, True
            unsent = self._unsent
            while unsent:
                try:
                    await self._send(unsent[0])
                except Exception as error:
                    if not taken_before:  # else it may have gone out, and is wanted once
                        raise
                    if isinstance(error, OSError | WebSocketDisconnect):
                        break
                del unsent[0]
            self._phase = CLOSED
        except Exception as error:  # noqa: BLE001 - `_lose` raises what it is
            self._end_failed = True
            self._lose(error, undelivered_end=True)
        finally:
            self._end_under_way = False
            if self._end_tried is not None:
                self._end_tried.set()
                self._end_tried = None
            if self._inbox is not None and not self._end_waits:
                self._inbox.end(self)

    async def _await_connect(self) -> None:
        """Receive the `websocket.connect` that comes before every answer to the handshake."""
        message = await self._receive_alone()
        self._phase = CONNECTING
        self._follow(message)
        if self._phase is GONE:
            raise self._disconnect()
        self._phase = CLOSING
        self._end_waits = False

    async def _until_tried(self) -> None:
        """Wait where another task is ending the conversation, until it has, or was cut off.

        Whoever speaks meanwhile makes a mistake. To be told so at once might cancel the other task,
        and there are servers that lose the close of a task that is cancelled.
        """
        while self._phase is CLOSING and self._end_under_way:
            from anyio import Event  # few need it

            if self._end_tried is None:
                self._end_tried = Event()
            await self._end_tried.wait()

    def _leave_blocks(self) -> bool:
        """End each open `until_closed` block, and not the conversation: time to say goodbye.

        Returns:
            Whether there was one.
        """
        return self._inbox is not None and self._inbox.leave()

    async def _receive_data(self, kind: Literal["text", "bytes"]) -> Any:
        # `receive` written out for data alone: it costs a third of the time.
        if self._phase is not OPEN:
            await self._until_tried()
            self._check_unread()
        if self._receiving:
            raise _already_receiving()
        self._receiving = True
        try:
            message = await self._receive()
        finally:
            self._receiving = False
        data = message.get(kind)
        if data is None:
            self._refuse(message, kind)
        return data

    def _is_over(self) -> bool:
        # An inbox reads nothing more after an end: that it has come to an end is all it tells.
        return super()._is_over() or (self._inbox is not None and self._phase.ended)

    def _has_unread(self) -> bool:
        """Whether a peer that has gone has said something before that is still to be read."""
        return self._phase is GONE and self._inbox is not None and self._inbox.unread

    def _check_unread(self) -> None:
        if not self._has_unread():
            raise self._not_open()

    def _lose(self, error: Exception, undelivered_end: bool = False) -> NoReturn:
        """Raise what an error of `send` means: the peer has left, or something has failed.

        The server itself says in its own ways that the peer has left, and what is sent after an end
        may fail as it likes. Over another WebSocket, that one says it: whatever else comes is an
        error of what stands between the two.
        """
        too_late = not undelivered_end and self._is_over()
        if isinstance(error, WebSocketDisconnect):
            disconnect = self._lost(undelivered_end, error.code, error.reason)
        elif not self._inner and (too_late or tells_of_loss(error)):
            disconnect = self._lost(undelivered_end)
        else:
            raise error
        if self._inbox is not None:
            self._inbox.end(self)
        raise disconnect from error

    def _not_open(self) -> Exception:
        if self._receive is _cannot_receive:
            return _made_without("receive")
        if self._send is _cannot_send:
            return _made_without("send")
        return super()._not_open()


class _Messages(AsyncIterator[Any]):
    # What `iter_text` and its kin return. An asynchronous generator would be shorter, but it ends
    # with the first error, wants to be closed, and takes twice as long on Python 3.12 and later.

    __slots__ = ("_kind", "_read", "_websocket")

    def __init__(
        self,
        websocket: WebSocket,
        kind: Literal["text", "bytes"],
        read: Callable[[Any], Any] | None = None,
    ) -> None:
        self._websocket = websocket
        self._kind: Literal["text", "bytes"] = kind
        self._read = read

    async def __anext__(self) -> Any:
        # `_receive_data` once more, without a new coroutine for each message.
        websocket = self._websocket
        if websocket._phase is not OPEN and not websocket._has_unread():
            if not websocket._phase.ended:
                raise websocket._not_open()
            raise StopAsyncIteration
        if websocket._receiving:
            raise _already_receiving()
        websocket._receiving = True
        try:
            message = await websocket._receive()
        finally:
            websocket._receiving = False
        try:
            data = message[self._kind]
        except KeyError:
            data = None
        if data is None:
            try:
                websocket._refuse(message, self._kind)
            except WebSocketDisconnect:
                raise StopAsyncIteration from None
        return data if self._read is None else self._read(data)


def _already_receiving() -> WebSocketStateError:
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
        "To converse, make it with WebSocket(scope, receive, send)."
    )
