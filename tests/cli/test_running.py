"""What Ctrl-C does to the event loop of a command."""

import signal
import threading
import weakref

import anyio.lowlevel
import pytest
from patience import MOMENT

from duologue.cli._running import run

BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])


@pytest.fixture(autouse=True)
def _handler():
    """Afterwards, Ctrl-C is what it was."""
    before = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is before


def press_ctrl_c():
    signal.raise_signal(signal.SIGINT)


@BACKENDS
def test_what_a_function_returns_or_raises_comes_out(backend):
    async def divide(number):
        await anyio.lowlevel.checkpoint()
        return 1 / number

    assert run(lambda: divide(2), backend) == 0.5
    with pytest.raises(ZeroDivisionError):
        run(lambda: divide(0), backend)


@BACKENDS
def test_what_waits_is_cancelled(backend):
    left = []

    async def wait():
        press_ctrl_c()
        try:
            with anyio.fail_after(MOMENT):
                await anyio.sleep_forever()
        finally:
            left.append("wait")

    with pytest.raises(KeyboardInterrupt):
        run(wait, backend)
    assert left == ["wait"]


@BACKENDS
def test_it_is_not_lost_where_python_drops_what_is_raised(backend):
    async def wait():
        weakref.finalize(lambda: None, press_ctrl_c)  # which ends at once
        with anyio.fail_after(MOMENT):
            await anyio.sleep_forever()

    with pytest.raises(KeyboardInterrupt):
        run(wait, backend)


@BACKENDS
def test_the_second_interrupts_whatever_runs(backend):
    async def never_wait():
        press_ctrl_c()
        press_ctrl_c()
        raise AssertionError("It goes on.")

    with pytest.raises(KeyboardInterrupt):
        run(never_wait, backend)


@BACKENDS
def test_it_counts_also_where_nothing_waits_any_more(backend):
    async def end():
        press_ctrl_c()

    with pytest.raises(KeyboardInterrupt):
        run(end, backend)


@BACKENDS
def test_an_interruption_in_a_group_is_an_interruption(backend):
    async def fail(*kinds):
        raise BaseExceptionGroup("many", [kind() for kind in kinds])

    with pytest.raises(KeyboardInterrupt):
        run(lambda: fail(ValueError, KeyboardInterrupt), backend)
    with pytest.raises(ExceptionGroup):
        run(lambda: fail(ValueError), backend)


@BACKENDS
def test_who_has_asked_for_it_before_keeps_it(backend):
    pressed = []

    async def go_on():
        press_ctrl_c()
        await anyio.lowlevel.checkpoint()
        return "done"

    before = signal.signal(signal.SIGINT, lambda *_: pressed.append("Ctrl-C"))
    try:
        assert run(go_on, backend) == "done"
    finally:
        signal.signal(signal.SIGINT, before)
    assert pressed == ["Ctrl-C"]


@BACKENDS
def test_another_thread_has_no_ctrl_c(backend):
    async def answer():
        return threading.current_thread() is threading.main_thread()

    answers = []
    thread = threading.Thread(target=lambda: answers.append(run(answer, backend)))
    thread.start()
    thread.join(MOMENT)
    assert answers == [False]
