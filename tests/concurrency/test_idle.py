import anyio
import pytest
from anyio.lowlevel import checkpoint
from freezegun import freeze_time
from patience import MOMENT

from duologue._concurrency.idle import wait_until_idle


async def work(done):
    for _ in range(1000):
        await checkpoint()
    done.append("work")


async def test_what_can_run_is_waited_for():
    done = []
    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(work, done)
            await wait_until_idle()
            assert done == ["work"]


async def test_what_others_wake_is_waited_for():
    done = []

    async def start(next_one):
        await work(done)
        next_one.set()

    async def follow(previous):
        await previous.wait()
        await work(done)

    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            event = anyio.Event()
            tasks.start_soon(follow, event)
            tasks.start_soon(start, event)
            await wait_until_idle()
            assert done == ["work", "work"]


async def test_what_waits_is_not_waited_for():
    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.sleep_forever)
            tasks.start_soon(anyio.sleep, 3600)
            await wait_until_idle()
            tasks.cancel_scope.cancel()


async def test_a_clock_that_stands_still_holds_nothing_up():
    done = []
    # The limits of anyio go by that clock, those of pytest do not.
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(work, done)
        with freeze_time("2026-02-03"):
            await wait_until_idle()
    assert done == ["work"]


@pytest.mark.parametrize("turns", [0, 1, 10])
async def test_it_can_be_cancelled(turns):
    async def run():
        while True:
            await checkpoint()

    async def cancel(scope):
        for _ in range(turns):
            await checkpoint()
        scope.cancel()

    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run)
            with anyio.CancelScope() as scope:
                tasks.start_soon(cancel, scope)
                await wait_until_idle()
            assert scope.cancelled_caught
            tasks.cancel_scope.cancel()
