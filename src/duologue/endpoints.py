"""Class-based endpoints: methods for a client that connects, sends a message, and disconnects."""

from collections.abc import Generator
from typing import Any, Literal

import anyio

from duologue import status
from duologue._asgi import protocol
from duologue._codec import codec_of
from duologue._concurrency.background import is_being_cancelled
from duologue._concurrency.cancellation import shielded
from duologue._failures import single_failure
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
    """An endpoint with three methods to override: there is one object for each connection.

    The class is the endpoint of a `WebSocketRoute`, and an ASGI application on its own:

        class Echo(WebSocketEndpoint):
            encoding = "text"

            async def on_receive(self, websocket, data):
                await websocket.send_text(data)

    Args:
        scope: The scope of a connection of type `websocket`.
        receive: The `receive` of the same call.
        send: The `send` of the same call.
    """

    encoding: Literal["text", "bytes", "json"] | None = None
    """Which messages `on_receive` gets: text, binary, JSON from either kind of frame, or, if it is
    `None`, both text and binary."""

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
        """Serve the connection.

        Raises:
            UnsupportedDataError: A message of the wrong kind was received. An application around
                the endpoint closes the connection with 1003; without an application, this does, and
                raises nothing.
            InvalidPayloadError: A message was received that is not JSON. The connection is closed
                with 1007 in the same way.
            WebSocketStateError: `on_connect` has neither accepted nor denied the handshake.

        If it is cancelled, `on_disconnect` still runs, for at most five seconds.
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
                # No application around the endpoint closes the connection as the error says.
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
        """Convert a message according to `encoding`.

        Args:
            websocket: The connection.
            message: A `websocket.receive` message.

        Raises:
            UnsupportedDataError: The message is of the other kind.
            InvalidPayloadError: The message is not JSON.
        """
        kind = "bytes" if message.get("text") is None else "text"
        data: Any = message[kind]
        if self.encoding == "json":
            return codec_of(websocket.scope).read(data)
        if self.encoding is not None and self.encoding != kind:
            raise UnsupportedDataError(protocol.WRONG_KIND[self.encoding])
        return data

    async def on_connect(self, websocket: WebSocket) -> None:
        """Accept or deny the handshake of a client. By default it is accepted."""
        await websocket.accept()

    async def on_receive(self, websocket: WebSocket, data: Any) -> None:
        """Handle a message from the client. By default nothing happens."""

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        """Handle the end of the connection. By default nothing happens.

        It is called once for each connection, even if `on_connect` has denied the handshake or
        raised an exception, and if the connection is cancelled.

        Args:
            websocket: The connection. You can send only if this side closes it.
            close_code: The code that the connection was closed with, by either side, or will be
                closed with: 1011 if a method raised an exception. It is 1006 if there is no close
                frame, as for a client that was not accepted, whether by `close` or by a denial
                response (RFC 6455 section 7.1.5).
        """


def _code(websocket: WebSocket, error: BaseException | None = None) -> int:
    """Return the code that the connection was closed with, or that the error will close it with."""
    if websocket.close_code is not None:
        return websocket.close_code
    stray = isinstance(error, anyio.get_cancelled_exc_class()) and not is_being_cancelled()
    if not websocket.connected or not (stray or isinstance(error, Exception)):
        return status.WS_1006_ABNORMAL_CLOSURE
    if isinstance(error, Exception):
        error = single_failure(error)
    if isinstance(error, WebSocketException):
        return error.code
    if isinstance(error, HTTPException):
        return status.WS_1008_POLICY_VIOLATION
    return status.WS_1011_INTERNAL_ERROR
