"""The application that every server serves: the snippets, and behaviours that are probed.

- `/live/PAGE/NAME` leads to a snippet, as on the site.
- `/spans/` has routes whose parameters compete.
- Everything else is a behaviour: see `behaviours.py`.
"""

from behaviours import probe

from docs_tools.site.live import Live
from duologue.applications import Duologue
from duologue.routing import Host, WebSocketRoute
from duologue.websockets import WebSocket

live = Live(remember=())  # each script is played once


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(scope, receive, send)
    elif scope["path"].startswith("/spans/"):
        await spans(scope, receive, send)
    elif scope["path"].startswith("/live/"):
        await live(scope, receive, send)
    else:
        await probe(WebSocket(scope, receive, send))


async def tell_span(websocket):
    await websocket.accept()
    await websocket.send_json(websocket.path_params)


spans = Duologue(
    [
        WebSocketRoute("/spans/{a}-{b}-{c}-{d}", tell_span),
        WebSocketRoute("/spans/{a:int}{b:int}{c:int}/{d}", tell_span),
        Host("{a}.{b}.{c}.{d}.example.com", Duologue()),
    ]
)
"""Routes whose parameters compete for the same characters."""


async def lifespan(scope, receive, send):
    """Share something of our own, and let the snippets have their lifespans."""
    scope.setdefault("state", {})["seen"] = "the lifespan"
    await live(scope, receive, send)
