"""Routes: which endpoint serves a connection, and which URL leads to an endpoint."""

from duologue.routing._router import BaseRoute, Match, Router
from duologue.routing._routes import Host, Mount, WebSocketRoute
from duologue.routing._url_for import NoMatchFound, URLPath

__all__ = [
    "BaseRoute",
    "Host",
    "Match",
    "Mount",
    "NoMatchFound",
    "Router",
    "URLPath",
    "WebSocketRoute",
]
