"""Class-based endpoints: methods for a client that connects, sends a message, and leaves."""

from collections.abc import Generator
from typing import Any, Literal

import anyio

from duologue import status
from duologue._asgi import protocol
from duologue._codec import codec_of
from duologue._concurrency.cancellation import shielded
from duologue.exceptions import (
    HTTPException,
    InvalidPayloadError,
    UnsupportedDataError,
    WebSocketDisconnect,
    WebSocketException,
    WebSocketStateError,
)
from duologue.types import Message, Receive, Scope, Send
from duologue.websockets import WebSocket, WebSocketState, is_bounded

_ON_DISCONNECT_SECONDS = 5.0
_UNREADABLE = (UnsupportedDataError, InvalidPayloadError)


class WebSocketEndpoint:
    """A conversation in three methods, to be overridden: one object for each connection.

    The class is the endpoint of a `WebSocketRoute`, and an ASGI application on its own:

        class Echo(WebSocketEndpoint):
            encoding = "text"

            async def on_receive(self, websocket, data):
                await websocket.send_text(data)

    Args:
        scope: The scope of a connection of type `websocket`.
        receive: The `receive` that came with it.
        send: The `send` that came with it.
    """

    encoding: Literal["text", "bytes", "json"] | None = None
    """What `on_receive` gets: texts, binary data, values from JSON in either kind of frame, or, if
    it is `None`, whichever of the first two comes."""

    _asgi_single_callable = True  # asgiref takes classes for applications of ASGI 2

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.encoding not in {"text", "bytes", "json", None}:
            raise ValueError(
                f'The encoding of {cls.__name__} is "text", "bytes", "json" or None, '
                f"not {cls.encoding!r}."
            )

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send

    def __await__(self) -> Generator[Any, None, None]:
        return self.dispatch().__await__()

    async def dispatch(self) -> None:
        """Hold the conversation.

        Raises:
            UnsupportedDataError: A frame of the wrong kind came. An application around ends the
                conversation with 1003; where there is none, this does, and raises nothing.
            InvalidPayloadError: A message came that is no JSON: 1007, likewise.
            WebSocketStateError: `on_connect` has not answered the handshake.

        Cancelling it lets `on_disconnect` run for five seconds.
        """
        websocket = WebSocket.of(self.scope, self.receive, self.send)
        try:
            await self._converse(websocket)
        except GeneratorExit:
            raise  # there is no event loop any more in which anything could be waited for
        except BaseException as error:
            code = _code(websocket, error)
            if isinstance(error, Exception):
                await self.on_disconnect(websocket, code)
            else:
                with shielded(), anyio.move_on_after(_ON_DISCONNECT_SECONDS):
                    await self.on_disconnect(websocket, code)
            if isinstance(error, WebSocketDisconnect) and not websocket.connected:
                return
            if isinstance(error, _UNREADABLE) and not is_bounded(self.scope):
                # No application is around that ends the conversation as the error says.
                await websocket.close(error.code, error.reason)
                return
            raise
        else:
            await self.on_disconnect(websocket, _code(websocket))

    async def _converse(self, websocket: WebSocket) -> None:
        await self.on_connect(websocket)
        if websocket.application_state is WebSocketState.CONNECTING:
            raise WebSocketStateError(
                f"{type(self).__name__}.on_connect() has not answered the handshake: "
                "call accept(), close() or send_denial_response() in it."
            )
        while websocket.connected:
            message = await websocket.receive()
            if message["type"] == "websocket.receive":
                await self.on_receive(websocket, await self.decode(websocket, message))

    async def decode(self, websocket: WebSocket, message: Message) -> Any:
        """Read a message as `encoding` says.

        Args:
            websocket: The connection.
            message: A `websocket.receive` message.

        Raises:
            UnsupportedDataError: It is of the other kind.
            InvalidPayloadError: It is no JSON.
        """
        kind = "bytes" if message.get("text") is None else "text"
        data: Any = message[kind]
        if self.encoding == "json":
            return codec_of(websocket.scope).read(data)
        if self.encoding is not None and self.encoding != kind:
            raise UnsupportedDataError(protocol.WRONG_KIND[self.encoding])
        return data

    async def on_connect(self, websocket: WebSocket) -> None:
        """A client has come: answer the handshake. By default it is accepted."""
        await websocket.accept()

    async def on_receive(self, websocket: WebSocket, data: Any) -> None:
        """The client has sent a message. By default nothing happens."""

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        """The conversation is over. By default nothing happens.

        It is called once for each connection, in any case; also where `on_connect` has denied or
        failed, and where the connection is cancelled.

        Args:
            websocket: The connection, on which something can be sent only where this side ends it.
            close_code: The code that it has ended with, whoever ended it, or is about to end with:
                1011 where a method failed. 1006 where there is no close frame, as for a client that
                was not accepted (RFC 6455 section 7.1.5).
        """


def _code(websocket: WebSocket, error: BaseException | None = None) -> int:
    """Tell the code that the conversation has ended with, or will end with because of an error."""
    if websocket.close_code is not None:
        return websocket.close_code
    if not websocket.connected or not isinstance(error, Exception):
        return status.WS_1006_ABNORMAL_CLOSURE
    if isinstance(error, WebSocketException):
        return error.code
    if isinstance(error, HTTPException):
        return status.WS_1008_POLICY_VIOLATION
    return status.WS_1011_INTERNAL_ERROR
