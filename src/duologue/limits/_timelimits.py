"""Time limits that cost almost nothing if the limited call returns at once, as most sends do.

A scope of AnyIO with a deadline takes far longer than to send a message. So on asyncio it is only
written down that something has begun, and one timer of the event loop looks for what takes too
long. On trio a scope is cheap.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self, cast
from weakref import WeakKeyDictionary

import anyio

from duologue._concurrency.eventloops import asyncio_task


def time_limits(seconds: float) -> Callable[[], "TimeLimit | anyio.CancelScope"]:
    """Make time limits of one length, for the running event loop.

    Args:
        seconds: How long each block may take.

    Returns:
        A function that makes one, for one `with`: a block that is cancelled and exited when it
            takes too long. `cancelled_caught` says whether that has happened.
    """
    task = asyncio_task()
    if task is None:
        return partial(anyio.move_on_after, seconds)
    watches = _watches.setdefault(task.get_loop(), {})
    watch = watches.get(seconds)
    if watch is None:
        watch = watches[seconds] = _Watch(seconds)
    return partial(TimeLimit, watch)


class _Watch:
    """The blocks of one event loop that have the same time limit."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        # Until when each may go on; the first one has the least time left.
        self._blocks: dict[TimeLimit, float] = {}
        self._looks = False

    def enter(self, block: "TimeLimit") -> None:
        """Note that a block begins."""
        loop = asyncio.get_running_loop()
        self._blocks[block] = loop.time() + self._seconds
        if not self._looks:
            self._looks = True
            loop.call_later(self._seconds, self._look)

    def leave(self, block: "TimeLimit") -> None:
        """Note that a block is left, before it has taken too long."""
        del self._blocks[block]

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._blocks:
            block, deadline = next(iter(self._blocks.items()))
            if deadline > now:
                loop.call_at(deadline, self._look)
                return
            del self._blocks[block]
            block.cancel()
        self._looks = False


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[float, _Watch]] = WeakKeyDictionary()
"""Those of each event loop, by their seconds."""


class TimeLimit:
    """A block with a time limit on asyncio, where any task can be cancelled from outside.

    Args:
        watch: The watch that cancels it.

    Attributes:
        cancelled_caught: Whether it was cancelled, and left, because it took too long.
    """

    __slots__ = ("_cancelled", "_cancelled_before", "_task", "_watch", "cancelled_caught")

    def __init__(self, watch: _Watch) -> None:
        self._watch = watch
        self._cancelled = False
        self.cancelled_caught = False

    def __enter__(self) -> Self:
        self._task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._cancelled_before = self._task.cancelling()
        self._watch.enter(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if not self._cancelled:
            self._watch.leave(self)
            return False
        # As `asyncio.timeout` does: somebody else may have cancelled the task besides.
        others = self._task.uncancel() > self._cancelled_before
        self.cancelled_caught = not others and kind is asyncio.CancelledError
        return self.cancelled_caught

    def cancel(self) -> None:
        """Cancel it, because it takes too long."""
        self._cancelled = True
        self._task.cancel()
