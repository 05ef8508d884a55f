"""What the tests of routing share: endpoints that tell what they got, and one request of HTTP."""

from recording_server import DENIAL, new_websocket

HTTP = {"type": "http", "method": "GET", "path": "/", "headers": []}


async def tell(websocket):
    """Accept, and keep what the endpoint got on the object."""
    websocket.scope["seen"].append(websocket)
    await websocket.accept()


async def tell_scope(scope, receive, send):
    scope["seen"].append(scope)


async def connect(app, path="/", **keys):
    """Open a connection.

    Returns:
        What the endpoint got, a WebSocket or a scope, or None where none was reached; and what was
        sent.
    """
    seen = []
    websocket, server = new_websocket(**{**DENIAL, "path": path, "seen": seen, **keys})
    await app(websocket.scope, server.receive, server.send)
    return (seen[0] if seen else None), server.sent


async def reach(app, path="/", **keys):
    """Open a connection that an endpoint has to get, and return what it got."""
    found, _ = await connect(app, path, **keys)
    assert found is not None
    return found


async def is_refused(app, path="/", **keys):
    """Whether a connection is denied with 404."""
    found, sent = await connect(app, path, **keys)
    if found is not None:
        return False
    assert [message.get("status") for message in sent] == [404, None]
    return True


async def request(app, path="/", **keys):
    """Make one request of HTTP, and return the status, the headers and the body."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    await app({**HTTP, "path": path, "seen": [], **keys}, receive, send)
    start, *bodies = sent
    body = b"".join(part["body"] for part in bodies)
    return start["status"], dict(start["headers"]), body
