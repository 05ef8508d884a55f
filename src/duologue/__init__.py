"""Duologue: a complete WebSocket library for ASGI, specified by its own documentation."""

from typing import TYPE_CHECKING

from duologue._lazy import lazy
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

# Who needs no more than a WebSocket waits for no more.
__getattr__, __dir__ = lazy(
    __name__,
    {
        "Duologue": "applications",
        "Host": "routing",
        "Middleware": "middleware",
        "Mount": "routing",
        "Router": "routing",
        "WebSocketEndpoint": "endpoints",
        "WebSocketRoute": "routing",
    },
)
