import asyncio
import contextvars

import anyio
import anyio.to_thread
import pytest
import trio
import trio.testing
from anyio import wait_all_tasks_blocked
from patience import MOMENT

from duologue._concurrency.background import BackgroundTask, prepare


async def test_it_outlives_the_block_that_it_was_started_in():
    noted = []
    bell = anyio.Event()

    async def listen():
        noted.append("begin")
        await bell.wait()
        noted.append("end")

    task = BackgroundTask()
    assert not task.running
    with anyio.CancelScope() as scope:
        task.start(listen)
        assert task.running
        scope.cancel()
        await anyio.sleep_forever()
    await wait_all_tasks_blocked()
    assert noted == ["begin"]
    assert task.running
    bell.set()
    await wait_all_tasks_blocked()
    assert noted == ["begin", "end"]
    assert not task.running


async def test_it_can_be_started_again():
    noted = []

    async def listen():
        noted.append("once")

    task = BackgroundTask()
    for _ in range(2):
        task.start(listen)
        await wait_all_tasks_blocked()
    assert noted == ["once", "once"]


async def test_it_sees_the_context_variables_of_who_starts_it():
    variable = contextvars.ContextVar("variable", default="nothing")
    noted = []

    async def listen():
        noted.append(variable.get())

    variable.set("something")
    BackgroundTask().start(listen)
    await wait_all_tasks_blocked()
    assert noted == ["something"]


async def sleep_and_tell(noted):
    try:
        await anyio.sleep_forever()
    except anyio.get_cancelled_exc_class():
        noted.append("cancelled")
        raise


@pytest.mark.parametrize("begun", [True, False])
async def test_it_can_be_cancelled_again_and_again(begun):
    noted = []
    task = BackgroundTask()
    task.cancel()
    task.start(lambda: sleep_and_tell(noted))
    if begun:
        await wait_all_tasks_blocked()
    task.cancel()
    task.cancel()
    await wait_all_tasks_blocked()
    assert not task.running
    assert noted == ["cancelled"]
    task.cancel()


async def test_it_can_be_cancelled_by_another_thread():
    noted = []
    ended = anyio.Event()

    async def listen():
        try:
            await sleep_and_tell(noted)
        finally:
            ended.set()

    task = BackgroundTask()
    task.start(listen)
    await wait_all_tasks_blocked()
    await anyio.to_thread.run_sync(task.cancel)
    with anyio.fail_after(MOMENT):
        await ended.wait()
    assert noted == ["cancelled"]


def test_it_can_be_cancelled_when_its_loop_is_closed():
    async def start():
        task = BackgroundTask()
        task.start(anyio.sleep_forever)
        [left] = asyncio.all_tasks() - {asyncio.current_task()}
        left._log_destroy_pending = False
        return task

    loop = asyncio.new_event_loop()
    task = loop.run_until_complete(start())
    loop.close()
    assert task.running
    task.cancel()


def test_trio_ends_it():
    noted = []

    async def start():
        task = BackgroundTask()
        task.start(lambda: sleep_and_tell(noted))
        return task, task._task

    task, ended = trio.run(start)
    assert noted == ["cancelled"]
    assert not task.running
    task._task = ended  # as another thread sees it that comes too late
    task.cancel()


def test_it_runs_on_trio_also_where_trio_is_a_guest_of_asyncio():
    noted = []

    async def listen():
        noted.append(trio.lowlevel.current_task() is not None)

    async def guest():
        BackgroundTask().start(listen)
        await trio.testing.wait_all_tasks_blocked()

    async def host():
        done = asyncio.get_running_loop().create_future()
        trio.lowlevel.start_guest_run(
            guest,
            run_sync_soon_threadsafe=asyncio.get_running_loop().call_soon_threadsafe,
            done_callback=done.set_result,
        )
        (await done).unwrap()

    asyncio.run(host())
    assert noted == [True]


async def test_task_is_prepared_and_started_by_another_thread():
    noted = anyio.Event()

    async def note():
        noted.set()

    start = prepare(note)
    await wait_all_tasks_blocked()
    assert not noted.is_set()
    await anyio.to_thread.run_sync(start)
    with anyio.fail_after(MOMENT):
        await noted.wait()


@pytest.mark.parametrize("run", [asyncio.run, lambda coroutine: trio.run(lambda: coroutine)])
def test_prepared_task_comes_too_late_when_its_loop_has_ended(run):
    async def note():
        raise AssertionError("nobody handles it")

    async def main():
        return prepare(note)

    run(main())()


async def test_it_is_stopped_and_has_ended_then():
    noted = []
    task = BackgroundTask()
    await task.stop()  # it has not even begun
    task.start(lambda: sleep_and_tell(noted))
    await wait_all_tasks_blocked()
    with anyio.fail_after(MOMENT):
        await task.stop()
    assert noted == ["cancelled"]
    assert not task.running
