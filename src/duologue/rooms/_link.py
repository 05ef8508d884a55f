"""A connection to Redis that is made again whenever it is lost."""

import logging
import random
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import partial
from typing import cast

import anyio
from anyio.abc import TaskGroup, TaskStatus
from coredis.connection import BaseConnection

from duologue._concurrency.background import BackgroundTask
from duologue._concurrency.eventloops import asyncio_task
from duologue.rooms._backends import BackendError
from duologue.rooms._refusals import check_role, check_version, explain

logger = logging.getLogger("duologue.rooms")

_SHORTEST_DELAY, _LONGEST_DELAY = 0.1, 5.0  # between two attempts to connect
_LONGEST_LIMIT = 10.0  # for an attempt, where those before it were too short
_PARTS = 10  # of a time limit

# What coredis logs of these connections are tracebacks of what is told in one line here.
_ours: ContextVar[bool] = ContextVar("_ours", default=False)
logging.getLogger("coredis").addFilter(lambda record: not _ours.get())


class Link:
    """A connection to Redis that is made again whenever it is lost.

    Args:
        make: Makes a connection.
        address: The address of Redis, for messages.
        ping_seconds: As in `RedisBackend`.
        use: Uses a connection; it is cancelled when the connection is lost.
        lost: Called when the connection is lost.

    Attributes:
        connection: The connection, while there is one.
        error: Why the last one was lost, or could not be made.
    """

    def __init__(
        self,
        make: Callable[[], BaseConnection],
        address: str,
        ping_seconds: float,
        use: Callable[[BaseConnection], Awaitable[None]],
        lost: Callable[[], None] | None,
    ) -> None:
        self.connection: BaseConnection | None = None
        self.error: BaseException | None = None
        self._make = make
        self._address = address
        self._ping_seconds = ping_seconds
        self._use = use
        self._lost = lost
        self._task: BackgroundTask

    def start(self) -> None:
        """Begin to connect."""
        self._stopping = False
        self._tried = anyio.Event()
        self.error = None
        self._task = BackgroundTask()
        self._task.start(self._run)

    def cancel(self) -> None:
        """Connect no more."""
        self._stopping = True
        self._task.cancel()

    async def ended(self) -> None:
        """Wait until there is nothing left of it."""
        await self._task.wait()

    async def tried(self) -> None:
        """Wait for the outcome of the first attempt to connect.

        Raises:
            BackendError: It has failed.
        """
        await self._tried.wait()
        if self.connection is None:
            remedy = "Start one, or correct the URL of the rooms"
            raise BackendError(explain(self.error, self._address, remedy))

    def trouble(self, error: Exception) -> BaseException:
        """Return the reason why somebody waits: if there is no connection, its error."""
        if isinstance(error, TimeoutError) and self.connection is None and self.error is not None:
            return self.error
        return error

    async def _run(self) -> None:
        _ours.set(True)
        attempts = 0
        while True:
            try:
                await self._hold(self._limit(attempts))
            except BaseExceptionGroup as error:
                self.error = error
            task = asyncio_task()
            if self._stopping or (task is not None and task.cancelling()):
                return  # the same
            attempts = 0 if self.connection is not None else attempts + 1
            if self.connection is not None:
                self.connection = None
                if self._lost is not None:
                    self._lost()
                logger.warning("The connection is lost. %s", explain(self.error, self._address))
            self._tried.set()
            longest = min(_LONGEST_DELAY, _SHORTEST_DELAY * 2.0**attempts)
            await anyio.sleep(random.uniform(0, longest))  # noqa: S311 - it keeps no secret

    def _limit(self, attempts: int) -> float:
        """Return how long an attempt to connect may take; it grows if it was too short."""
        return min(self._ping_seconds * (attempts + 1), max(self._ping_seconds, _LONGEST_LIMIT))

    async def _hold(self, seconds: float) -> None:
        """Connect within some time, and use the connection until it is lost."""
        connection = self._make()
        async with anyio.create_task_group() as tasks:
            await _within(seconds, partial(_open, connection, tasks))
            self.connection = connection
            self._tried.set()
            tasks.start_soon(self._ping, connection)
            await self._use(connection)

    async def _ping(self, connection: BaseConnection) -> None:
        """Notice a connection through which nothing comes any more."""
        while True:
            await anyio.sleep(self._ping_seconds)
            await _within(self._ping_seconds, partial(_check, connection))


async def _open(connection: BaseConnection, tasks: TaskGroup) -> None:
    """Open a connection, and let a task group run it."""
    await tasks.start(_run_connection, connection)
    check_version(connection.server_version)
    await _check(connection)


async def _check(connection: BaseConnection) -> None:
    """Ask Redis what it is: every user may, and the part that it plays can change."""
    check_role(cast("dict[bytes, object]", await connection.create_request(b"HELLO")))


async def _run_connection(
    connection: BaseConnection, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    """Run a connection; that it ends is an error, so that its users end too."""
    await connection.run(task_status=task_status)
    raise ConnectionError("it was closed")


async def _within(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do something within some time.

    The time goes by in parts. Where the event loop was busy, for however long, only one of them is
    over then, and what has come meanwhile is read.

    Raises:
        TimeoutError: It has taken longer.
    """
    late = False

    async def watch(scope: anyio.CancelScope) -> None:
        nonlocal late
        for _ in range(_PARTS):
            await anyio.sleep(seconds / _PARTS)
        late = True
        scope.cancel()

    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch, tasks.cancel_scope)
            await work()
            tasks.cancel_scope.cancel()
    except Exception:
        if not late:
            raise  # else coredis tells of the cancellation as a failure of its own
    if late:
        raise TimeoutError
