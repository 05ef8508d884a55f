"""`WebSocketState` by the name that earlier programs import: see `duologue.websockets`."""

from duologue.websockets import WebSocketState

__all__ = ["WebSocketState"]
