"""A call of the application that runs beside a test, and that can be ended whatever it does."""

import asyncio
import ctypes
from collections.abc import Callable, Collection, Coroutine, Generator
from contextvars import copy_context
from functools import partial
from types import coroutine
from typing import TYPE_CHECKING, Any, NoReturn

import anyio

from duologue._concurrency.eventloops import on_asyncio
from duologue._in_process.stopwatch import stopwatch

if TYPE_CHECKING:
    import trio

_WAKINGS = 10
"""How often a killed task may catch even that, before it is left behind."""


class Killed(BaseException):
    """Raised in a task that does not let itself be cancelled."""


class ApplicationTask:
    """A task that belongs to no task group: it can be started in one task and ended in another.

    Args:
        function: The function that it runs. It must raise nothing but cancellation.

    Attributes:
        ended: Is set when it has ended.
    """

    def __init__(self, function: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._function = function
        self._scope = anyio.CancelScope()
        self._killed = False
        self._wake: Callable[[], object]
        self.ended = anyio.Event()

    def start(self) -> None:
        """Start it, in the event loop of the caller."""
        self._wake = self._start_on_asyncio() if on_asyncio() else self._start_on_trio()

    def cancel(self) -> None:
        """Cancel it, like the cancellation of a task group: shielded code continues."""
        self._scope.cancel()

    def kill(self) -> None:
        """End it even though it is shielded, or catches the cancellation."""
        self._killed = True
        self._wake()

    async def _run(self) -> None:
        try:
            with self._scope:
                await self._drive()
        except BaseException:  # noqa: BLE001, S110 - a killed task may leave anything
            pass
        finally:
            self.ended.set()

    @coroutine
    def _drive(self) -> Generator[Any, Any, None]:
        """Do what `await` does, but raise `Killed` in the place of what wakes a killed task."""
        driven = self._function()
        release = _remember_scope()
        wakings = 0
        step: Callable[[], Any] = partial(driven.send, None)
        while wakings < _WAKINGS:
            try:
                awaited = step()
            except StopIteration:
                return
            try:
                woken = yield awaited
                step = partial(driven.send, woken)
                failed = getattr(woken, "error", None) is not None  # how trio raises an error
            except BaseException as error:  # noqa: BLE001 - it is raised in the function
                step = partial(driven.throw, error)
                failed = True
            if failed and self._killed:
                step = partial(driven.throw, Killed())
                wakings += 1
        # Its deletion would wake it once more, and it would go on for ever: nothing may delete it.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(driven))
        release()
        raise Killed

    def _start_on_asyncio(self) -> Callable[[], object]:
        # The loop does not keep its tasks, but what is returned keeps this one.
        return asyncio.get_running_loop().create_task(self._run()).cancel

    def _start_on_trio(self) -> Callable[[], object]:
        import trio

        task = trio.lowlevel.spawn_system_task(self._run, context=copy_context())
        return partial(_wake_on_trio, task)


async def end_tasks(tasks: Collection[ApplicationTask], seconds: float) -> bool:
    """Cancel tasks, and wait until they have ended; those that do not are ended by force.

    Args:
        tasks: The tasks.
        seconds: How long they may take.

    Returns:
        Whether all have let themselves be cancelled.

    Cancelling this does nothing: it continues to its end, which comes soon.
    """
    for task in tasks:
        task.cancel()
    with stopwatch.move_on_after(seconds, shield=True):
        await _wait_for(tasks)
    obedient = not _running(tasks)
    for _ in range(_WAKINGS):
        for task in _running(tasks):
            task.kill()
        with stopwatch.move_on_after(0.1, shield=True):
            await _wait_for(tasks)
    return obedient


def _running(tasks: Collection[ApplicationTask]) -> list[ApplicationTask]:
    return [task for task in tasks if not task.ended.is_set()]


async def _wait_for(tasks: Collection[ApplicationTask]) -> None:
    for task in tasks:
        await task.ended.wait()


def _remember_scope() -> Callable[[], object]:
    """Make what lets a task leave the scopes that it has entered since; trio insists on that."""
    if on_asyncio():
        return lambda: None
    import trio

    task = trio.lowlevel.current_task()
    # There is no public way to do this, nor what follows.
    status = task._cancel_status  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    activate = task._activate_cancel_status  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return partial(activate, status)


def _wake_on_trio(task: "trio.lowlevel.Task") -> None:
    """Wake a task, and those that it waits for, as trio does it at Ctrl-C: shields do not hold."""
    for nursery in task.child_nurseries:
        for child in list(nursery.child_tasks):
            _wake_on_trio(child)
    if task._abort_func is not None:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        task._attempt_abort(_raise_killed)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def _raise_killed() -> NoReturn:
    raise Killed
