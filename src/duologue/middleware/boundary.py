"""The error boundary: whatever an endpoint returns or raises, its connection is closed properly.

    What comes out                  before accepting          after accepting
    nothing, and it is still open   403                       1000
    WebSocketDisconnect             nothing, it has disconnected
    HTTPException                   that response             1008, the detail as reason
    WebSocketException              403                       its code and reason
    anything else                   500, logged, and raised   1011, logged, and raised

If the server does not support denial responses, a handshake is denied with its plain 403. If the
task that was sending a close was cancelled, that close is sent before anything else.
"""

import logging
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import anyio

from duologue import status
from duologue._asgi.protocol import MAX_REASON_BYTES
from duologue._concurrency.background import is_being_cancelled
from duologue._concurrency.cancellation import TrioTask, this_task
from duologue._failures import single_failure
from duologue.exceptions import HTTPException, WebSocketDisconnect, WebSocketException
from duologue.middleware._handlers import ExceptionHandlers, call_handler
from duologue.middleware._handlers import Handler as Handler
from duologue.responses import PlainTextResponse, Response
from duologue.shutdown import Connections, OpenConnections
from duologue.types import ASGIApp, Receive, Scope, Send
from duologue.websockets import RECORD_KEY, Record, WebSocket, WebSocketState, channel_of
from duologue.websockets.denial import deny
from duologue.websockets.state import CLOSED, CLOSING, GONE, UNANSWERED, End

logger = logging.getLogger("duologue")

# Who is cancelled does not wait long for a client that does not read.
_CUT_OFF_SECONDS = 1.0

_DISCONNECTED = WebSocketState.DISCONNECTED
_RESPONSE = WebSocketState.RESPONSE


class Boundary:
    """Closes the connection properly, whatever the application below it does.

    It makes one WebSocket and passes its `receive` and `send` down, so it knows the state of the
    connection in any application. `WebSocket.of` finds that WebSocket. A boundary inside another
    one calls its own exception handlers, and leaves all other exceptions to the outer one.

    Args:
        app: The application.
        exception_handlers: Functions by the type of the exception, or by the status of an
            `HTTPException`. Each takes the WebSocket, the same object that the endpoint has, and
            the exception. If a handler leaves the connection open, it is closed as it would be
            without the handler. Handled exceptions are neither logged nor raised.
        debug: Whether to show the traceback of an unexpected error to the client, in the body of
            the response, and in the log. Never do so in production.

    Attributes:
        connections: The WebSockets that are open now.
    """

    def __init__(
        self,
        app: ASGIApp,
        exception_handlers: Mapping[Any, Handler] | None = None,
        *,
        debug: bool = False,
    ) -> None:
        self._app = app
        self._debug = debug
        self._connections = OpenConnections()
        self.connections: Connections = self._connections
        self._handlers = ExceptionHandlers(exception_handlers)

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[Any]],  # a framework has its own types for messages
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Run the application, and close the connection if the application has not done so.

        Raises:
            Exception: The exception of the application, if it is unexpected and not handled. If a
                group contains only one failure, that failure is raised.

        Cancelling it cancels the application. Nothing is sent.
        """
        if scope["type"] != "websocket":
            await self._pass_on(scope, receive, send)
            return
        self._enter(scope)
        record: Record[WebSocket] | None = scope.get(RECORD_KEY)
        inner = False
        if record:
            inner = True
            websocket = WebSocket.of(scope, receive, send)
        else:
            websocket = WebSocket(scope, receive, send)
            if record is None:
                record = Record()
                scope[RECORD_KEY] = record
        channel, connections = channel_of(websocket), self._connections
        receive, send = channel.receive_or_end, channel.send
        if not inner:
            record.append((websocket, receive, send))
        if connections.closing:
            await deny(websocket, PlainTextResponse("Shutting down.", status_code=503))
            return
        failure: Exception | None = None
        task = this_task()
        connections.present[websocket] = record, task
        try:
            try:
                await self._app(scope, receive, send)
                if channel.phase is not CLOSED and channel.phase is not GONE:
                    close_reason = connections.leaving and connections.close_reason(websocket)
                    if close_reason or not inner:
                        await _finish(record.layers)
                        await _end_open(websocket, *(close_reason or ()))
            except Exception as error:  # noqa: BLE001 - whatever it is, it has an end
                held = record.held(websocket)
                failure = await self._end(websocket, held, single_failure(error), inner)
            except anyio.get_cancelled_exc_class() as cancellation:
                if is_being_cancelled():
                    raise
                stray = RuntimeError("The endpoint let out the cancellation of another task.")
                stray.__cause__ = cancellation
                failure = await self._end(websocket, record.held(websocket), stray, inner)
        except BaseException as error:
            if not connections.explains(websocket, error):
                if not inner and isinstance(error, anyio.get_cancelled_exc_class()):
                    with anyio.move_on_after(_CUT_OFF_SECONDS, shield=True):
                        await _finish([*record.layers, websocket])
                raise
        finally:
            del connections.present[websocket]
            if connections.leaving:
                connections.let_go(websocket)
            if type(task) is TrioTask:
                task.leave()
            if not inner:
                record.clear()  # they hold the scope, which holds them
        if failure is not None:
            # Not in the `except` above: its context stays what it was.
            try:
                raise failure
            finally:
                del failure  # else it would hold this frame, which holds it

    # What an application adds, which is a boundary: a coroutine around this one would take time
    # whenever the endpoint waits.

    def _enter(self, scope: Scope) -> None:
        """Write the boundary into the scope of a connection."""

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a scope that is not a WebSocket."""
        await self._app(scope, receive, send)

    async def _end(
        self, websocket: WebSocket, held: WebSocket, error: Exception, inner: bool
    ) -> Exception | None:
        """Close the connection in the way that the error asks for.

        Args:
            websocket: The WebSocket of this boundary.
            held: The one that the endpoint has: the same, if there is no middleware between.
            error: What came out of the application.
            inner: Whether there is another boundary around, to which the rest can be left.

        Returns:
            The exception that is still to be raised.
        """
        handled = False
        try:
            if handler := self._handlers.find(error):
                response = await call_handler(handler, held, error)
                if response is not None and _is_unanswered(websocket):
                    await deny(websocket, response)
                handled = True
        except Exception as raised:  # noqa: BLE001 - an error like any other
            error = single_failure(raised)
        if inner and not handled:
            return error
        if held is not websocket:
            await _finish([held])
        if not _is_expected(error, websocket, held):
            await self._fail(websocket, error, handled)
            return None if handled else error
        try:
            await _end_as_asked(websocket, error)
        except Exception as mistake:  # noqa: BLE001 - the exception asks for what cannot be sent
            if not inner:
                await self._fail(websocket, mistake)
            return mistake
        return None

    async def _fail(self, websocket: WebSocket, error: Exception, handled: bool = False) -> None:
        """Close the connection after an unexpected error."""
        unanswered = _is_unanswered(websocket)
        body = "Internal Server Error"
        if self._debug:
            body = "".join(traceback.format_exception(error))
        if not handled:
            logger.error(
                "%r at %r: %s",
                error,
                websocket.scope["path"],
                "the handshake is denied with 500"
                if unanswered
                else "the connection is closed with 1011",
                exc_info=error if self._debug else None,
            )
        try:
            if unanswered:
                await deny(websocket, PlainTextResponse(body, status_code=500))
            else:
                await websocket.close(status.WS_1011_INTERNAL_ERROR)
        except Exception:  # noqa: BLE001, S110 - what the server makes of the end is no second error
            pass


async def _finish(websockets: Iterable[WebSocket]) -> None:
    """Send the close or denial of the application if sending it was cut off."""
    for channel in map(channel_of, websockets):
        if channel.phase is CLOSING and channel.end is not End.FAILED:
            try:
                await channel.finish()
            except Exception:  # noqa: BLE001, S110 - then there is nobody to send it to
                pass


async def _end_open(websocket: WebSocket, *close_reason: Any) -> None:
    """Close a connection that the application left open, with or without a code and a reason."""
    try:
        await websocket.close(*close_reason)
    except Exception:
        if not _has_ended(websocket):
            raise


async def _end_as_asked(websocket: WebSocket, error: Exception) -> None:
    """Close the connection as an exception says.

    Raises:
        TypeError: The exception says something that cannot be sent. Nothing has been sent.
        ValueError: The code or the reason is not allowed.
    """
    try:
        if isinstance(error, HTTPException):
            if _is_unanswered(websocket):
                await deny(websocket, _make_response(error))
            else:
                await websocket.close(status.WS_1008_POLICY_VIOLATION, _cut(error.detail))
        elif isinstance(error, WebSocketException):
            await websocket.close(error.code, _cut(error.reason))
        else:
            await websocket.close()
    except Exception:
        if not _has_ended(websocket):
            raise


def _is_expected(error: Exception, *websockets: WebSocket) -> bool:
    if isinstance(error, WebSocketDisconnect):
        # Where this client has not gone, another one has: that should have been caught.
        return any(_has_ended(websocket) for websocket in websockets)
    return isinstance(error, HTTPException | WebSocketException)


def _is_unanswered(websocket: WebSocket) -> bool:
    return channel_of(websocket).phase in UNANSWERED


def _has_ended(websocket: WebSocket) -> bool:
    return websocket.application_state in (_DISCONNECTED, _RESPONSE)


def _make_response(error: HTTPException) -> Response:
    if error.status_code in {204, 304}:  # they have no body (RFC 9110 sections 15.3.5 and 15.4.5)
        return Response(status_code=error.status_code, headers=error.headers)
    return PlainTextResponse(error.detail, status_code=error.status_code, headers=error.headers)


def _cut(reason: str) -> str:
    """Cut a reason to what a close frame can carry, between two characters."""
    return reason.encode(errors="replace")[:MAX_REASON_BYTES].decode(errors="ignore")
