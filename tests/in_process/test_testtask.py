"""Whatever an application does, it ends: also one that is cancelled and goes on."""

import contextvars

import anyio
import pytest
from anyio import CancelScope, create_task_group, get_cancelled_exc_class, sleep_forever

from duologue._in_process.stopwatch import stopwatch
from duologue._in_process.task import ApplicationTask, Killed, end_tasks

SOON = 0.01


async def returns():
    pass


async def waits():
    await sleep_forever()


async def waits_in_a_shield():
    with CancelScope(shield=True):
        await sleep_forever()


async def waits_for_a_child_in_a_shield():
    with CancelScope(shield=True):
        async with create_task_group() as tasks:
            tasks.start_soon(waits_in_a_shield)


async def waits_for_a_child_that_has_a_shield():
    async with create_task_group() as tasks:
        tasks.start_soon(waits_in_a_shield)


async def catches_the_cancellation():
    while True:
        try:
            await anyio.sleep(60)
        except get_cancelled_exc_class():
            pass


async def catches_everything():
    while True:
        try:
            await anyio.sleep(60)
        except BaseException:  # noqa: BLE001 - that is what it is here for
            pass


async def catches_everything_in_a_shield():
    while True:
        try:
            with CancelScope(shield=True):
                await sleep_forever()
        except BaseException:  # noqa: BLE001 - that is what it is here for
            pass


async def takes_its_time_to_clean_up():
    try:
        await sleep_forever()
    finally:
        with CancelScope(shield=True):
            await stopwatch.sleep(SOON * 2)


OBEDIENT = [returns, waits]
STUBBORN = [
    waits_in_a_shield,
    waits_for_a_child_in_a_shield,
    waits_for_a_child_that_has_a_shield,
    catches_the_cancellation,
    catches_everything,
    catches_everything_in_a_shield,
    takes_its_time_to_clean_up,
]


@pytest.mark.parametrize("function", OBEDIENT)
async def test_what_lets_itself_be_cancelled_ends(function):
    task = ApplicationTask(function)
    task.start()
    await anyio.wait_all_tasks_blocked()
    assert await end_tasks([task], 5)
    assert task.ended.is_set()


@pytest.mark.parametrize("function", STUBBORN)
async def test_what_does_not_is_ended_by_force(function):
    task = ApplicationTask(function)
    task.start()
    await anyio.wait_all_tasks_blocked()
    assert not await end_tasks([task], SOON)
    assert task.ended.is_set()


async def test_what_has_the_time_cleans_up():
    task = ApplicationTask(takes_its_time_to_clean_up)
    task.start()
    await anyio.wait_all_tasks_blocked()
    assert await end_tasks([task], 5)


async def test_ending_tasks_is_not_cancelled():
    task = ApplicationTask(waits_in_a_shield)
    task.start()
    await anyio.wait_all_tasks_blocked()
    with CancelScope() as scope:
        scope.cancel()
        assert not await end_tasks([task], SOON)
    assert task.ended.is_set()


async def test_what_is_killed_hears_of_it():
    noted = []

    async def listens():
        try:
            await waits_in_a_shield()
        except BaseException as error:
            noted.append(type(error))
            raise

    task = ApplicationTask(listens)
    task.start()
    await anyio.wait_all_tasks_blocked()
    await end_tasks([task], SOON)
    assert noted == [Killed]


async def test_it_takes_the_context_along():
    seen = []

    async def looks():
        seen.append(name.get())

    name = contextvars.ContextVar("name")
    name.set("ada")
    task = ApplicationTask(looks)
    task.start()
    await task.ended.wait()
    assert seen == ["ada"]
