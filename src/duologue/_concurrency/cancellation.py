"""Cancellation of tasks from outside, and shields around what has to finish in them.

On asyncio any task can be cancelled, and a scope around it would take a quarter of the time that a
connection takes. On trio there has to be one.
"""

import asyncio
from asyncio import current_task
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, TypeAlias

import anyio

from duologue._concurrency import background
from duologue._concurrency.eventloops import asyncio_task

_shielded: dict["Cancellable", list["Cancellation"]] = {}
"""The tasks that are shielded, each with what has been kept from it."""


class TrioTask:
    """A task of trio, from here on until it is left."""

    def __init__(self) -> None:
        self._scope = anyio.CancelScope()
        self._scope.__enter__()
        self._entered = True
        self.loop = background.current_loop()
        self.cancel = self._scope.cancel

    def leave(self, error: BaseException | None = None) -> bool:
        """Exit it; return whether the error is only the cancellation of this task."""
        if not self._entered:
            return False
        self._entered = False
        if error is None:
            self._scope.__exit__(None, None, None)
            return False
        return bool(self._scope.__exit__(type(error), error, error.__traceback__))


Cancellable: TypeAlias = "asyncio.Task[Any] | TrioTask"


def loop_of(task: Cancellable) -> object:
    """Tell which event loop a task belongs to; see `background.current_loop`."""
    return task.loop if isinstance(task, TrioTask) else task.get_loop()


def this_task() -> Cancellable:
    """Return the running task, so that another one can cancel it; see `Cancellation`.

    On trio it has to be left again, by `TrioTask.leave`.
    """
    # `asyncio_task` once more: each connection needs it.
    try:
        return current_task() or TrioTask()
    except RuntimeError:
        return TrioTask()


class Cancellation:
    """Cancels a task from outside, several times if needed, and takes it back when that ends.

    Args:
        task: The task.
    """

    def __init__(self, task: Cancellable) -> None:
        self._task = task
        self._times = 0

    def cancel(self) -> None:
        """Cancel the task, as soon as it is not shielded."""
        if self._task in _shielded:
            _shielded[self._task].append(self)
        else:
            self._times += 1
            self._task.cancel()

    def explains(self, error: BaseException) -> bool:
        """Whether the error of the task is only this cancellation."""
        if isinstance(self._task, TrioTask):
            return self._task.leave(error)
        return isinstance(error, asyncio.CancelledError) and self._times == self._task.cancelling()

    def end(self) -> None:
        """Take it back: it was not meant for the code outside."""
        if not isinstance(self._task, TrioTask):
            for _ in range(self._times):
                self._task.uncancel()


@contextmanager
def shielded() -> Generator[list[Cancellation]]:
    """Keep cancellations from the running task until the end of the block.

    Returns:
        A context manager. It returns a list of those that have been kept from the task.
    """
    task = asyncio_task()
    with anyio.CancelScope(shield=True):
        if task is None or task in _shielded:
            yield []
        else:
            _shielded[task] = []
            try:
                yield _shielded[task]
            finally:
                del _shielded[task]
