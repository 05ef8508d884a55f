import anyio
import pytest
from anyio import wait_all_tasks_blocked
from patience import MOMENT

from duologue._concurrency.wakeup import Wakeup


async def test_it_wakes_the_task_that_waits():
    noted = []
    wakeup = Wakeup()

    async def sleep():
        await wakeup
        noted.append("awake")

    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(sleep)
            await wait_all_tasks_blocked()
            assert noted == []
            wakeup.wake()
    assert noted == ["awake"]


async def test_who_is_woken_before_does_not_wait():
    wakeup = Wakeup()
    wakeup.wake()
    with anyio.fail_after(MOMENT):
        await wakeup


@pytest.mark.parametrize("times", [1, 2])
async def test_waking_is_no_error_where_nobody_waits_any_more(times):
    wakeup = Wakeup()
    with anyio.move_on_after(0):
        await wakeup
    for _ in range(times):
        wakeup.wake()


async def test_waking_twice_is_waking_once():
    wakeup = Wakeup()
    wakeup.wake()
    wakeup.wake()
    with anyio.fail_after(MOMENT):
        await wakeup
