"""The types of ASGI: what a server hands to an application, and what passes between them."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
"""What is known of a connection before its first message."""

Message: TypeAlias = MutableMapping[str, Any]
"""One event of the conversation: a mapping with a `type`."""

Receive: TypeAlias = Callable[[], Awaitable[Message]]
"""Waits for the next message that the server has for the application."""

Send: TypeAlias = Callable[[Message], Awaitable[None]]
"""Hands one message of the application to the server."""

ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
"""An ASGI application: called once for each connection."""
