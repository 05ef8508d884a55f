import asyncio
import os
import signal
import socket
import threading

import anyio
import pytest
import uvloop
from patience import MOMENT

from duologue.shutdown import _sigterm as module
from duologue.shutdown._sigterm import Termination


class Server:
    """What a server does about SIGTERM, with a handler of the `signal` module."""

    def __init__(self):
        self.signals = []

    def handle(self, number, frame):
        self.signals.append(number)


def noting(came, name="came"):
    """What is woken by the signal: it takes note, and will release it."""

    def note():
        came.append(name)
        return True

    return note


@pytest.fixture(autouse=True)
def holder(monkeypatch):
    """The holder of a process in which nobody has held the signal yet."""
    holder = module._Holder()
    monkeypatch.setattr(module, "_holder", holder)
    yield holder
    assert holder._holding == []


@pytest.fixture
def server():
    server = Server()
    before = signal.signal(signal.SIGTERM, server.handle)
    yield server
    signal.signal(signal.SIGTERM, before)


async def test_signal_is_held_back_and_handed_on_later(server):
    came = []
    termination = Termination(noting(came))
    assert termination.hold()
    signal.raise_signal(signal.SIGTERM)
    assert (came, server.signals) == (["came"], [])
    termination.release()
    assert (came, server.signals) == (["came"], [signal.SIGTERM])
    assert signal.getsignal(signal.SIGTERM) == server.handle


async def test_without_a_signal_the_server_hears_nothing(server):
    termination = Termination(lambda: True)
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
    held = Termination(noting(came))
    held.hold()
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    assert (came, server.signals) == (["came"], [signal.SIGTERM])
    assert signal.getsignal(signal.SIGTERM) == server.handle


async def test_signal_that_comes_twice_at_once_is_one(server):
    came = []
    held = Termination(noting(came))
    held.hold()
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    assert (came, server.signals) == (["came"], [])
    held.release()
    assert server.signals == [signal.SIGTERM]


async def test_each_that_holds_it_hears_of_it_and_the_last_one_gives_it_to_the_server(server):
    came = []
    first, second = Termination(noting(came, "first")), Termination(noting(came, "second"))
    assert first.hold()
    assert second.hold()
    signal.raise_signal(signal.SIGTERM)
    assert (came, server.signals) == (["first", "second"], [])
    first.release()
    assert server.signals == []
    second.release()
    assert server.signals == [signal.SIGTERM]


async def test_one_that_holds_it_no_longer_is_not_told(server):
    came = []
    first, second = Termination(noting(came, "first")), Termination(noting(came, "second"))
    first.hold()
    second.hold()
    first.release()
    signal.raise_signal(signal.SIGTERM)
    assert (came, server.signals) == (["second"], [])
    second.release()
    assert server.signals == [signal.SIGTERM]


async def test_one_that_comes_later_hears_of_it_at_once(server):
    came = []
    first, second = Termination(noting(came, "first")), Termination(noting(came, "second"))
    first.hold()
    signal.raise_signal(signal.SIGTERM)
    assert second.hold()
    assert came == ["first", "second"]
    first.release()
    assert server.signals == []
    second.release()
    assert server.signals == [signal.SIGTERM]


async def test_signal_is_not_held_for_one_that_cannot_do_anything(server):
    lost = Termination(lambda: False)
    assert lost.hold()
    signal.raise_signal(signal.SIGTERM)
    assert server.signals == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) == server.handle


async def test_one_that_cannot_do_anything_is_no_hindrance_to_another_one(server):
    came = []
    lost, other = Termination(lambda: False), Termination(noting(came))
    other.hold()
    lost.hold()
    signal.raise_signal(signal.SIGTERM)
    assert not lost.hold()
    assert (came, server.signals) == (["came"], [])
    other.release()
    assert server.signals == [signal.SIGTERM]


async def test_two_servers_in_one_process_get_it_one_after_the_other(server):
    # Each handles it while it runs, and afterwards hands on what has come.
    termination, inner = Termination(lambda: True), Server()
    termination.hold()
    before = signal.signal(signal.SIGTERM, inner.handle)
    assert termination.hold()
    signal.raise_signal(signal.SIGTERM)
    assert (server.signals, inner.signals) == ([], [])
    termination.release()
    assert (server.signals, inner.signals) == ([], [signal.SIGTERM])
    signal.signal(signal.SIGTERM, before)
    signal.raise_signal(signal.SIGTERM)
    assert (server.signals, inner.signals) == ([signal.SIGTERM], [signal.SIGTERM])
    assert signal.getsignal(signal.SIGTERM) == server.handle


async def test_process_that_was_forked_does_not_hold_it(server, monkeypatch):
    came = []
    termination = Termination(noting(came))
    termination.hold()
    with monkeypatch.context() as forked:
        forked.setattr(module.os, "getpid", lambda: -1)
        signal.raise_signal(signal.SIGTERM)
    assert (came, server.signals) == ([], [signal.SIGTERM])
    termination.release()


async def test_handler_that_somebody_else_has_set_meanwhile_stays(server):
    def other(number, frame):
        raise AssertionError("no signal comes")

    termination = Termination(lambda: True)
    termination.hold()
    signal.signal(signal.SIGTERM, other)
    termination.release()
    assert signal.getsignal(signal.SIGTERM) is other


@pytest.mark.parametrize("handler", [signal.SIG_DFL, signal.SIG_IGN])
async def test_where_no_server_handles_the_signal_it_is_left_alone(server, handler):
    signal.signal(signal.SIGTERM, handler)
    termination = Termination(lambda: True)
    assert not termination.hold()
    assert signal.getsignal(signal.SIGTERM) == handler


async def test_outside_of_the_main_thread_it_is_left_alone(server):
    held = []
    thread = threading.Thread(target=lambda: held.append(Termination(lambda: True).hold()))
    thread.start()
    thread.join(MOMENT)
    assert held == [False]
    assert signal.getsignal(signal.SIGTERM) == server.handle


def recording(noted, event):
    def note(number):
        noted.append(number)
        event.set()

    return note


@pytest.fixture
async def loop_signals():
    """What a server gets that has told its loop about signals."""
    noted, event = [], asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGUSR1):
        loop.add_signal_handler(number, recording(noted, event), number)
    yield noted, event
    for number in (signal.SIGTERM, signal.SIGUSR1):
        loop.remove_signal_handler(number)


async def until(event):
    with anyio.fail_after(MOMENT):
        await event.wait()
    event.clear()


# trio knows handlers of the `signal` module alone.
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_signal_that_goes_through_the_loop_is_held_back_too(loop_signals):
    noted, event = loop_signals
    termination = Termination(lambda: True)
    assert termination.hold()
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGUSR1)
    await until(event)
    assert noted == [signal.SIGUSR1]
    termination.release()
    await until(event)
    assert noted == [signal.SIGUSR1, signal.SIGTERM]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_signal_that_goes_through_the_loop_comes_once(loop_signals):
    noted, event = loop_signals
    termination = Termination(lambda: True)
    termination.hold()
    signal.raise_signal(signal.SIGTERM)
    termination.release()
    await until(event)
    signal.raise_signal(signal.SIGUSR1)
    await until(event)
    assert noted == [signal.SIGTERM, signal.SIGUSR1]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_wakeup_that_somebody_else_has_taken_meanwhile_stays(loop_signals):
    termination = Termination(lambda: True)
    termination.hold()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, lambda: None)
    termination.release()
    noted, event = loop_signals
    signal.raise_signal(signal.SIGTERM)
    await until(event)
    assert noted == [signal.SIGTERM]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_wakeup_is_taken_again_from_a_loop_that_has_taken_it_back(loop_signals):
    noted, event = loop_signals
    termination = Termination(lambda: True)
    termination.hold()
    # uvloop does so whenever it runs anew, the loop of the standard library with each handler.
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, lambda: None)
    assert termination.hold()
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGUSR1)
    await until(event)
    assert noted == [signal.SIGUSR1]
    termination.release()
    await until(event)
    assert noted == [signal.SIGUSR1, signal.SIGTERM]


async def test_where_nobody_handles_it_it_can_be_held_alone(server):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    came = []
    termination = Termination(noting(came))
    assert termination.hold(alone=True)
    assert callable(signal.getsignal(signal.SIGTERM))
    termination.release()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    assert not termination.hold(alone=True)


async def test_server_that_handles_it_only_after_startup_waits_too(server):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    came = []
    termination = Termination(noting(came))
    termination.hold(alone=True)
    signal.signal(signal.SIGTERM, server.handle)
    assert termination.hold()
    signal.raise_signal(signal.SIGTERM)
    assert (came, server.signals) == (["came"], [])
    termination.release()
    assert server.signals == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) == server.handle


async def test_two_hold_it_alone_and_find_out_that_a_server_handles_it(server):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    came = []
    first, second = Termination(noting(came, "first")), Termination(noting(came, "second"))
    first.hold(alone=True)
    second.hold(alone=True)
    signal.signal(signal.SIGTERM, server.handle)
    for _ in range(3):
        assert first.hold()
        assert second.hold()
    signal.raise_signal(signal.SIGTERM)
    assert came == ["first", "second"]
    second.release()
    first.release()
    assert server.signals == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) == server.handle


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_loop_that_is_told_only_after_startup_waits_too(server):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    termination = Termination(lambda: True)
    termination.hold(alone=True)
    noted, event, loop = [], asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, recording(noted, event), signal.SIGTERM)
    loop.add_signal_handler(signal.SIGUSR1, recording(noted, event), signal.SIGUSR1)
    assert termination.hold()
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGUSR1)
    await until(event)
    assert noted == [signal.SIGUSR1]
    termination.release()
    await until(event)
    assert noted == [signal.SIGUSR1, signal.SIGTERM]
    for number in (signal.SIGTERM, signal.SIGUSR1):
        loop.remove_signal_handler(number)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_server_that_begins_to_handle_it_late_gets_it_through_its_loop(server, loop_signals):
    noted, event = loop_signals
    loop = asyncio.get_running_loop()
    loop.remove_signal_handler(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    termination = Termination(lambda: True)
    assert termination.hold(alone=True)
    loop.add_signal_handler(signal.SIGTERM, recording(noted, event), signal.SIGTERM)
    assert termination.hold()
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGUSR1)
    await until(event)
    assert noted == [signal.SIGUSR1]
    termination.release()
    await until(event)
    assert noted == [signal.SIGUSR1, signal.SIGTERM]


# The descriptor of a loop is a number that may soon belong to another file.

uvloop_alone = pytest.mark.parametrize(
    "anyio_backend", [("asyncio", {"use_uvloop": True})], ids=["uvloop"]
)


@uvloop_alone
async def test_signal_that_goes_through_uvloop_is_held_back(loop_signals):
    noted, event = loop_signals
    first, second = Termination(lambda: True), Termination(lambda: True)
    for each in (first, second, first, second):
        assert each.hold()
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGUSR1)
    await until(event)
    assert noted == [signal.SIGUSR1]
    first.release()
    second.release()
    await until(event)
    assert noted == [signal.SIGUSR1, signal.SIGTERM]


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_loop_that_has_ended_before_it_was_released(server, factory):
    termination = Termination(lambda: True)

    async def hold():
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, lambda: None)
        assert termination.hold()
        loop.remove_signal_handler(signal.SIGUSR1)

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(hold())
    with socket.socket() as another:  # it may have got the number of the loop's end
        termination.release()
        assert signal.set_wakeup_fd(-1) != another.fileno()
    assert signal.getsignal(signal.SIGTERM) == server.handle


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_loop_that_takes_the_place_of_another_one(server, factory):
    noted = []
    termination = Termination(lambda: True)

    async def hold():
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, recording(noted, event), signal.SIGUSR1)
        assert termination.hold()
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGUSR1)
        await until(event)

    for _ in range(2):
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(hold())
    assert (noted, server.signals) == ([signal.SIGUSR1] * 2, [])
    termination.release()
    assert server.signals == [signal.SIGTERM]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_loop_that_needs_the_descriptor_no_longer(server):
    termination = Termination(lambda: True)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: None)
    termination.hold()
    loop.remove_signal_handler(signal.SIGUSR1)
    assert termination.hold()
    assert signal.set_wakeup_fd(-1) == -1
    termination.release()
    assert signal.set_wakeup_fd(-1) == -1


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_descriptor_that_somebody_has_set_and_closed(loop_signals):
    noted, event = loop_signals
    termination = Termination(lambda: True)
    termination.hold()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    os.close(writer)
    os.close(reader)
    termination.release()
    signal.raise_signal(signal.SIGTERM)
    await until(event)
    assert noted == [signal.SIGTERM]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_what_has_the_descriptor_is_closed_already_when_it_is_held(server):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    os.close(writer)
    os.close(reader)
    termination = Termination(lambda: True)
    assert termination.hold()
    termination.release()
    assert signal.set_wakeup_fd(-1) == -1
