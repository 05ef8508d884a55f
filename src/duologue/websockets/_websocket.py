"""The class `WebSocket`: accept, receive, send and close one connection."""

import math
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Literal

from duologue._asgi import protocol
from duologue._codec import codec_of, kind_of
from duologue._interop.servers import streams_denials
from duologue._lazy import lazy_module
from duologue.connection import Connection
from duologue.exceptions import WebSocketDisconnect
from duologue.types import ASGIApp, Message, Receive, Scope, Send
from duologue.websockets._channel import Channel, already_receiving, channel_of
from duologue.websockets._messages import Messages
from duologue.websockets._record import RECORD_KEY, Record, is_bounded
from duologue.websockets.state import (
    CLOSED,
    CLOSING,
    CONNECTING,
    DENYING,
    GONE,
    OPEN,
    WebSocketState,
)

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from duologue._asgi.protocol import HeaderInput
    from duologue.websockets import _denial_response as denial_responses
    from duologue.websockets import _receive_buffer as receive_buffers
else:
    denial_responses = lazy_module("duologue.websockets._denial_response")
    receive_buffers = lazy_module("duologue.websockets._receive_buffer")

# What may say that nothing can be sent any more; `Channel.lose` looks more closely.
_LOSSES = (OSError, RuntimeError, WebSocketDisconnect)


_is_ascii = str.isascii


class WebSocket(Connection):
    """One WebSocket connection: its data, its messages and its close.

    It runs on any ASGI server, and needs no framework:

        async def app(scope, receive, send):
            websocket = WebSocket(scope, receive, send)
            await websocket.accept()
            await websocket.send_text("Hello!")
            await websocket.close()

    Args:
        scope: The scope of a connection of type `websocket`.
        receive: The server's `receive`. Without it, only the scope can be read.
        send: The server's `send`. Without it, only the scope can be read.

    Raises:
        ValueError: The type of the scope is not `websocket`.
    """

    __slots__ = ("_channel",)

    def __init__(
        self, scope: Scope, receive: Receive | None = None, send: Send | None = None
    ) -> None:
        if scope.get("type") != "websocket":
            raise ValueError(
                f'A WebSocket needs a scope of type "websocket", not {scope.get("type")!r}. '
                'Look at scope["type"] before you make one.'
            )
        # As `Connection.__init__` does, whose call takes longer than all of this.
        self.scope = scope
        self._url = self._headers = self._query_params = None
        self._channel = Channel(scope, receive, send, RECORD_KEY in scope and is_bounded(scope))

    @classmethod
    def of(cls, scope: Scope, receive: Receive, send: Send) -> "WebSocket":
        """Return the WebSocket that `receive` and `send` belong to, or make a new one from them.

        An application makes a WebSocket and passes on its `receive` and `send`. If both arrive here
        unchanged, `of` returns that WebSocket, which reads from `scope` from now on: there is one
        object, and each message is checked once. If a middleware has wrapped one of them, `of`
        makes a new WebSocket from the two, and returns it again for the same two.

        Args:
            scope: The scope of the connection. It may contain more than the WebSocket knows.
            receive: The `receive` of the same call.
            send: The `send` of the same call.

        Raises:
            ValueError: The type of the scope is not `websocket`.
        """
        record: Record[Any] | None = scope.get(RECORD_KEY)
        for known, its_receive, its_send in record or ():
            if receive == its_receive and send == its_send:
                websocket = known
                break
        else:
            owners = (getattr(receive, "__self__", None), *(each for each, _, _ in record or ()))
            websocket = next((each for each in owners if _gives(each, receive, send)), None)
        if not isinstance(websocket, cls):
            websocket = cls(scope, receive, send)
            if record:
                record.append((websocket, receive, send))
        elif websocket.scope is not scope:
            websocket._move(scope)
        return websocket

    def _move(self, scope: Scope) -> None:
        self._channel.scope = scope
        super()._move(scope)

    @property
    def connected(self) -> bool:
        """Whether messages may be sent: accepted, not closed, and no disconnect noticed."""
        return self._channel.phase is OPEN

    @property
    def client_state(self) -> WebSocketState:
        """The state of the client, as far as the application knows."""
        return self._channel.phase.client

    @property
    def application_state(self) -> WebSocketState:
        """The state of the application."""
        return self._channel.phase.application

    @property
    def close_code(self) -> int | None:
        """The close code, whichever side closed; `None` while the connection is open.

        A denial is an HTTP response without a close code: after it, this stays `None`. `close`
        denies the handshake, too, if the client is not accepted.
        """
        return self._channel.close_code

    @property
    def close_reason(self) -> str | None:
        """The reason that came with the code, empty if there was none; `None` without a code."""
        return self._channel.close_reason

    async def accept(self, subprotocol: str | None = None, headers: "HeaderInput" = None) -> None:
        """Accept the connection: the handshake succeeds, and both sides may send.

        Args:
            subprotocol: One of the subprotocols that the client offers, or `None` to choose none
                (RFC 6455 section 4.2.2).
            headers: Additional headers of the handshake response: a mapping, or pairs.

        Raises:
            WebSocketDisconnect: The client has disconnected in the meantime.
            WebSocketStateError: The connection is already accepted, closed or denied.
            ValueError: The subprotocol was not offered, or a header is not allowed. Nothing has
                been sent.
            TypeError: An argument has the wrong type. Nothing has been sent.

        After cancelling it, the client may or may not have been accepted: call it again, or
        `close`.
        """
        await self._channel.send(
            {
                "type": "websocket.accept",
                "subprotocol": subprotocol,
                "headers": protocol.encode_headers(headers) if headers else [],
            }
        )

    async def receive_text(self) -> str:
        """Receive the next message, which must be text.

        Returns:
            The text, which may be empty.

        Raises:
            WebSocketDisconnect: The client has disconnected.
            UnsupportedDataError: The message is binary. The connection stays open.
            WebSocketStateError: The connection is not accepted, or this side has closed it, or
                another task is receiving.

        Cancelling it is safe inside `until_closed()`: no message is lost. Outside of it, that
        depends on the server.
        """
        text: str = await self._channel.receive_data("text")
        return text

    async def receive_bytes(self) -> bytes:
        """Receive the next message, which must be binary.

        Returns:
            The bytes, which may be empty.

        Raises:
            WebSocketDisconnect: The client has disconnected.
            UnsupportedDataError: The message is text. The connection stays open.
            WebSocketStateError: The connection is not accepted, or this side has closed it, or
                another task is receiving.

        Cancelling it is safe inside `until_closed()`: no message is lost. Outside of it, that
        depends on the server.
        """
        data: bytes = await self._channel.receive_data("bytes")
        return data

    async def receive_json(self, mode: Literal["text", "binary"] = "text") -> Any:
        """Receive the next message and parse it as JSON.

        Args:
            mode: The kind of frame that carries the message.

        Returns:
            The value: a dict, a list, a str, an int, a float, a bool or None.

        Raises:
            InvalidPayloadError: The message is not JSON. The error is also a `ValueError`, and the
                connection stays open.
            WebSocketDisconnect: The client has disconnected.
            UnsupportedDataError: The message is of the other kind. The connection stays open.
            WebSocketStateError: The connection is not accepted, or this side has closed it, or
                another task is receiving.
            RuntimeError: The mode is neither "text" nor "binary".

        Cancelling it is safe inside `until_closed()`: no message is lost. Outside of it, that
        depends on the server.
        """
        data = await self._channel.receive_data(kind_of(mode))
        return codec_of(self.scope).read(data)

    def iter_text(self) -> AsyncIterator[str]:
        """Iterate over the messages, which must be text, until the connection is closed.

        The loop ends when the client disconnects, without an exception, and `close_code` says why.
        It raises all other exceptions of `receive_text`.
        """
        return Messages(self._channel, "text")

    def iter_bytes(self) -> AsyncIterator[bytes]:
        """Iterate over the messages, which must be binary, until the connection is closed.

        The loop ends when the client disconnects, without an exception, and `close_code` says why.
        It raises all other exceptions of `receive_bytes`.
        """
        return Messages(self._channel, "bytes")

    def iter_json(self, mode: Literal["text", "binary"] = "text") -> AsyncIterator[Any]:
        """Iterate over the messages, which must be JSON, until the connection is closed.

        The loop ends when the client disconnects, without an exception, and `close_code` says why.
        It raises all other exceptions of `receive_json`.

        Args:
            mode: The kind of frame that carries the messages.
        """
        return Messages(self._channel, kind_of(mode), codec_of(self.scope).read)

    def until_closed(
        self,
        buffer: int = 16,
        *,
        buffer_bytes: int = 1_048_576,
        full_seconds: float | None = 10,
        discard: bool = False,
    ) -> "AbstractAsyncContextManager[None]":
        """Open a block that lasts until the client disconnects, for handlers that mostly send.

            async with websocket.until_closed():
                async for price in prices():
                    await websocket.send_json(price)

        On many servers, a message to a client that has disconnected is dropped without an error, so
        a handler that only sends does not notice. This block receives in the background. When the
        client disconnects, the body is cancelled at its next `await`, and the program continues
        after the block; `close_code` and `close_reason` are set. The same happens when a send in
        the body finds that the client has disconnected, and when another task closes the
        connection. If the body itself closes the connection, it is not cancelled. All other
        exceptions of the body are raised unchanged.

        Messages that arrive are queued in a buffer for `receive_*`, `receive` and the iterators.
        You can receive them in the block, in other tasks, and after the block, even if the client
        has disconnected by then. While the block is open, **cancelling a receive loses no message
        on any server**, so a time limit is safe:

            async with websocket.until_closed():
                with anyio.move_on_after(30):
                    text = await websocket.receive_text()

        When the buffer is full, nothing is received until you take a message out, so a disconnect
        after that is not noticed. If you take none out for `full_seconds`, the connection is closed
        with 1008, and the body is cancelled as if the client had disconnected. If the client may
        send and the body does not receive, use `discard=True`. If some work must not be cancelled
        when the client disconnects, such as storing its last message, do it after the block, or in
        a task that was started outside of it.

        Several blocks may be open at once: the largest buffer and the longest time apply.

        Args:
            buffer: How many messages the buffer may contain.
            buffer_bytes: How many bytes the buffer may contain. The last message may exceed this;
                then the buffer is full.
            full_seconds: How long the buffer may stay full while no message is taken out; `None`
                for no limit.
            discard: Whether to drop messages when no receive is waiting for them. The buffer is not
                used then.

        Returns:
            An asynchronous context manager, for one `async with`.

        Raises:
            WebSocketDisconnect: On entering: the client has disconnected.
            WebSocketStateError: The connection is not accepted, or this side has closed it, or
                another task is receiving already: open the block first.
            ValueError: `buffer` or `buffer_bytes` is below 1, or `full_seconds` is not above 0.
            TypeError: One of them is not a number.
        """
        seconds = math.inf if full_seconds is None else full_seconds
        for name, value in (
            ("buffer", buffer),
            ("buffer_bytes", buffer_bytes),
            ("full_seconds", seconds),
        ):
            if not isinstance(value, int | float):
                raise TypeError(f"{name} is a number, not {value!r}.")
        if buffer < 1:
            raise ValueError(
                f"A buffer holds at least one message, not {buffer!r}. "
                "To keep none, write until_closed(discard=True)."
            )
        if buffer_bytes < 1:
            raise ValueError(f"A buffer holds at least one byte, not {buffer_bytes!r}.")
        if not seconds > 0:
            raise ValueError(
                f"full_seconds is above zero, or None for no limit, not {full_seconds!r}."
            )
        channel = self._channel
        taken_in = channel.buffer or receive_buffers.ReceiveBuffer(channel)
        return taken_in.open(channel, 0 if discard else buffer, buffer_bytes, seconds)

    async def send_text(self, data: str) -> None:
        """Send a text message.

        Args:
            data: The text, which may be empty.

        Raises:
            WebSocketDisconnect: The client has disconnected. Some servers do not report this: on
                them the text is dropped, and only a receive raises.
            WebSocketStateError: The connection is not accepted, or this side has closed it.
            TypeError: The data is not a `str`. Nothing has been sent.
            ValueError: The text contains half of a surrogate pair. Nothing has been sent.

        After cancelling it, the message may or may not have been sent.
        """
        channel = self._channel
        if channel.phase is not OPEN:
            await channel.until_tried()
            raise channel.not_open()
        writer = channel.text_writer
        write = None if writer is None else writer.write_text
        if write is not None and type(data) is str:
            try:
                write(data)
            except UnicodeEncodeError:
                pass  # for the reason that is given below
            else:
                return
        try:
            if not _is_ascii(data):  # what is ASCII can be sent
                protocol.utf8(protocol.TEXT_MESSAGE, data)
        except TypeError:  # the method of `str` takes nothing else, and is faster than to ask
            raise protocol.wrong_data("text", data) from None
        send = channel.raw_send
        try:
            await send({"type": "websocket.send", "text": data})
        except _LOSSES as error:
            await channel.until_tried()
            channel.lose(error)

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message.

        Args:
            data: The bytes, which may be empty.

        Raises:
            WebSocketDisconnect: The client has disconnected. Some servers do not report this: on
                them the message is dropped, and only a receive raises.
            WebSocketStateError: The connection is not accepted, or this side has closed it.
            TypeError: The data is not `bytes`. Nothing has been sent.

        After cancelling it, the message may or may not have been sent.
        """
        channel = self._channel
        if channel.phase is not OPEN:
            await channel.until_tried()
            raise channel.not_open()
        if type(data) is not bytes and not isinstance(data, bytes):
            raise protocol.wrong_data("bytes", data)
        send = channel.raw_send
        try:
            await send({"type": "websocket.send", "bytes": data})
        except _LOSSES as error:
            await channel.until_tried()
            channel.lose(error)

    async def send_json(self, data: Any, mode: Literal["text", "binary"] = "text") -> None:
        """Send a value as JSON.

        Args:
            data: A value that the standard library can write as JSON.
            mode: The kind of frame to send.

        Raises:
            WebSocketDisconnect: The client has disconnected.
            WebSocketStateError: The connection is not accepted, or this side has closed it.
            TypeError: The data cannot be written as JSON. Nothing has been sent.
            ValueError: The data contains NaN, infinity or itself. Nothing has been sent.
            RuntimeError: The mode is neither "text" nor "binary".

        After cancelling it, the message may or may not have been sent.
        """
        if kind_of(mode) == "text":
            await self.send_text(codec_of(self.scope).write_text(data))
        else:
            await self.send_bytes(codec_of(self.scope).write_bytes(data))

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """Close the connection. If it is already closed, nothing happens.

        Before the connection is accepted, it denies the handshake: the server responds with HTTP
        403.

        Args:
            code: A close code that may be sent: 1000-1003, 1007-1014 or 3000-4999.
            reason: At most 123 bytes of UTF-8.

        Raises:
            ValueError: The code or the reason is not allowed. Nothing has been sent.
            TypeError: An argument has the wrong type. Nothing has been sent.

        Cancelling it still closes the connection. If the close frame could not be sent, another
        call sends it, and an application sends it when the endpoint returns.
        """
        protocol.check_close(code, reason)
        channel = self._channel
        phase = channel.phase
        if phase is CLOSED or phase is GONE:
            return
        if phase is CONNECTING and channel.receiving:
            raise already_receiving()
        if phase is DENYING:
            channel.begin_end(
                [{"type": "websocket.http.response.body", "body": b"", "more_body": False}]
            )
        elif phase is not CLOSING:
            reason = reason or ""
            message: Message = {"type": "websocket.close", "code": code, "reason": reason}
            channel.begin_end([message], code, reason)
        try:
            await channel.finish()
        except WebSocketDisconnect:
            pass  # the client was faster

    async def send_denial_response(self, response: ASGIApp) -> None:
        """Deny the connection with an HTTP response instead of the server's plain 403.

        If the server supports it, a body that comes in parts is streamed. Other servers lose parts
        of such a body: on them it is sent in one piece, and is limited to 1 MiB. When the client
        disconnects, the response is cancelled.

        Args:
            response: A `duologue.responses.Response`, or any ASGI application that responds to a
                scope of type `websocket` with `websocket.http.response` messages.

        Raises:
            RuntimeError: The server lacks the Websocket Denial Response extension of ASGI, or the
                response is incomplete. Nothing has been sent: `close()` is still possible.
            WebSocketDisconnect: The client has disconnected in the meantime.
            WebSocketStateError: The connection is already accepted, closed or denied.
            ValueError: The response sets more than one cookie, or has a header that is not allowed,
                or its body is too long. Nothing has been sent. Or the length of its body differs
                from its `content-length`.
            TypeError: An argument has the wrong type. Nothing has been sent.

        Cancelling it before the first message of the response sends nothing. Cancelling it later
        still denies the connection. `close` sends the rest, and an application sends it when the
        endpoint returns.
        """
        channel = self._channel
        if "websocket.http.response.start" not in channel.phase.sendable:
            raise channel.misplaced("websocket.http.response.start")
        channel.require_denial_extension()
        if not callable(response):
            raise TypeError(
                "A denial response is a Response or another ASGI application, "
                f"not {type(response).__name__}; for a text, PlainTextResponse(...)."
            )
        streams = not channel.inner and streams_denials(channel.raw_send)
        unsent = await denial_responses.DenialResponse(channel, streams).make(response)
        kind = unsent[0]["type"]
        if kind not in channel.phase.sendable:
            raise channel.misplaced(kind)
        if channel.phase is CONNECTING and channel.receiving:
            raise already_receiving()
        channel.begin_end(unsent)
        await channel.finish()

    async def receive(self) -> Message:
        """Receive the next ASGI message unchanged, and update the state of the connection.

        Returns:
            A `websocket.connect`, `websocket.receive` or `websocket.disconnect` message.

        Raises:
            WebSocketDisconnect: The client has disconnected, and its `websocket.disconnect` has
                already been received.
            WebSocketStateError: This side has closed or denied the connection, or another task is
                receiving.
            RuntimeError: The server sent a message that is not allowed at this point.

        Cancelling it is safe inside `until_closed()`: no message is lost. Outside of it, that
        depends on the server.
        """
        return await self._channel.receive()

    async def send(self, message: Message) -> None:
        """Check and send an ASGI message, and update the state of the connection.

        If the client's `websocket.connect` has not been received yet, an accept or a denial waits
        for it.

        Args:
            message: A `websocket.accept`, `websocket.send`, `websocket.close`,
                `websocket.http.response.start` or `websocket.http.response.body` message.

        Raises:
            WebSocketDisconnect: The client has disconnected.
            WebSocketStateError: The message cannot be sent now; the error says which messages can.
            TypeError: A part of the message has the wrong type. Nothing has been sent.
            ValueError: A part of the message is not allowed. Nothing has been sent.
            RuntimeError: The server lacks the extension that the message needs.

        After cancelling it, the message may or may not have been sent.
        """
        await self._channel.send(message)


def _gives(owner: object, receive: Receive, send: Send) -> bool:
    """Return whether this is a WebSocket, and these two are its own."""
    if not isinstance(owner, WebSocket):
        return False
    channel = channel_of(owner)
    receives, sends = (owner.receive, channel.receive_or_end), (owner.send, channel.send)
    return receive in receives and send in sends
