"""Limits: how much a client may send, how long it may be idle, and how many clients may connect."""

from duologue.limits._limits import Limits, Refused
from duologue.limits._middleware import LimitMiddleware

__all__ = ["LimitMiddleware", "Limits", "Refused"]
