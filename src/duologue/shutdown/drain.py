"""Graceful shutdown at SIGTERM: an application closes its connections before its server does."""

import logging
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
from anyio.lowlevel import checkpoint

from duologue import status
from duologue._asgi import protocol
from duologue._concurrency import background
from duologue._concurrency.cancellation import shielded
from duologue.shutdown._sigterm import Termination
from duologue.shutdown.connections import OpenConnections

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger("duologue.shutdown")

# What is sent to a server leaves it a moment later.
_FLUSH_SECONDS = 0.1


@dataclass(frozen=True)
class Drain:
    """Graceful shutdown: how an application closes its connections when the server has to stop.

    Args:
        code: The close code for each client.
        reason: The reason, at most 123 bytes of UTF-8.
        grace: How many seconds the endpoints have to send last messages and to return. Endpoints
            that still run then are cancelled. All of it takes at most one second longer.

    Raises:
        ValueError: The code or the reason is not allowed, or `grace` is below zero.
    """

    code: int = status.WS_1012_SERVICE_RESTART
    reason: str = ""
    grace: float = 5.0

    def __post_init__(self) -> None:
        protocol.check_close(self.code, self.reason)
        if not (isinstance(self.grace, int | float) and self.grace >= 0):
            raise ValueError(f"The grace is a number of seconds from zero up, not {self.grace!r}.")


DEFAULT_DRAIN = Drain()
"""The default of an application."""


@asynccontextmanager
async def shield() -> AsyncGenerator[None]:
    """Open a block in an endpoint that must finish even if the application shuts down.

        async with shield():
            await store(message)

    After the grace period of a `Drain` or of `close_all`, endpoints that still run are cancelled.
    An endpoint inside this block is cancelled when it exits the block. The server still gets
    SIGTERM, and has its own time limit.

    Returns:
        An asynchronous context manager, for the task that runs the endpoint.

    On trio, and if AnyIO cancels, cancelling waits for the end of the block. On asyncio, a server
    can still cancel the task itself.
    """
    with shielded() as kept:
        yield
    for cancellation in kept[:1]:
        cancellation.cancel()
    await checkpoint()


class GracefulShutdown:
    """Closes all connections when SIGTERM comes, then lets the server have the signal.

    An application may live several times at once, on two servers or in two frameworks. Each life
    waits for the signal on its own, and the server gets it when all have closed theirs.

    Args:
        connections: The connections of the application.
        drain: How to close them.

    Attributes:
        settled: Whether nothing has to be done about the signal when a connection comes.

    Raises:
        TypeError: `drain` says no such thing.
    """

    def __init__(self, connections: OpenConnections, drain: Drain) -> None:
        if not isinstance(drain, Drain):
            raise TypeError(
                f"`drain` is a Drain, or None to leave the signal to the server, not {drain!r}."
            )
        self._connections = connections
        self._drain = drain
        self._watches: list[_Watch] = []
        self.settled = False

    @contextmanager
    def life(self) -> Generator[None]:
        """Wait for the signal while the application lives, in a task of the running event loop.

        It waits even if no server handles the signal, which would end the process at once. Outside
        of the main thread it cannot wait.
        """
        watch = _Watch(self._connections, self._drain)
        self._watches.append(watch)
        self.settled = False
        watch.hold(alone=True)
        try:
            yield
        finally:
            self._watches.remove(watch)
            self.settled = False
            self._connections.closing = any(each.closing for each in self._watches)
            watch.release()

    def settle(self) -> None:
        """Make sure of it at the first connection.

        Some servers have no startup, and some take the signal again after it.
        """
        self.settled = True
        if not self._watches:
            self._watches.append(_Watch(self._connections, self._drain))
        for watch in self._watches:
            watch.hold()


class _Watch:
    """Waits for the signal on behalf of one lifespan, or, without one, of all connections.

    Attributes:
        closing: Whether it has come.
    """

    def __init__(self, connections: OpenConnections, drain: Drain) -> None:
        self._connections = connections
        self._drain = drain
        self._termination = Termination(self._come)
        self._start: Callable[[], bool] | None = None
        self.closing = False

    def hold(self, *, alone: bool = False) -> None:
        """Hold the signal, or make sure of it; see `Termination.hold`."""
        if self._termination.hold(alone=alone) and self._start is None:
            self._start = background.prepare(self._shut_down)
            if self.closing:  # it has come in between
                self._start()

    def release(self) -> None:
        """Wait no more: the server may have the signal."""
        self._termination.release()

    def _come(self) -> bool:
        self.closing = True
        return self._start is None or self._start()

    async def _shut_down(self) -> None:
        drain, connections = self._drain, self._connections
        logger.info("SIGTERM: closing %d connections.", len(connections))
        try:
            await connections.shut_down(drain.code, drain.reason, drain.grace)
            await anyio.sleep(_FLUSH_SECONDS)
        finally:
            self.release()
