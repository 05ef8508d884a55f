"""Limits: how much a client may send, how long it may be silent, and how many may come."""

from duologue.limits._limits import Limits, Refused
from duologue.limits._middleware import LimitMiddleware

__all__ = ["LimitMiddleware", "Limits", "Refused"]
