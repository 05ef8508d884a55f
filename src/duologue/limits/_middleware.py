"""Middleware that applies limits to the clients of an application."""

import math

import anyio

from duologue import status
from duologue._asgi.protocol import size_of
from duologue.limits._limits import Limits, TokenBucket
from duologue.limits._timelimits import time_limits
from duologue.responses import PlainTextResponse
from duologue.types import ASGIApp, Message, Receive, Scope, Send
from duologue.websockets import RECORD_KEY, Record, WebSocket, channel_of
from duologue.websockets.denial import deny
from duologue.websockets.state import UNANSWERED


class LimitMiddleware:
    """Applies `Limits` to the clients of an application.

    The connection is closed with 1009 if a message is too large, and with 1008 if messages come too
    fast. It is closed with `idle_code` if the client is idle (RFC 6455 section 7.4.1), and with
    1013 if the client does not read a message in time. If there are too many connections, the
    handshake is denied with 503. The application sees that the client has disconnected, with that
    code.

    The server receives a whole message before its size is checked, so set the server's own limit
    too.

    Args:
        app: The application.
        limits: The limits. They also count what they have refused.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        if not isinstance(limits, Limits):
            raise TypeError(f"The limits are a Limits(...), not {limits!r}.")
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the connection in, and apply the limits to its client."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        websocket = WebSocket.of(scope, receive, send)
        client = self.limits.name(websocket.client.host if websocket.client else None)
        if not self.limits.enter(client):
            await deny(websocket, PlainTextResponse("Too many connections.", status_code=503))
            return
        self._pass_on_silence(scope)
        try:
            limited = LimitedConversation(websocket, self.limits)
            await self.app(scope, limited.receive, limited.send)
        finally:
            self.limits.leave(client)

    def _pass_on_silence(self, scope: Scope) -> None:
        """Tell an `until_closed` block how long the client may be idle, at most."""
        if self.limits.idle_seconds is None:
            return
        record: Record[WebSocket] | None = scope.get(RECORD_KEY)
        if record is None:
            record = Record()
            scope[RECORD_KEY] = record
        outer = record.silence
        if outer is None or self.limits.idle_seconds < (outer.idle_seconds or math.inf):
            record.silence = self.limits


class LimitedConversation:
    """The messages of one connection, up to a limit.

    Args:
        websocket: The connection.
        limits: Its limits.
    """

    def __init__(self, websocket: WebSocket, limits: Limits) -> None:
        self._websocket = websocket
        self._channel = channel_of(websocket)
        self._limits = limits
        self._silence = 0.0
        self._ended = False
        seconds = limits.send_seconds
        self._time_limit = None if seconds is None else time_limits(seconds)
        self._bucket: TokenBucket | None = None
        if limits.message_rate is not None:
            burst = limits.message_burst or max(1.0, limits.message_rate)
            self._bucket = TokenBucket(limits.message_rate, burst, anyio.current_time())

    async def receive(self) -> Message:
        """Receive the next message, or the end that a limit has brought about.

        Cancelling it is as safe as the server makes it.
        """
        message = await self._listen()
        broken = self._broken(message)
        if broken is None:
            return message
        await self._end(*broken)
        return await self._channel.receive_or_end()

    async def send(self, message: Message) -> None:
        """Send a message.

        Raises:
            WebSocketDisconnect: The client has not taken the message in time, or another limit has
                closed the connection.

        After cancelling it, the message may or may not have been sent.
        """
        if self._time_limit is None or self._ended:
            await self._channel.send(message)
            return
        with self._time_limit() as block:
            await self._channel.send(message)
        if block.cancelled_caught:
            self._limits.refused.send_seconds += not self._ended  # of several tasks, the first
            reason = f"The client did not read a message for {self._limits.send_seconds:g} seconds."
            await self._end(status.WS_1013_TRY_AGAIN_LATER, reason)
            raise self._channel.disconnect()

    async def _end(self, code: int, reason: str) -> None:
        """Close the connection; to the application, the client has disconnected."""
        self._ended = self._channel.force_close = True
        with anyio.move_on_after(_CLOSE_SECONDS):  # the client perhaps reads nothing
            await self._websocket.close(code, reason)

    async def _listen(self) -> Message:
        limit = self._limits.idle_seconds
        if limit is None or self._channel.phase in UNANSWERED:  # it cannot send yet
            return await self._channel.receive_or_end()
        began = anyio.current_time()
        try:
            # What the cancelled receive may lose on some servers comes too late anyway.
            with anyio.CancelScope(deadline=began + limit - self._silence):
                message = await self._channel.receive_or_end()
                began = anyio.current_time()
                self._silence = 0.0
                return message
            return _SILENCE
        finally:
            # An application that gives its own receives a limit waits in several pieces.
            self._silence += anyio.current_time() - began

    def _broken(self, message: Message) -> tuple[int, str] | None:
        """Tell which limit a message breaks: the code and the reason to close with."""
        limits, refused = self._limits, self._limits.refused
        if message is _SILENCE:
            return limits.note_silence()
        if message["type"] != "websocket.receive":
            return None
        if limits.message_size is not None and size_of(message) > limits.message_size:
            refused.message_size += 1
            reason = f"A message has at most {limits.message_size} bytes."
            return status.WS_1009_MESSAGE_TOO_BIG, reason
        if self._bucket is not None and not self._bucket.take(anyio.current_time()):
            refused.message_rate += 1
            reason = f"At most {limits.message_rate:g} messages a second."
            return status.WS_1008_POLICY_VIOLATION, reason
        return None


_CLOSE_SECONDS = 1

_SILENCE: Message = {"type": "silence"}
