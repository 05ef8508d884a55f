"""The types of ASGI: the arguments of an application, and the messages it receives and sends."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
"""The data of a connection before its first message."""

Message: TypeAlias = MutableMapping[str, Any]
"""One ASGI event: a mapping with a `type`."""

Receive: TypeAlias = Callable[[], Awaitable[Message]]
"""Waits for the next message of the server to the application."""

Send: TypeAlias = Callable[[Message], Awaitable[None]]
"""Sends one message of the application to the server."""

ASGIApp: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application. It is called once for each connection, with `Scope`, `Receive` and `Send`.

Frameworks have their own types for these three; an application of any of them is accepted.
"""
