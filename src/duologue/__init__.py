"""Duologue: a complete WebSocket library for ASGI, specified by its own documentation."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from duologue.connection import Connection
from duologue.exceptions import (
    HTTPException,
    InvalidPayloadError,
    UnsupportedDataError,
    WebSocketDisconnect,
    WebSocketException,
    WebSocketStateError,
)
from duologue.websockets import WebSocket, WebSocketState

if TYPE_CHECKING:
    from duologue.applications import Duologue
    from duologue.endpoints import WebSocketEndpoint
    from duologue.middleware import Middleware
    from duologue.routing import Host, Mount, Router, WebSocketRoute

__version__ = "0.1.0"

__all__ = [
    "Connection",
    "Duologue",
    "HTTPException",
    "Host",
    "InvalidPayloadError",
    "Middleware",
    "Mount",
    "Router",
    "UnsupportedDataError",
    "WebSocket",
    "WebSocketDisconnect",
    "WebSocketEndpoint",
    "WebSocketException",
    "WebSocketRoute",
    "WebSocketState",
    "WebSocketStateError",
]

# Imported when they are first asked for: who needs no more than a WebSocket waits for no more.
_LATE = {
    "Duologue": "applications",
    "Host": "routing",
    "Middleware": "middleware",
    "Mount": "routing",
    "Router": "routing",
    "WebSocketEndpoint": "endpoints",
    "WebSocketRoute": "routing",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
