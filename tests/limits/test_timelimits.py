import asyncio

import anyio
import anyio.lowlevel
import pytest
from patience import MOMENT

from duologue.limits._timelimits import time_limits


async def test_block_that_takes_too_long_is_left():
    time_limit = time_limits(0.01)
    with anyio.fail_after(MOMENT):
        for _ in range(2):
            with time_limit() as block:
                await anyio.sleep_forever()
            assert block.cancelled_caught
    await anyio.lowlevel.checkpoint()  # nothing of it is left


async def test_block_that_ends_in_time_is_nothing_special():
    time_limit = time_limits(60)
    with time_limit() as block:
        await anyio.lowlevel.checkpoint()
    assert not block.cancelled_caught
    with pytest.raises(ZeroDivisionError), time_limit():
        raise ZeroDivisionError


def test_blocks_end_in_the_order_in_which_they_began():
    """However late the loop looks. (Trio wakes its tasks in any order.)"""

    async def main():
        time_limit = time_limits(0.02)
        ended = []

        async def wait(name):
            with time_limit():
                await asyncio.sleep(3600)
            ended.append(name)

        async with asyncio.timeout(MOMENT), asyncio.TaskGroup() as tasks:
            tasks.create_task(wait("first"))
            await asyncio.sleep(0.01)  # so much earlier
            tasks.create_task(wait("second"))
        return ended

    assert asyncio.run(main()) == ["first", "second"]


async def test_cancellation_from_outside_goes_on():
    time_limit = time_limits(60)
    with anyio.move_on_after(0.01) as outside, time_limit() as block:
        await anyio.sleep_forever()
    assert outside.cancelled_caught
    assert not block.cancelled_caught


def test_cancellation_from_outside_counts_more():
    """Where both come at once, whoever cancelled the task wants it to end."""

    async def main():
        task = asyncio.current_task()
        with time_limits(0.001)() as block:
            try:
                await asyncio.sleep(60)
            finally:
                task.cancel()
                raised.append(block)

    raised = []
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
    [block] = raised
    assert not block.cancelled_caught


def test_error_that_comes_instead_of_the_cancellation_is_raised():
    async def main():
        task = asyncio.current_task()
        with pytest.raises(OSError), time_limits(0.001)():
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                raise OSError from None
        return task.cancelling()

    assert asyncio.run(main()) == 0
