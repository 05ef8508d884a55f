"""What is begun in the name of a carrier sees one task and one context, from beginning to end."""

import asyncio
from contextvars import ContextVar

import anyio
import pytest
from anyio.lowlevel import checkpoint
from patience import MOMENT

from duologue._concurrency.carrier import Carrier, as_coroutine
from duologue._concurrency.idle import wait_until_idle

pytestmark = pytest.mark.parametrize("anyio_backend", ["asyncio"])
said = ContextVar("said")


def begin(awaitable):
    coroutine = as_coroutine(awaitable)
    try:
        return coroutine, coroutine.send(None)
    except StopIteration:
        return None


@pytest.fixture
async def carrier():
    carrier = Carrier()
    await wait_until_idle()
    assert carrier.ready
    yield carrier
    carrier.task.cancel()
    await carrier.task.wait()


def carry(carrier, coroutine):
    """Begin a coroutine that has to wait, and let it be carried on; it may raise into a list."""
    raised = []

    async def then(rest):
        try:
            await rest
        except BaseException as error:
            raised.append(error)
            if not isinstance(error, Exception):
                raise

    begun = carrier.act(begin, coroutine)
    assert begun is not None
    carrier.carry_on(begun, then)
    assert not carrier.ready
    return raised


async def wait(carrier):
    with anyio.fail_after(MOMENT):
        await carrier.task.wait()


async def test_what_does_not_wait_is_done_at_once_and_the_carrier_ready_again(carrier):
    done = []

    async def work():
        done.append(asyncio.current_task())

    for _ in range(2):
        assert carrier.act(begin, work()) is None
        assert carrier.ready
    assert len(done) == 2
    assert done[0] is done[1] is not asyncio.current_task()


async def test_it_is_one_task_with_one_context(carrier):
    seen = []

    async def work():
        token = said.set("something")
        seen.append(asyncio.current_task())
        await checkpoint()
        seen.append(asyncio.current_task())
        said.reset(token)
        await go_on.wait()
        seen.append(asyncio.current_task())

    this, go_on = asyncio.current_task(), asyncio.Event()
    raised = carry(carrier, work())
    assert asyncio.current_task() is this
    await wait_until_idle()
    go_on.set()
    await wait(carrier)
    assert raised == []
    assert len(set(seen)) == 1
    assert this not in seen


@pytest.mark.parametrize("limit", [anyio.fail_after, asyncio.timeout])
async def test_a_time_limit_within_it_holds(carrier, limit):
    async def work():
        if limit is asyncio.timeout:
            async with limit(0.01):
                await asyncio.Event().wait()
        else:
            with limit(0.01):
                await asyncio.Event().wait()

    raised = carry(carrier, work())
    await wait(carrier)
    assert [type(error) for error in raised] == [TimeoutError]


async def test_what_it_raises_at_once_comes_out(carrier):
    async def work():
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        carrier.act(begin, work())
    assert carrier.ready


async def test_what_it_raises_later_is_for_who_awaits_the_rest(carrier):
    async def work():
        await checkpoint()
        raise LookupError("mine")

    raised = carry(carrier, work())
    await wait(carrier)
    assert [str(error) for error in raised] == ["mine"]


@pytest.mark.parametrize("when", ["at once", "soon", "later"])
async def test_it_can_be_cancelled_and_may_go_on_for_a_while(carrier, when):
    went_on = []

    async def work():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await checkpoint()
            went_on.append(True)
            raise

    raised = carry(carrier, work())
    if when == "later":
        await wait_until_idle()
    if when == "at once":
        carrier._own.cancel()  # as a time limit does
    else:
        carrier.task.cancel()
    await wait(carrier)
    assert went_on == [True]
    assert [type(error) for error in raised] == [asyncio.CancelledError]


async def test_it_may_catch_the_cancellation(carrier):
    async def work():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass

    raised = carry(carrier, work())
    carrier.task.cancel()
    await wait(carrier)
    assert raised == []


async def test_other_things_than_coroutines_can_be_awaited(carrier):
    future = asyncio.get_running_loop().create_future()
    raised = carry(carrier, future)
    future.set_exception(LookupError("mine"))
    await wait(carrier)
    assert [str(error) for error in raised] == ["mine"]


async def test_one_that_is_not_needed_is_cancelled_also_before_it_has_begun():
    for ready in (False, True):
        carrier = Carrier()
        if ready:
            await wait_until_idle()
        assert carrier.ready == ready
        carrier.task.cancel()
        await wait(carrier)
        assert not carrier.ready


async def test_it_acts_also_where_no_task_runs(carrier):
    done = asyncio.get_running_loop().create_future()

    async def work():
        done.set_result(asyncio.current_task())

    asyncio.get_running_loop().call_soon(carrier.act, begin, work())
    with anyio.fail_after(MOMENT):
        assert await done is not asyncio.current_task()
