import threading
from contextlib import contextmanager

import anyio
import pytest
import time_machine
from freezegun import freeze_time
from patience import MOMENT

from duologue._in_process.stopwatch import Stopwatch, _Alarm, stopwatch


@contextmanager
def time_as_usual():
    yield


@contextmanager
def time_frozen_by_freezegun():
    with freeze_time("2026-02-03"):
        yield


@contextmanager
def time_frozen_by_time_machine():
    with time_machine.travel("2026-02-03", tick=False):
        yield


TIMES = [time_as_usual, time_frozen_by_freezegun, time_frozen_by_time_machine]


@pytest.fixture(params=TIMES, ids=[time.__name__ for time in TIMES])
def _time(request):
    with request.param():
        yield


@pytest.mark.usefixtures("_time")
async def test_a_limit_ends_what_takes_longer():
    with stopwatch.move_on_after(0.01) as scope:
        await anyio.sleep_forever()
    assert scope.cancelled_caught


@pytest.mark.usefixtures("_time")
async def test_time_passes():
    await stopwatch.sleep(0.01)


async def test_what_is_done_in_time_is_left_alone():
    watch = Stopwatch()
    for seconds in (60, float("inf")):
        with watch.move_on_after(seconds) as scope:
            await anyio.lowlevel.checkpoint()
        assert not scope.cancel_called


async def test_limits_end_in_their_own_order_even_where_all_are_late(monkeypatch):
    now = 0.0
    rung = []

    def ring(alarm):
        rung.append(alarm.time)
        ring_as_usual(alarm)

    async def wait(seconds):
        with watch.move_on_after(seconds):
            await anyio.sleep_forever()

    ring_as_usual = _Alarm.ring
    monkeypatch.setattr(_Alarm, "ring", ring)
    monkeypatch.setattr("duologue._in_process.stopwatch._now", lambda: now)
    watch = Stopwatch()
    numbers = [each / 100 for each in range(1, 21)]
    with anyio.fail_after(MOMENT), watch.running():
        async with anyio.create_task_group() as tasks:
            for seconds in reversed(numbers):
                tasks.start_soon(wait, seconds)
            await anyio.wait_all_tasks_blocked()
            now = 1.0
    assert rung == numbers


async def test_a_shielded_limit_holds_in_what_is_cancelled():
    with anyio.CancelScope() as outer:
        outer.cancel()
        with stopwatch.move_on_after(0.01, shield=True) as scope:
            await anyio.sleep_forever()
        assert scope.cancelled_caught


async def test_an_alarm_that_rings_too_late_does_nothing(monkeypatch):
    rung = []
    monkeypatch.setattr(
        "duologue._in_process.stopwatch.EventLoop.call_soon", lambda _, f: rung.append(f)
    )
    with stopwatch.running():
        with stopwatch.move_on_after(0) as scope:
            while not rung:
                await anyio.lowlevel.checkpoint()
        rung.pop()()
    assert not scope.cancel_called


async def test_no_thread_is_left():
    before = threading.active_count()
    watch = Stopwatch()
    for _ in range(2):
        with watch.running(), watch.move_on_after(60), watch.running():
            assert threading.active_count() == before + 1
        assert threading.active_count() == before


async def test_without_threads_the_event_loop_measures_the_time():
    before = threading.active_count()
    watch = Stopwatch(has_threads=False)
    with watch.running(), watch.move_on_after(0.01) as scope:
        assert threading.active_count() == before
        await anyio.sleep_forever()
    assert scope.cancelled_caught
    with watch.move_on_after(float("inf")) as scope:
        await watch.sleep(0)
    assert not scope.cancel_called


async def test_without_threads_a_shielded_limit_holds_in_what_is_cancelled():
    with anyio.CancelScope() as outer:
        outer.cancel()
        with Stopwatch(has_threads=False).move_on_after(0.01, shield=True) as scope:
            await anyio.sleep_forever()
        assert scope.cancelled_caught
