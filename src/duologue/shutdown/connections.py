"""The open WebSockets of an application, and how to say goodbye to all of them."""

# Saying goodbye to a WebSocket begins on its inside.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

import logging
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import anyio

from duologue import status
from duologue._asgi import protocol
from duologue._concurrency import background
from duologue._concurrency.cancellation import Cancellable, Cancellation, loop_of
from duologue.websockets import Layers, WebSocket, WebSocketStateError
from duologue.websockets.state import CLOSED, CONNECTING, GONE

logger = logging.getLogger("duologue.connections")

# A client that reads nothing more may take for ever to be told that the conversation ends.
_CLOSE_SECONDS = 0.4
# How long everything may take beyond the grace: to close, and then to cancel, twice.
_BEYOND_SECONDS = 0.9


class _Presence(NamedTuple):
    """One connection, from its handshake to the return of its endpoint.

    Attributes:
        websocket: The WebSocket that the application has made of it.
        layers: Those that were made over it further in, where middleware stands between.
        task: The task of the endpoint.
    """

    websocket: WebSocket
    layers: Layers[WebSocket]
    task: Cancellable

    @property
    def held(self) -> WebSocket:
        """The WebSocket that the endpoint has."""
        return self.layers.held(self.websocket)

    @property
    def is_open(self) -> bool:
        """Whether the client has come, and the conversation has not ended on either side."""
        phase = self.held._phase
        if phase is CONNECTING:
            return not self.held._receiving  # else the endpoint is still waiting for the client
        return phase is not CLOSED and phase is not GONE

    def leave_blocks(self) -> bool:
        """End the blocks that last until the peer leaves; tell whether there were any."""
        open_blocks = [each._leave_blocks() for each in (self.websocket, *self.layers.websockets)]
        return any(open_blocks)

    async def dismiss(self, code: int, reason: str | None) -> None:
        """Close the connection; to the endpoint, which has made no mistake, its peer has left."""
        for each in (self.websocket, *self.layers.websockets):
            if not each._phase.ended:  # else the endpoint has ended it itself
                each._dismissed = True
        try:
            await self.held.close(code, reason)
        except WebSocketStateError:
            pass  # its endpoint is still waiting for the client to connect
        except Exception as error:  # noqa: BLE001 - it must not keep the others
            logger.warning("The server could not close a connection: %r", error)


class _Leave:
    """What is known of a connection that has been told to leave.

    Args:
        task: The task of its endpoint.

    Attributes:
        farewell: The code and the reason with which it is to end, where it is still open when its
            endpoint returns.
        cancellation: Cancels the endpoint.
        taken: Set when the endpoint has returned.
    """

    def __init__(self, task: Cancellable) -> None:
        self.farewell: tuple[int, str | None] | None = None
        self.cancellation = Cancellation(task)
        self.taken = anyio.Event()


class Connections(Collection[WebSocket]):
    """The WebSockets that are open now: accepted, and not closed.

    It is a collection: it has a length, and can be iterated over, also while it changes.

    Attributes:
        closing: Whether the application says goodbye for good: nobody is let in any more.
    """

    def __init__(self) -> None:
        self.closing = False
        # From the handshake until the endpoint has returned: for the WebSocket that the application
        # has made, those that are made over it further in, and the task of the endpoint.
        self._present: dict[WebSocket, tuple[Layers[WebSocket], Cancellable]] = {}
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

    def _farewell(self, websocket: WebSocket) -> tuple[int, str | None] | None:
        """The code and the reason that `close_all` has for a connection, while it is under way."""
        leave = self._leaving.get(websocket)
        return None if leave is None else leave.farewell

    def _explain(self, websocket: WebSocket, error: BaseException) -> bool:
        """Whether an endpoint ends with an error because it was cancelled in order to leave."""
        leave = self._leaving.get(websocket)
        return leave is not None and leave.cancellation.explains(error)

    def _let_go(self, websocket: WebSocket) -> None:
        """Take note that one that was told to leave has left."""
        leave = self._leaving.pop(websocket, None)
        if leave is not None:
            leave.cancellation.end()
            leave.taken.set()

    async def close_all(
        self,
        code: int = status.WS_1012_SERVICE_RESTART,
        reason: str | None = None,
        grace: float = 5.0,
    ) -> None:
        """Close all connections, and wait for their endpoints to return.

        An endpoint inside of `websocket.until_closed()` leaves that block at once, and has `grace`
        seconds to say something of its own; then its connection is closed. Where an endpoint is in
        no such block, the connection is closed at once, and `grace` is the time that it has to
        return. Endpoints that are still running after that are cancelled, where they are in no
        `duologue.shutdown.shield`. All in all it takes at most a second longer than `grace`,
        whatever clients and endpoints do. An endpoint that calls this closes its own connection
        first: else it is told to leave too, and waits for itself.

        Connections in other event loops, of other threads, are left alone.

        Args:
            code: The close code.
            reason: The reason, at most 123 bytes of UTF-8.
            grace: How many seconds the endpoints may take.

        Raises:
            ValueError: The code or the reason must not be sent. Nothing has been closed.
            TypeError: An argument has the wrong type. Nothing has been closed.

        Cancelling it is safe: it closes and cancels no more. Endpoints that have left their block
        by then end in their own way.
        """
        protocol.check_close(code, reason)
        await self._send_home(
            [each for each in self._presences() if each.is_open], (code, reason), grace
        )

    async def _drain(self, code: int, reason: str, grace: float) -> None:
        """Do the same for good: also with endpoints whose conversation is over.

        The server would wait for them.
        """
        self.closing = True
        await self._send_home(self._presences(), (code, reason), grace)

    def _presences(self) -> list[_Presence]:
        return [_Presence(key, *value) for key, value in self._present.items()]

    async def _send_home(
        self, leaving: Iterable[_Presence], farewell: tuple[int, str | None], grace: float
    ) -> None:
        told: list[tuple[_Presence, _Leave]] = []
        here = background.current_loop()
        for presence in leaving:
            if loop_of(presence.task) is here:
                leave = self._leaving.setdefault(presence.websocket, _Leave(presence.task))
                leave.farewell = farewell
                told.append((presence, leave))
        try:
            with anyio.move_on_after(grace + _BEYOND_SECONDS):
                async with anyio.create_task_group() as tasks:
                    for each in told:
                        tasks.start_soon(_see_off, *each, farewell, grace)
        finally:
            for _, leave in told:
                if leave.farewell is farewell:
                    leave.farewell = None


async def _see_off(
    presence: _Presence, leave: _Leave, farewell: tuple[int, str | None], grace: float
) -> None:
    """Tell one connection to leave, and wait until it has done so."""
    with anyio.move_on_after(grace):
        if not presence.leave_blocks():
            await presence.dismiss(*farewell)
        await leave.taken.wait()
        return
    with anyio.move_on_after(_CLOSE_SECONDS):
        await presence.dismiss(*farewell)
    while True:
        leave.cancellation.cancel()
        with anyio.move_on_after(_CLOSE_SECONDS):
            await leave.taken.wait()
            return
