"""Waiting until an event loop is idle: until every other task in it waits for something."""

import asyncio
from typing import Any

import anyio
from anyio.lowlevel import checkpoint

from duologue._concurrency.eventloops import on_asyncio


async def wait_until_idle() -> None:
    """Wait until nothing but time, a thread or the network can wake a task of this event loop.

    It goes by no clock. Cancelling it is safe.
    """
    if on_asyncio():
        # `anyio.wait_all_tasks_blocked` would look again after 0.1 s of a clock that tests freeze.
        this = asyncio.current_task()
        await checkpoint()
        while any(_can_run(task) for task in asyncio.all_tasks() if task is not this):
            await checkpoint()
    else:
        await anyio.wait_all_tasks_blocked()


def _can_run(task: "asyncio.Task[Any]") -> bool:
    # There is no public way to ask, and anyio does it like this too.
    awaited = getattr(task, "_fut_waiter", None)
    return awaited is None or awaited.done()
