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
    heard = []
    bell = anyio.Event()

    async def listen():
        heard.append("begin")
        await bell.wait()
        heard.append("end")

    task = BackgroundTask()
    assert not task.running
    with anyio.CancelScope() as scope:
        task.start(listen)
        assert task.running
        scope.cancel()
        await anyio.sleep_forever()
    await wait_all_tasks_blocked()
    assert heard == ["begin"]
    assert task.running
    bell.set()
    await wait_all_tasks_blocked()
    assert heard == ["begin", "end"]
    assert not task.running


async def test_it_can_be_started_again():
    heard = []

    async def listen():
        heard.append("once")

    task = BackgroundTask()
    for _ in range(2):
        task.start(listen)
        await wait_all_tasks_blocked()
    assert heard == ["once", "once"]


async def test_it_sees_the_context_variables_of_who_starts_it():
    variable = contextvars.ContextVar("variable", default="nothing")
    heard = []

    async def listen():
        heard.append(variable.get())

    variable.set("something")
    BackgroundTask().start(listen)
    await wait_all_tasks_blocked()
    assert heard == ["something"]


async def sleep_and_tell(heard):
    try:
        await anyio.sleep_forever()
    except anyio.get_cancelled_exc_class():
        heard.append("cancelled")
        raise


@pytest.mark.parametrize("begun", [True, False])
async def test_it_can_be_cancelled_again_and_again(begun):
    heard = []
    task = BackgroundTask()
    task.cancel()
    task.start(lambda: sleep_and_tell(heard))
    if begun:
        await wait_all_tasks_blocked()
    task.cancel()
    task.cancel()
    await wait_all_tasks_blocked()
    assert not task.running
    assert heard == ["cancelled"]
    task.cancel()


async def test_it_can_be_cancelled_by_another_thread():
    heard = []
    ended = anyio.Event()

    async def listen():
        try:
            await sleep_and_tell(heard)
        finally:
            ended.set()

    task = BackgroundTask()
    task.start(listen)
    await wait_all_tasks_blocked()
    await anyio.to_thread.run_sync(task.cancel)
    with anyio.fail_after(MOMENT):
        await ended.wait()
    assert heard == ["cancelled"]


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
    heard = []

    async def start():
        task = BackgroundTask()
        task.start(lambda: sleep_and_tell(heard))
        return task, task._cancel

    task, cancel = trio.run(start)
    assert heard == ["cancelled"]
    assert not task.running
    cancel()  # as another thread does that comes too late


def test_it_runs_on_trio_also_where_trio_is_a_guest_of_asyncio():
    heard = []

    async def listen():
        heard.append(trio.lowlevel.current_task() is not None)

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
    assert heard == [True]


async def test_task_is_prepared_and_started_by_another_thread():
    heard = anyio.Event()

    async def hear():
        heard.set()

    start = prepare(hear)
    await wait_all_tasks_blocked()
    assert not heard.is_set()
    await anyio.to_thread.run_sync(start)
    with anyio.fail_after(MOMENT):
        await heard.wait()


@pytest.mark.parametrize("run", [asyncio.run, lambda coroutine: trio.run(lambda: coroutine)])
def test_prepared_task_comes_too_late_when_its_loop_has_ended(run):
    async def hear():
        raise AssertionError("nobody hears it")

    async def main():
        return prepare(hear)

    run(main())()


async def test_it_is_stopped_and_has_ended_then():
    heard = []
    task = BackgroundTask()
    await task.stop()  # it has not even begun
    task.start(lambda: sleep_and_tell(heard))
    await wait_all_tasks_blocked()
    with anyio.fail_after(MOMENT):
        await task.stop()
    assert heard == ["cancelled"]
    assert not task.running
