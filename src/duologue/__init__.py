"""Duologue: a complete WebSocket library for ASGI."""

__version__ = "0.1.0"
