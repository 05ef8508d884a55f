"""Graceful shutdown: the open WebSockets of an application, and how to close all of them."""

import logging
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import anyio

from duologue import status
from duologue._asgi import protocol
from duologue._concurrency import background
from duologue._concurrency.cancellation import Cancellable, Cancellation, loop_of
from duologue.websockets import (
    Channel,
    Record,
    WebSocket,
    WebSocketStateError,
    channel_of,
)
from duologue.websockets.state import CLOSED, CONNECTING, GONE

logger = logging.getLogger("duologue.shutdown")

# A client that does not read any more may never take the close frame.
_CLOSE_SECONDS = 0.4
# How long everything may take beyond the grace: to close, and then to cancel, twice.
_BEYOND_SECONDS = 0.9


class _Presence(NamedTuple):
    """One connection, from its handshake to the return of its endpoint.

    Attributes:
        websocket: The WebSocket that the application has made of it.
        record: Its record, with those that were made over it further in.
        task: The task of the endpoint.
    """

    websocket: WebSocket
    record: Record[WebSocket]
    task: Cancellable

    @property
    def held(self) -> WebSocket:
        """The WebSocket that the endpoint has."""
        return self.record.held(self.websocket)

    @property
    def channels(self) -> list[Channel]:
        """The channels of all of its WebSockets."""
        return [channel_of(each) for each in (self.websocket, *self.record.layers)]

    @property
    def is_open(self) -> bool:
        """Whether the client has connected, and the connection has not ended on either side."""
        channel = channel_of(self.held)
        if channel.phase is CONNECTING:
            return not channel.receiving  # else the endpoint is still waiting for the client
        return channel.phase is not CLOSED and channel.phase is not GONE

    def leave_blocks(self) -> bool:
        """End the `until_closed` blocks; return whether there were any whose body has begun."""
        open_blocks = [channel.leave_blocks() for channel in self.channels]
        return any(open_blocks)

    async def force_close(self, code: int, reason: str | None) -> None:
        """Close the connection; to the endpoint, the client has disconnected."""
        for channel in self.channels:
            if not channel.phase.ended:  # else the endpoint has ended it itself
                channel.force_close = True
        try:
            await self.held.close(code, reason)
        except WebSocketStateError:
            pass  # its endpoint is still waiting for the client to connect
        except Exception as error:  # noqa: BLE001 - it must not keep the others
            logger.warning("The server could not close a connection: %r", error)


class _Leave:
    """The data of a connection that is being closed.

    Args:
        task: The task of its endpoint.

    Attributes:
        close_reason: The code and the reason to close with, if it is still open when its endpoint
            returns.
        cancellation: Cancels the endpoint.
        taken: Set when the endpoint has returned.
    """

    def __init__(self, task: Cancellable) -> None:
        self.close_reason: tuple[int, str | None] | None = None
        self.cancellation = Cancellation(task)
        self.taken = anyio.Event()


class Connections(Collection[WebSocket]):
    """The WebSockets that are open now: accepted, and not closed.

    It is a collection: you can take its length and iterate over it, even while it changes.

    Attributes:
        closing: Whether the application is shutting down: no new connection is accepted.
    """

    def __init__(self) -> None:
        self.closing = False
        # From the handshake until the endpoint has returned: for the WebSocket that the application
        # has made, the record of the connection, and the task of the endpoint.
        self._present: dict[WebSocket, tuple[Record[WebSocket], Cancellable]] = {}
        # Those of them that have been told to leave.
        self._leaving: dict[WebSocket, _Leave] = {}

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[WebSocket]:
        # Of a list, so that who iterates may wait while others come and go.
        held = [presence.held for presence in self._presences()]
        return (websocket for websocket in held if websocket.connected)

    def __contains__(self, websocket: object) -> bool:
        return any(websocket is present for present in self)

    async def close_all(
        self,
        code: int = status.WS_1012_SERVICE_RESTART,
        reason: str | None = None,
        grace: float = 5.0,
    ) -> None:
        """Close all connections, and wait for their endpoints to return.

        If an endpoint is inside `websocket.until_closed()`, that block ends at once, and the
        endpoint has `grace` seconds to send a last message; then its connection is closed. If it is
        in no such block, or is still joining a room, its connection is closed at once, and it has
        `grace` seconds to return.
        Endpoints that still run after that are cancelled, except inside `duologue.shutdown.shield`.
        The whole call takes at most one second longer than `grace`, whatever clients and endpoints
        do. If an endpoint calls this, it must close its own connection first; otherwise it waits
        for itself.

        Connections in event loops of other threads are not closed.

        Args:
            code: The close code.
            reason: The reason, at most 123 bytes of UTF-8.
            grace: How many seconds the endpoints have.

        Raises:
            ValueError: The code or the reason is not allowed. Nothing has been closed.
            TypeError: An argument has the wrong type. Nothing has been closed.

        Cancelling it is safe: nothing more is closed or cancelled. Endpoints whose block has ended
        by then continue on their own.
        """
        protocol.check_close(code, reason)
        await self._close(
            [each for each in self._presences() if each.is_open], (code, reason), grace
        )

    def _presences(self) -> list[_Presence]:
        return [_Presence(key, *value) for key, value in self._present.items()]

    async def _close(
        self, leaving: Iterable[_Presence], close_reason: tuple[int, str | None], grace: float
    ) -> None:
        leaves: list[tuple[_Presence, _Leave]] = []
        here = background.current_loop()
        for presence in leaving:
            if loop_of(presence.task) is here:
                leave = self._leaving.setdefault(presence.websocket, _Leave(presence.task))
                leave.close_reason = close_reason
                leaves.append((presence, leave))
        try:
            with anyio.move_on_after(grace + _BEYOND_SECONDS):
                async with anyio.create_task_group() as tasks:
                    for each in leaves:
                        tasks.start_soon(_close_one, *each, close_reason, grace)
        finally:
            for _, leave in leaves:
                if leave.close_reason is close_reason:
                    leave.close_reason = None


class OpenConnections(Connections):
    """The same, for those who let connections in, and who shut them down.

    Attributes:
        present: For the WebSocket that the application has made of each, from the handshake until
            the endpoint has returned: its record, and the task of its endpoint.
        leaving: Those of them that are being closed.
    """

    def __init__(self) -> None:
        super().__init__()
        # As they are, for a call to enter and one to leave would take time for each connection.
        self.present = self._present
        self.leaving = self._leaving

    def let_go(self, websocket: WebSocket) -> None:
        """Note that the endpoint of one of them has returned."""
        leave = self.leaving.pop(websocket, None)
        if leave is not None:
            leave.cancellation.end()
            leave.taken.set()

    def close_reason(self, websocket: WebSocket) -> tuple[int, str | None] | None:
        """The code and the reason to close a connection with, while all of them are closed."""
        leave = self.leaving.get(websocket)
        return None if leave is None else leave.close_reason

    def explains(self, websocket: WebSocket, error: BaseException) -> bool:
        """Whether an endpoint ends with an error because it was cancelled in order to leave."""
        leave = self.leaving.get(websocket)
        return leave is not None and leave.cancellation.explains(error)

    async def shut_down(self, code: int, reason: str, grace: float) -> None:
        """Do the same for good, also with endpoints whose connection has ended.

        The server would wait for them.
        """
        self.closing = True
        await self._close(self._presences(), (code, reason), grace)


async def _close_one(
    presence: _Presence, leave: _Leave, close_reason: tuple[int, str | None], grace: float
) -> None:
    """Tell one connection to leave, and wait until it has done so."""
    with anyio.move_on_after(grace):
        if not presence.leave_blocks():
            await presence.force_close(*close_reason)
        await leave.taken.wait()
        return
    with anyio.move_on_after(_CLOSE_SECONDS):
        await presence.force_close(*close_reason)
    while True:
        leave.cancellation.cancel()
        with anyio.move_on_after(_CLOSE_SECONDS):
            await leave.taken.wait()
            return
