"""WebSockets: one connection, from the handshake to its close."""

from typing import TYPE_CHECKING

from duologue.exceptions import WebSocketDisconnect, WebSocketStateError
from duologue.websockets._channel import Channel as Channel
from duologue.websockets._channel import channel_of as channel_of
from duologue.websockets._record import RECORD_KEY as RECORD_KEY
from duologue.websockets._record import Record as Record
from duologue.websockets._record import is_bounded as is_bounded
from duologue.websockets._websocket import WebSocket
from duologue.websockets.state import WebSocketState

if TYPE_CHECKING:  # it needs anyio, which the core does not load
    from duologue.websockets._receive_buffer import Block as Block

__all__ = ["WebSocket", "WebSocketDisconnect", "WebSocketState", "WebSocketStateError"]
