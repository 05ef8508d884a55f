"""The denial response while it is made: what a response sends, as the server can take it."""

# It is a part of the WebSocket, and uses it from the inside.
# ruff: noqa: SLF001

from typing import Any

import anyio
from anyio.lowlevel import checkpoint

from duologue._concurrency.background import BackgroundTask
from duologue.types import ASGIApp, Message
from duologue.websockets.state import CONNECTING, GONE, Conversation

MAX_BYTES = 1 << 20
"""How much of a body may wait here, where the server takes it as a whole."""

_START, _BODY = "websocket.http.response.start", "websocket.http.response.body"


class Denial:
    """Takes what a response says, and passes it on in parts where the server sends each of them on.

    From the first part on that is not the last, it listens whether the client leaves: then the
    response is cancelled.

    Args:
        websocket: The connection.
        streams: Whether the server sends each part on.
    """

    def __init__(self, websocket: Conversation, streams: bool) -> None:
        self._websocket: Any = websocket  # which does input and output, too
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
        """Let the response speak.

        Returns:
            What is still to be sent.

        Raises:
            RuntimeError: The response is not complete.
            ValueError: Its body is too long, or is not as long as its headers say.
            WebSocketDisconnect: The client has left meanwhile.
        """
        try:
            with self._scope:
                await response(self._websocket.scope, self.receive, self.send)
        finally:
            if self._listener is not None:  # granian sends no end while somebody receives
                await self._listener.stop()
        if self._websocket._phase is GONE:
            raise self._websocket._not_open()
        if self._start is None or not self._complete:
            raise RuntimeError("The denial response is not complete: it sent no end of its body.")
        body = b"".join(self._parts)
        end: Message = {"type": _BODY, "body": body, "more_body": False}
        return [end] if self._passed_on else [self._start, end]

    async def send(self, message: Message) -> None:
        """Take a message of the response."""
        kind, websocket = message.get("type"), self._websocket
        if self._start is None:
            if kind != _START or kind not in websocket._phase.sendable:
                raise websocket._refusal(kind)
            start: Message = websocket._make_start(message)
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
        """Tell the response that the client has connected, and that it has left."""
        websocket = self._websocket
        if websocket._phase is CONNECTING:
            connect: Message = await websocket.receive()
            return connect
        if self._told:  # it takes that for something else, and will not end by itself
            self._scope.cancel()
            await checkpoint()
        self._told = True
        await self._listen()
        await self._left.wait()
        end: Message = await websocket._tell_end()
        return end

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
            await self._websocket.send(start)
        body = self._parts.pop()
        await self._websocket.send({"type": _BODY, "body": body, "more_body": True})

    async def _listen(self) -> None:
        """Begin to listen whether the client leaves, where nobody does that."""
        websocket = self._websocket
        if websocket._phase is CONNECTING:
            await websocket.receive()
        if websocket._phase is GONE:
            raise websocket._not_open()
        if self._listener is None and not websocket._receiving:
            self._listener = BackgroundTask()
            self._listener.start(self._hear)

    async def _hear(self) -> None:
        try:
            await self._websocket._listen()
        except Exception:  # noqa: BLE001 - whoever receives next hears it too
            return
        self._left.set()
        if not self._told:
            self._scope.cancel()
