"""Duologue: a complete WebSocket library for ASGI, specified by its own documentation."""

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

__version__ = "0.1.0"

__all__ = [
    "Connection",
    "HTTPException",
    "InvalidPayloadError",
    "UnsupportedDataError",
    "WebSocket",
    "WebSocketDisconnect",
    "WebSocketException",
    "WebSocketState",
    "WebSocketStateError",
]
