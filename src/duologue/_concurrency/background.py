"""Background tasks: they belong to no task group, and outlive the block they were started in."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any

import anyio

from duologue._concurrency.eventloops import asyncio_task, on_asyncio

BackgroundFunction = Callable[[], Coroutine[Any, Any, None]]


class BackgroundTask:
    """A task beside the running one, on asyncio or on trio; it can be started again and again.

    It ends with its function, or when it is cancelled, or with the event loop.

    Attributes:
        running: Whether it has been started and has not ended.
    """

    __slots__ = ("_ended", "_task", "running")

    def __init__(self) -> None:
        self.running = False
        self._ended: anyio.Event | None = None  # there is one where somebody waits for the end
        self._task: asyncio.Task[None] | _SystemTask | None = None  # kept, for asyncio does not

    def start(self, function: BackgroundFunction, context: Context | None = None) -> None:
        """Start it; only if it is not running.

        Args:
            function: The function that it runs. It must raise nothing but cancellation, because
                nobody handles it.
            context: The context that it runs in; by default a copy of the current one.
        """
        self.running = True
        context = context or copy_context()
        if on_asyncio():
            loop = asyncio.get_running_loop()
            self._task = loop.create_task(self._run(function), context=context)
        else:
            self._task = _SystemTask(self._run, function, context)

    async def _run(self, function: BackgroundFunction) -> None:
        try:
            await function()
        finally:
            self.running = False
            self._task = None
            ended, self._ended = self._ended, None
            if ended is not None:
                ended.set()

    def cancel(self) -> None:
        """Let it be cancelled soon.

        It may be called at any moment, from any thread, and during garbage collection. If the task
        is not running, or its event loop has ended, nothing happens.
        """
        task = self._task
        try:
            if isinstance(task, _SystemTask):
                task.token.run_sync_soon(task.scope.cancel)
            elif task is not None:
                task.get_loop().call_soon_threadsafe(task.cancel)
        except RuntimeError:  # trio's RunFinishedError is one too
            pass

    async def stop(self) -> None:
        """Cancel it, and wait until it has ended.

        Cancelling this is safe: the task ends all the same.
        """
        self.cancel()
        await self.wait()

    async def wait(self) -> None:
        """Wait until it has ended; if it is not running, return at once."""
        if self.running:
            if self._ended is None:
                self._ended = anyio.Event()
            await self._ended.wait()


class _SystemTask:
    """A task of trio that is in no nursery of the user's, and how to cancel it."""

    __slots__ = ("scope", "token")

    def __init__(
        self,
        run: Callable[[BackgroundFunction], Coroutine[Any, Any, None]],
        function: BackgroundFunction,
        context: Context,
    ) -> None:
        import trio

        self.scope = scope = trio.CancelScope()
        self.token = trio.lowlevel.current_trio_token()

        async def run_in_scope() -> None:
            with scope:
                await run(function)

        trio.lowlevel.spawn_system_task(run_in_scope, name=function, context=context)


def prepare(function: BackgroundFunction) -> Callable[[], bool]:
    """Prepare a task of this event loop that is started from outside of it.

    Args:
        function: The function that the task runs. It must raise nothing but cancellation, because
            nobody handles it.

    Returns:
        A function that starts the task soon, and returns whether it could: if the event loop does
            not run, nothing happens. It may be called at any moment, from any thread and in a
            signal handler.
    """
    return _prepare_on_asyncio(function) if on_asyncio() else _prepare_on_trio(function)


def current_loop() -> object:
    """Return the event loop that runs here; for each one, always the same object."""
    if on_asyncio():
        return asyncio.get_running_loop()
    import trio

    return trio.lowlevel.current_trio_token()


def is_being_cancelled() -> bool:
    """Return whether a cancellation is meant for the running task.

    On asyncio, who awaits a task that has been cancelled gets the same exception.
    """
    if anyio.current_effective_deadline() == -math.inf:
        return True
    task = asyncio_task()
    return task is None or task.cancelling() > 0


def _prepare_on_asyncio(function: BackgroundFunction) -> Callable[[], bool]:
    loop = asyncio.get_running_loop()
    started: list[asyncio.Task[None]] = []  # the loop does not keep them

    def start() -> bool:
        if loop.is_running():
            loop.call_soon_threadsafe(lambda: started.append(loop.create_task(function())))
            return True
        return False

    return start


def _prepare_on_trio(function: BackgroundFunction) -> Callable[[], bool]:
    import trio

    token = trio.lowlevel.current_trio_token()

    def start() -> bool:
        try:
            token.run_sync_soon(trio.lowlevel.spawn_system_task, function)
        except trio.RunFinishedError:
            return False
        return True

    return start
