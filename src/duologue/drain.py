"""The drain: an application says goodbye before its server closes the connections."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from duologue import background, protocol, status
from duologue.connections import Connections
from duologue.termination import Termination

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger("duologue.drain")

_TIMES = 2
# What is sent to a server leaves it a moment later.
_FLUSH_SECONDS = 0.1


@dataclass(frozen=True)
class Drain:
    """How an application says goodbye when its server is told to terminate.

    Args:
        code: The close code for each client.
        reason: The reason that goes with it, at most 123 bytes of UTF-8.
        grace: How many seconds the endpoints may take for words of their own.

    Raises:
        ValueError: The code or the reason must not be sent, or the grace is below zero.
    """

    code: int = status.WS_1012_SERVICE_RESTART
    reason: str = ""
    grace: float = 5.0

    def __post_init__(self) -> None:
        protocol.check_close(self.code, self.reason)
        if not (isinstance(self.grace, int | float) and self.grace >= 0):
            raise ValueError(f"The grace is a number of seconds from zero up, not {self.grace!r}.")


DEFAULT_DRAIN = Drain()
"""What an application does that has not been told anything else."""


class Drainer:
    """Says goodbye to all connections when SIGTERM comes, then lets the server have the signal.

    Args:
        connections: The connections of the application.
        drain: How to say goodbye.

    Raises:
        TypeError: `drain` says no such thing.
    """

    def __init__(self, connections: Connections, drain: Drain) -> None:
        if not isinstance(drain, Drain):
            raise TypeError(
                f"`drain` is a Drain, or None to leave the signal to the server, not {drain!r}."
            )
        self._connections = connections
        self._drain = drain
        self._termination = Termination(self._come)
        self._start: Callable[[], None] | None = None
        self._begun = 0
        self._came = False

    def begin(self, *, starting: bool = False) -> None:
        """Begin to wait for the signal, in a task of the event loop that the server runs.

        Where no server handles the signal, or outside of the main thread, nothing can be waited
        for. It is tried at startup, and again at the first connection: some servers have no
        startup, and some let the event loop run anew after it.

        Args:
            starting: Whether it is startup, so that `end` will be called. Then the signal is waited
                for also where no server handles it: it would end the process at once.
        """
        if self._begun == _TIMES:
            return
        self._begun += 1
        if self._termination.hold(alone=starting) and self._start is None:
            self._start = background.prepare(self._say_goodbye)
            if self._came:
                self._start()

    def end(self) -> None:
        """Wait for the signal no more: the server gets it from now on."""
        self._begun = 0
        self._came = self._connections.closing = False
        self._start = None
        self._termination.release()

    def _come(self) -> None:
        self._came = True
        if self._start is not None:
            self._start()

    async def _say_goodbye(self) -> None:
        drain, connections = self._drain, self._connections
        connections.closing = True
        logger.info("SIGTERM: saying goodbye to %d connections.", len(connections))
        try:
            await connections.close_all(drain.code, drain.reason, drain.grace)
            await anyio.sleep(_FLUSH_SECONDS)
        finally:
            self._termination.release()
