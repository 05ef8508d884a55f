"""Denial responses: an HTTP response to a handshake, whatever the server supports."""

from duologue._asgi import protocol
from duologue.exceptions import WebSocketDisconnect, WebSocketStateError
from duologue.types import ASGIApp
from duologue.websockets._websocket import WebSocket
from duologue.websockets.state import WebSocketState


async def deny(websocket: WebSocket, response: ASGIApp) -> None:
    """Deny the handshake with a response, or with a plain 403 if the server supports no response.

    If the client has disconnected in the meantime, nothing is sent, and this is not an error.

    Args:
        websocket: The connection, neither accepted nor denied yet.
        response: A `duologue.responses.Response`, or any ASGI application, as for
            `WebSocket.send_denial_response`. It is not called if the server lacks the Websocket
            Denial Response extension of ASGI.

    Raises:
        WebSocketStateError: The connection is already accepted, closed or denied.
        ValueError: The response sets more than one cookie, or has a header that is not allowed.
            Nothing has been sent.
        RuntimeError: The response is incomplete. Nothing has been sent.

    After cancelling it, the response may or may not have been sent.
    """
    if websocket.client_state is WebSocketState.DISCONNECTED:
        return
    if websocket.application_state is not WebSocketState.CONNECTING:
        raise WebSocketStateError(
            "Only a handshake that has no answer yet can be denied, and this connection is "
            "already accepted, closed or denied. To end it, call close()."
        )
    if not protocol.supports_denial(websocket.scope):
        await websocket.close()
        return
    try:
        await websocket.send_denial_response(response)
    except WebSocketDisconnect:
        pass
