"""Middleware: ASGI applications around another one, each with one concern."""
