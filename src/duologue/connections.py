"""The open WebSockets of an application, and how to say goodbye to all of them."""

# Saying goodbye to a WebSocket begins on its inside.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

import logging
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import anyio

from duologue import protocol, status
from duologue.websockets import Layers, WebSocket, WebSocketStateError

logger = logging.getLogger("duologue.connections")

# A client that reads nothing more may take for ever to be told that the conversation ends.
_CLOSE_SECONDS = 5.0


class _Presence(NamedTuple):
    """One connection, from its handshake to the return of its endpoint.

    Attributes:
        websocket: The WebSocket that the application has made of it.
        layers: Those that were made over it further in, where middleware stands between.
    """

    websocket: WebSocket
    layers: Layers

    @property
    def held(self) -> WebSocket:
        """The WebSocket that the endpoint has."""
        return self.layers.held(self.websocket)

    def leave_blocks(self) -> bool:
        """End the blocks that last until the peer leaves; tell whether there were any."""
        open_blocks = [each._leave_blocks() for each in (self.websocket, *self.layers.websockets)]
        return any(open_blocks)

    async def dismiss(self, code: int, reason: str | None) -> None:
        """Close the connection; to the endpoint, which has made no mistake, its peer has left."""
        for each in (self.websocket, *self.layers.websockets):
            if not each._phase.ended:  # else the endpoint has ended it itself
                each._dismissed = True
        await self.held.close(code, reason)


class Connections(Collection[WebSocket]):
    """The WebSockets that are open now: accepted, and not closed.

    It is a collection: it has a length, and can be iterated over, also while it changes.

    Attributes:
        closing: Whether the application says goodbye for good: nobody is let in any more.
    """

    def __init__(self) -> None:
        self.closing = False
        self._present: dict[WebSocket, Layers] = {}
        self._farewells: dict[WebSocket, tuple[int, str | None]] = {}
        self._left: anyio.Event | None = None

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[WebSocket]:
        # Of a list, so that who iterates may wait while others come and go.
        held = [presence.held for presence in self._presences()]
        return (websocket for websocket in held if websocket.connected)

    def __contains__(self, websocket: object) -> bool:
        return any(websocket is present for present in self)

    def enter(self, websocket: WebSocket, layers: Layers) -> None:
        """Take in a connection whose handshake begins.

        Args:
            websocket: What the application has made of it.
            layers: Those that will be made over it.
        """
        self._present[websocket] = layers

    def leave(self, websocket: WebSocket) -> None:
        """Let go of a connection whose endpoint has returned."""
        del self._present[websocket]
        if self._farewells:
            self._farewells.pop(websocket, None)
        if self._left is not None:
            self._left.set()
            self._left = None

    def farewell(self, websocket: WebSocket) -> tuple[int, str | None] | None:
        """The code and the reason that `close_all` has for a connection, while it is under way."""
        return self._farewells.get(websocket)

    async def close_all(
        self,
        code: int = status.WS_1012_SERVICE_RESTART,
        reason: str | None = None,
        grace: float = 5.0,
    ) -> None:
        """Close all connections, and wait for their endpoints to return.

        An endpoint inside of `websocket.until_closed()` leaves that block at once, and has `grace`
        seconds to say something of its own. After that, and at once where an endpoint is in no such
        block, the connection is closed. An endpoint that calls this closes its own connection
        first: else it is told to leave too, and waits for itself.

        Args:
            code: The close code.
            reason: The reason, at most 123 bytes of UTF-8.
            grace: How many seconds the endpoints may take, before the close and after it.

        Raises:
            ValueError: The code or the reason must not be sent. Nothing has been closed.
            TypeError: An argument has the wrong type. Nothing has been closed.

        Cancelling it is safe: it closes no more.
        """
        protocol.check_close(code, reason)
        leaving = [each for each in self._presences() if each.held._phase.sendable]
        for presence in leaving:
            self._farewells[presence.websocket] = code, reason
        speaking: list[_Presence] = []
        silent: list[_Presence] = []
        for presence in leaving:
            (speaking if presence.leave_blocks() else silent).append(presence)
        await _close(silent, code, reason)
        with anyio.move_on_after(grace):
            await self._until_gone(speaking)
        await _close(leaving, code, reason)
        with anyio.move_on_after(grace):
            await self._until_gone(leaving)

    def _presences(self) -> list[_Presence]:
        return [_Presence(*entry) for entry in self._present.items()]

    async def _until_gone(self, leaving: Iterable[_Presence]) -> None:
        for presence in leaving:
            while presence.websocket in self._present:
                if self._left is None:
                    self._left = anyio.Event()
                await self._left.wait()


async def _close(leaving: Iterable[_Presence], code: int, reason: str | None) -> None:
    async def close(presence: _Presence) -> None:
        try:
            await presence.dismiss(code, reason)
        except WebSocketStateError:
            pass  # its endpoint is still waiting for the client to connect
        except Exception as error:  # noqa: BLE001 - it must not keep the others
            logger.warning("The server could not close a connection: %r", error)

    with anyio.move_on_after(_CLOSE_SECONDS):
        async with anyio.create_task_group() as tasks:
            for presence in leaving:
                tasks.start_soon(close, presence)
