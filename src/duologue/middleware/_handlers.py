"""Exception handlers: what an application does about an exception before the connection closes."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, cast

from anyio import to_thread

from duologue.exceptions import HTTPException, WebSocketDisconnect, WebSocketException
from duologue.types import ASGIApp
from duologue.websockets import WebSocket

Handler: TypeAlias = Callable[[WebSocket, Any], Awaitable[ASGIApp | None] | ASGIApp | None]
"""Takes the WebSocket and the exception; may return a response that denies the handshake."""

# They have an end of their own, which is nearer than a handler for what they are derived from.
_EXPECTED = (HTTPException, WebSocketException, WebSocketDisconnect)


class ExceptionHandlers:
    """The handlers of an application, found by what has been raised.

    Args:
        handlers: By the type of the exception, or by the status of an `HTTPException`.

    Raises:
        TypeError: A key is neither, or a handler cannot be called.
        ValueError: A status is not an HTTP status that denies a handshake.
    """

    def __init__(self, handlers: Mapping[Any, Handler] | None = None) -> None:
        if handlers is not None and not isinstance(handlers, Mapping):
            raise TypeError(
                "The exception handlers are a dict, with a function for each type or status, "
                f"not {handlers!r}."
            )
        self._handlers: dict[Any, Handler] = dict(handlers or {})
        for key, handler in self._handlers.items():
            _check(key, handler)

    def find(self, error: Exception) -> Handler | None:
        """Find the handler for an error.

        That of the status comes first, then that of the nearest type. A handler for `Exception` is
        for unexpected errors: not for the exceptions that close a connection.
        """
        if isinstance(error, HTTPException) and error.status_code in self._handlers:
            return self._handlers[error.status_code]
        for kind in type(error).__mro__:
            if kind in self._handlers:
                return self._handlers[kind]
            if kind in _EXPECTED:
                return None
        return None


async def call_handler(handler: Handler, websocket: WebSocket, error: Exception) -> ASGIApp | None:
    """Let a handler do its work; a plain function does it in a thread, so that it may block.

    Raises:
        TypeError: It returned something other than a response.
    """
    if inspect.iscoroutinefunction(handler):
        response = await handler(websocket, error)
    else:
        # In a list, for trio lets no function in a thread return something to wait for.
        [response] = await to_thread.run_sync(lambda: [handler(websocket, error)])
        if inspect.isawaitable(response):
            response = await response
    if response is None:
        return None
    if not callable(response):
        raise TypeError(
            f"The exception handler {handler!r} returned {response!r}. "
            "It returns a response that denies the handshake, or nothing."
        )
    return cast("ASGIApp", response)


def _check(key: object, handler: object) -> None:
    if not callable(handler):
        raise TypeError(f"An exception handler is a function, not {handler!r}.")
    if isinstance(key, int):
        if not 300 <= key <= 599:
            raise ValueError(
                f"{key} is not an HTTP status that denies a handshake (300-599). For a close code, "
                "handle WebSocketException and look at its `code`."
            )
    elif not (isinstance(key, type) and issubclass(key, Exception)):
        raise TypeError(
            "Exception handlers are found by a type of Exception or by an HTTP status, "
            f"not by {key!r}."
        )
