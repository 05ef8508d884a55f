"""Authorization: tokens sent as a subprotocol, for browsers cannot set headers of a handshake.

In a page, `new WebSocket(url, ["bearer", token])` offers two subprotocols: the name of a scheme and
the token. The application takes the token, and accepts the scheme as the subprotocol, for a browser
fails a handshake that accepts none of those it offered (WHATWG WebSockets, "establish a WebSocket
connection").
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
    """Find the token that the client offers as a subprotocol, right behind the scheme's name.

    Args:
        connection: The connection.
        scheme: The name of the scheme, in any case.

    Returns:
        The token, or `None` where the client offers none.
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

    The scheme is accepted as the subprotocol, as the client wrote it; the token never travels back.

    Args:
        websocket: The connection, not accepted yet.
        verify: Given the token, returns what it stands for, such as a user; `None` or `False` where
            it is not valid. It may be `async`. Compare secrets with `secrets.compare_digest`.
        scheme: The name of the scheme, in any case.

    Returns:
        What `verify` returned.

    Raises:
        HTTPException: 401, because there is no token, or it is not valid. In an application this
            answers the handshake.
        WebSocketDisconnect: The client has gone meanwhile.
        WebSocketStateError: The connection is already accepted, closed or denied.

    Cancelling it leaves open whether the client was accepted: close the connection then.
    """
    token = subprotocol_token(websocket, scheme)
    found = verify(token) if token is not None else None
    identity = cast("T | None", await found if isawaitable(found) else found)
    if identity is None or identity is False:
        raise HTTPException(401, headers={"www-authenticate": scheme.capitalize()})
    offered = (name for name in websocket.subprotocols if name.lower() == scheme.lower())
    await websocket.accept(subprotocol=next(offered))
    return identity
