"""Authorization: tokens sent as a subprotocol, because browsers cannot set headers of a handshake.

In a page, `new WebSocket(url, ["bearer", token])` offers two subprotocols: the name of a scheme and
the token. The application reads the token, and accepts the scheme as the subprotocol, because a
browser fails a handshake that accepts none of its subprotocols (WHATWG WebSockets, "establish a
WebSocket connection").
"""

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from itertools import pairwise
from typing import TypeVar, cast

from duologue.connection import Connection
from duologue.exceptions import HTTPException
from duologue.websockets import WebSocket

T = TypeVar("T")


def subprotocol_token(connection: Connection, scheme: str = "bearer") -> str | None:
    """Return the token that the client offers as a subprotocol, right after the scheme's name.

    Args:
        connection: The connection.
        scheme: The name of the scheme, case-insensitive.

    Returns:
        The token, or `None` if the client offers none.
    """
    for name, token in pairwise(connection.subprotocols):
        if name.lower() == scheme.lower():
            return token
    return None


async def accept_with_token(
    websocket: WebSocket,
    verify: Callable[[str], Awaitable[T | None] | T | None],
    *,
    scheme: str = "bearer",
) -> T:
    """Accept the connection of a client that offers a valid token as a subprotocol.

    The scheme is accepted as the subprotocol, spelled as the client wrote it. The token is never
    sent back.

    Args:
        websocket: The connection, not accepted yet.
        verify: Takes the token and returns what belongs to it, such as a user; `None` or `False` if
            the token is not valid. It may be `async`. Compare secrets with
            `secrets.compare_digest`.
        scheme: The name of the scheme, case-insensitive.

    Returns:
        The value that `verify` returned.

    Raises:
        HTTPException: 401, because there is no token, or it is not valid. In an application, this
            denies the handshake.
        WebSocketDisconnect: The client has disconnected in the meantime.
        WebSocketStateError: The connection is already accepted, closed or denied.

    After cancelling it, the client may or may not have been accepted: close the connection then.
    """
    token = subprotocol_token(websocket, scheme)
    found = verify(token) if token is not None else None
    identity = cast("T | None", await found if isawaitable(found) else found)
    if identity is None or identity is False:
        raise HTTPException(401, headers={"www-authenticate": scheme.capitalize()})
    offered = (name for name in websocket.subprotocols if name.lower() == scheme.lower())
    await websocket.accept(subprotocol=next(offered))
    return identity
