"""Event loops: which one runs a piece of code, and how to reach it from outside."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class EventLoop:
    """An event loop of asyncio or trio; equal are those that are one and the same.

    Args:
        handle: The loop of asyncio, or the token of a run of trio.
        name: Its name in messages.
    """

    handle: object
    name: str = field(compare=False)
    _call_soon: Callable[[Callable[[], object]], object] = field(compare=False, repr=False)

    @classmethod
    def current(cls) -> Self:
        """The one that runs the caller."""
        thread = f"in the thread {threading.current_thread().name!r}"
        if on_asyncio():
            loop = asyncio.get_running_loop()
            return cls(loop, f"asyncio {thread}", loop.call_soon_threadsafe)
        import trio

        token = trio.lowlevel.current_trio_token()
        return cls(token, f"trio {thread}", token.run_sync_soon)

    def call_soon(self, function: Callable[[], object]) -> None:
        """Call a function in it soon, from any thread; if it has ended, nothing happens."""
        try:
            self._call_soon(function)
        except RuntimeError:  # trio's RunFinishedError is one too
            pass


def asyncio_task() -> "asyncio.Task[Any] | None":
    """The task of asyncio that the caller is, or nothing, as on trio."""
    try:
        # A loop alone does not tell: trio can be a guest in one. Then no task of asyncio runs.
        return asyncio.current_task()
    except RuntimeError:
        return None


def on_asyncio() -> bool:
    """Whether the caller is a task of asyncio, and not of trio."""
    return asyncio_task() is not None


def on_trio() -> bool:
    """Whether the caller runs in trio."""
    try:
        import trio

        trio.lowlevel.current_trio_token()
    except (ImportError, RuntimeError):
        return False
    return True
