"""Waiting for another task, in little memory: each idle connection has one of these."""

import asyncio
from collections.abc import Generator
from typing import Any

import anyio

from duologue._concurrency.eventloops import on_asyncio


class Wakeup:
    """One task awaits it until another one wakes it, on asyncio or on trio.

    An `anyio.Event` does the same for several tasks, and takes a thousand bytes on asyncio.
    """

    __slots__ = ("_waiter",)

    def __init__(self) -> None:
        self._waiter: asyncio.Future[None] | anyio.Event
        self._waiter = asyncio.get_running_loop().create_future() if on_asyncio() else anyio.Event()

    def wake(self) -> None:
        """Wake the task. If it does not wait yet, or any more, that is not an error."""
        if isinstance(self._waiter, anyio.Event):
            self._waiter.set()
        elif not self._waiter.done():
            self._waiter.set_result(None)

    def __await__(self) -> Generator[Any, Any, None]:
        """Wait, even if another task was faster; only once.

        Cancelling it is safe.
        """
        if isinstance(self._waiter, anyio.Event):
            return self._waiter.wait().__await__()
        return self._waiter.__await__()
