"""One WebSocket conversation, from the handshake to its end."""

from duologue.exceptions import WebSocketDisconnect, WebSocketStateError
from duologue.websockets._record import MADE_KEY as MADE_KEY
from duologue.websockets._record import SILENCE_KEY as SILENCE_KEY
from duologue.websockets._record import Layers as Layers
from duologue.websockets._record import Silence as Silence
from duologue.websockets._websocket import WebSocket
from duologue.websockets.state import WebSocketState

__all__ = ["WebSocket", "WebSocketDisconnect", "WebSocketState", "WebSocketStateError"]
