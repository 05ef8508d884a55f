"""Denial responses: a handshake answered with an HTTP response, whatever the server supports."""

from duologue._asgi import protocol
from duologue.exceptions import WebSocketDisconnect, WebSocketStateError
from duologue.types import ASGIApp
from duologue.websockets._websocket import WebSocket
from duologue.websockets.state import WebSocketState


async def deny(websocket: WebSocket, response: ASGIApp) -> None:
    """Answer the handshake with a response, or, where the server cannot, with its plain 403.

    A client that has gone meanwhile is no error: it has no need of an answer.

    Args:
        websocket: The connection, neither accepted nor denied yet.
        response: A `duologue.responses.Response`, or any ASGI application, as for
            `WebSocket.send_denial_response`. Without the Websocket Denial Response extension of
            ASGI it is not asked.

    Raises:
        WebSocketStateError: The connection is already accepted, closed or denied.
        ValueError: The response sets more than one cookie, or has a header that is not allowed.
            Nothing has been sent.
        RuntimeError: The response is not complete. Nothing has been sent.

    Cancelling it leaves open whether the answer was sent.
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
