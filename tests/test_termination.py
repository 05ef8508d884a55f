import asyncio
import signal
import threading

import anyio
import pytest

from duologue import termination as module
from duologue.termination import Termination


class Server:
    """What a server does about SIGTERM, with a handler of the `signal` module."""

    def __init__(self):
        self.signals = []

    def handle(self, number, frame):
        self.signals.append(number)


@pytest.fixture
def server():
    server = Server()
    before = signal.signal(signal.SIGTERM, server.handle)
    yield server
    signal.signal(signal.SIGTERM, before)


async def test_signal_is_held_back_and_handed_on_later(server):
    came = []
    termination = Termination(lambda: came.append("came"))
    assert termination.hold()
    signal.raise_signal(signal.SIGTERM)
    assert (came, server.signals) == (["came"], [])
    termination.release()
    assert (came, server.signals) == (["came"], [signal.SIGTERM])
    assert signal.getsignal(signal.SIGTERM) == server.handle


async def test_without_a_signal_the_server_hears_nothing(server):
    termination = Termination(lambda: None)
    assert termination.hold()
    assert termination.hold()  # once more changes nothing
    termination.release()
    termination.release()
    assert server.signals == []
    signal.raise_signal(signal.SIGTERM)
    assert server.signals == [signal.SIGTERM]


async def test_second_signal_is_not_held_back(server, monkeypatch):
    monkeypatch.setattr(module, "_SAME_SECONDS", 0)
    came = []
    held = Termination(lambda: came.append("came"))
    held.hold()
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    assert (came, server.signals) == (["came"], [signal.SIGTERM])
    assert signal.getsignal(signal.SIGTERM) == server.handle


async def test_signal_that_comes_twice_at_once_is_one(server):
    came = []
    held = Termination(lambda: came.append("came"))
    held.hold()
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    assert (came, server.signals) == (["came"], [])
    held.release()
    assert server.signals == [signal.SIGTERM]


async def test_two_hold_it_and_give_it_back_in_any_order(server):
    came = []
    outer, inner = Termination(lambda: came.append("outer")), Termination(lambda: None)
    outer.hold()
    inner.hold()
    outer.release()
    inner.release()
    signal.raise_signal(signal.SIGTERM)
    assert (came, server.signals) == ([], [signal.SIGTERM])


async def test_two_hold_it_one_after_the_other(server):
    outer = Termination(lambda: None)
    inner = Termination(lambda: None)
    outer.hold()
    inner.hold()
    signal.raise_signal(signal.SIGTERM)
    inner.release()
    assert server.signals == []
    outer.release()
    assert server.signals == [signal.SIGTERM]


async def test_handler_that_somebody_else_has_set_meanwhile_stays(server):
    def other(number, frame):
        raise AssertionError("no signal comes")

    termination = Termination(lambda: None)
    termination.hold()
    signal.signal(signal.SIGTERM, other)
    termination.release()
    assert signal.getsignal(signal.SIGTERM) is other


@pytest.mark.parametrize("handler", [signal.SIG_DFL, signal.SIG_IGN])
async def test_where_no_server_handles_the_signal_it_is_left_alone(server, handler):
    signal.signal(signal.SIGTERM, handler)
    termination = Termination(lambda: None)
    assert not termination.hold()
    assert signal.getsignal(signal.SIGTERM) == handler


async def test_outside_of_the_main_thread_it_is_left_alone(server):
    held = []
    thread = threading.Thread(target=lambda: held.append(Termination(lambda: None).hold()))
    thread.start()
    thread.join(5)
    assert held == [False]
    assert signal.getsignal(signal.SIGTERM) == server.handle


def heard_by(heard, event):
    def hear(number):
        heard.append(number)
        event.set()

    return hear


@pytest.fixture
async def loop_signals():
    """What a server hears of that has told its loop about signals."""
    heard, event = [], asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGUSR1):
        loop.add_signal_handler(number, heard_by(heard, event), number)
    yield heard, event
    for number in (signal.SIGTERM, signal.SIGUSR1):
        loop.remove_signal_handler(number)


async def until(event):
    with anyio.fail_after(5):
        await event.wait()
    event.clear()


# trio knows handlers of the `signal` module alone.
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_signal_that_goes_through_the_loop_is_held_back_too(loop_signals):
    heard, event = loop_signals
    termination = Termination(lambda: None)
    assert termination.hold()
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGUSR1)
    await until(event)
    assert heard == [signal.SIGUSR1]
    termination.release()
    await until(event)
    assert heard == [signal.SIGUSR1, signal.SIGTERM]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_signal_that_goes_through_the_loop_comes_once(loop_signals):
    heard, event = loop_signals
    termination = Termination(lambda: None)
    termination.hold()
    signal.raise_signal(signal.SIGTERM)
    termination.release()
    await until(event)
    signal.raise_signal(signal.SIGUSR1)
    await until(event)
    assert heard == [signal.SIGTERM, signal.SIGUSR1]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_wakeup_that_somebody_else_has_taken_meanwhile_stays(loop_signals):
    termination = Termination(lambda: None)
    termination.hold()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, lambda: None)
    termination.release()
    heard, event = loop_signals
    signal.raise_signal(signal.SIGTERM)
    await until(event)
    assert heard == [signal.SIGTERM]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_wakeup_is_taken_again_from_a_loop_that_has_taken_it_back(loop_signals):
    heard, event = loop_signals
    termination = Termination(lambda: None)
    termination.hold()
    # uvloop does so whenever it runs anew, the loop of the standard library with each handler.
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, lambda: None)
    assert termination.hold()
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGUSR1)
    await until(event)
    assert heard == [signal.SIGUSR1]
    termination.release()
    await until(event)
    assert heard == [signal.SIGUSR1, signal.SIGTERM]


async def test_where_nobody_handles_it_it_can_be_held_alone(server):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    came = []
    termination = Termination(lambda: came.append("came"))
    assert termination.hold(alone=True)
    assert callable(signal.getsignal(signal.SIGTERM))
    termination.release()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    assert not termination.hold(alone=True)


async def test_server_that_handles_it_only_after_startup_waits_too(server):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    came = []
    termination = Termination(lambda: came.append("came"))
    termination.hold(alone=True)
    signal.signal(signal.SIGTERM, server.handle)
    assert termination.hold()
    signal.raise_signal(signal.SIGTERM)
    assert (came, server.signals) == (["came"], [])
    termination.release()
    assert server.signals == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) == server.handle


async def test_two_that_make_sure_of_it_do_not_take_it_from_each_other(server):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    came = []
    outer = Termination(lambda: came.append("outer"))
    inner = Termination(lambda: came.append("inner"))
    outer.hold(alone=True)
    inner.hold(alone=True)
    assert outer.hold()
    signal.raise_signal(signal.SIGTERM)
    assert came == ["inner"]
    inner.release()
    assert came == ["inner", "outer"]
    signal.signal(signal.SIGTERM, server.handle)  # where it would end the process
    outer.release()
    assert server.signals == [signal.SIGTERM]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_loop_that_is_told_only_after_startup_waits_too(server):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    termination = Termination(lambda: None)
    termination.hold(alone=True)
    heard, event, loop = [], asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, heard_by(heard, event), signal.SIGTERM)
    loop.add_signal_handler(signal.SIGUSR1, heard_by(heard, event), signal.SIGUSR1)
    assert termination.hold()
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGUSR1)
    await until(event)
    assert heard == [signal.SIGUSR1]
    termination.release()
    await until(event)
    assert heard == [signal.SIGUSR1, signal.SIGTERM]
    for number in (signal.SIGTERM, signal.SIGUSR1):
        loop.remove_signal_handler(number)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_server_that_begins_to_handle_it_late_gets_it_through_its_loop(server, loop_signals):
    heard, event = loop_signals
    loop = asyncio.get_running_loop()
    loop.remove_signal_handler(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    termination = Termination(lambda: None)
    assert termination.hold(alone=True)
    loop.add_signal_handler(signal.SIGTERM, heard_by(heard, event), signal.SIGTERM)
    assert termination.hold()
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGUSR1)
    await until(event)
    assert heard == [signal.SIGUSR1]
    termination.release()
    await until(event)
    assert heard == [signal.SIGUSR1, signal.SIGTERM]
