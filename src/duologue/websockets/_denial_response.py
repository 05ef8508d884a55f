"""The denial response while it is made: it adapts a response to the server."""

import anyio
from anyio.lowlevel import checkpoint

from duologue._concurrency.background import BackgroundTask
from duologue.types import ASGIApp, Message
from duologue.websockets._channel import Channel
from duologue.websockets.state import CONNECTING, GONE

MAX_BYTES = 1 << 20
"""The size limit of a body, if the server takes it as a whole."""

_START, _BODY = "websocket.http.response.start", "websocket.http.response.body"


class DenialResponse:
    """Takes the messages of a response, and passes on its parts if the server sends each at once.

    From the first part on that is not the last, it notices if the client disconnects: then the
    response is cancelled.

    Args:
        channel: The channel of the connection.
        streams: Whether the server sends each part on.
    """

    def __init__(self, channel: Channel, streams: bool) -> None:
        self._channel = channel
        self._streams = streams
        self._start: Message | None = None
        self._passed_on = False  # whether the start has been sent
        self._length: int | None = None  # what the headers promise
        self._size = 0
        self._parts: list[bytes] = []
        self._complete = False
        self._scope = anyio.CancelScope()
        self._listener: BackgroundTask | None = None
        self._left = anyio.Event()
        self._told = False

    async def make(self, response: ASGIApp) -> list[Message]:
        """Run the response.

        Returns:
            The messages that are still to be sent.

        Raises:
            RuntimeError: The response is not complete.
            ValueError: Its body is too long, or is not as long as its headers say.
            WebSocketDisconnect: The client has disconnected in the meantime.
        """
        try:
            with self._scope:
                await response(self._channel.scope, self.receive, self.send)
        finally:
            if self._listener is not None:  # granian sends no end while somebody receives
                await self._listener.stop()
        if self._channel.phase is GONE:
            raise self._channel.not_open()
        if self._start is None or not self._complete:
            raise RuntimeError("The denial response is not complete: it sent no end of its body.")
        body = b"".join(self._parts)
        end: Message = {"type": _BODY, "body": body, "more_body": False}
        return [end] if self._passed_on else [self._start, end]

    async def send(self, message: Message) -> None:
        """Take a message of the response."""
        kind, channel = message.get("type"), self._channel
        if self._start is None:
            if kind != _START or kind not in channel.phase.sendable:
                raise channel.misplaced(kind)
            start = channel.make_start(message)
            headers: dict[bytes, bytes] = dict(start["headers"])
            length = headers.get(b"content-length", b"")
            self._length = int(length) if length.isdigit() else None
            self._start = start
            return
        if kind != _BODY or self._complete:
            raise RuntimeError(f"The denial response sent {kind!r} where no such message belongs.")
        self._complete = not message.get("more_body")
        body = message.get("body") or b""
        self._size += len(body)
        self._check_size()
        self._parts.append(body)
        if not self._complete:
            await self._listen()
            if self._streams:
                await self._pass_on(self._start)

    async def receive(self) -> Message:
        """Tell the response that the client has connected, and when it has disconnected."""
        channel = self._channel
        if channel.phase is CONNECTING:
            return await channel.receive()
        if self._told:  # it takes that for something else, and will not end by itself
            self._scope.cancel()
            await checkpoint()
        self._told = True
        await self._listen()
        await self._left.wait()
        return await channel.tell_end()

    def _check_size(self) -> None:
        length, size = self._length, self._size
        if length is not None and (size > length or (self._complete and size < length)):
            raise ValueError(
                f"The body of the denial response is not as long as its content-length says: "
                f"{length} bytes were promised, and {size} have come."
            )
        if size > MAX_BYTES and not self._streams:
            raise ValueError(
                f"The body of a denial response has at most {MAX_BYTES:,} bytes on this server, "
                "which takes it as a whole."
            )

    async def _pass_on(self, start: Message) -> None:
        if not self._passed_on:
            self._passed_on = True
            await self._channel.send(start)
        body = self._parts.pop()
        await self._channel.send({"type": _BODY, "body": body, "more_body": True})

    async def _listen(self) -> None:
        """Begin to listen for the disconnect, if nobody does that."""
        channel = self._channel
        if channel.phase is CONNECTING:
            await channel.receive()
        if channel.phase is GONE:
            raise channel.not_open()
        if self._listener is None and not channel.receiving:
            self._listener = BackgroundTask()
            self._listener.start(self._await_leaving)

    async def _await_leaving(self) -> None:
        try:
            await self._channel.listen()
        except Exception:  # noqa: BLE001 - whoever receives next gets it too
            return
        self._left.set()
        if not self._told:
            self._scope.cancel()
