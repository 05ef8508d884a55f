import sys
import threading

import anyio
import pytest
from patience import MOMENT

from duologue._concurrency.eventloops import EventLoop, on_asyncio, on_trio


async def test_the_one_that_runs(anyio_backend_name):
    here = EventLoop.current()
    assert here == EventLoop.current()
    assert here.name == f"{anyio_backend_name} in the thread {threading.current_thread().name!r}"
    assert (on_asyncio(), on_trio()) == (anyio_backend_name == "asyncio", not on_asyncio())


async def test_another_one_is_another(anyio_backend_name):
    found = []

    async def find():
        found.append(EventLoop.current())

    await anyio.to_thread.run_sync(lambda: anyio.run(find, backend=anyio_backend_name))
    assert found != [EventLoop.current()]


async def test_it_can_be_reached_from_outside():
    here = EventLoop.current()
    called = anyio.Event()
    with anyio.fail_after(MOMENT):
        await anyio.to_thread.run_sync(here.call_soon, called.set)
        await called.wait()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_one_that_has_ended_hears_nothing(backend):
    async def find():
        return EventLoop.current()

    anyio.run(find, backend=backend).call_soon(lambda: pytest.fail("this is not called"))


def test_no_event_loop_at_all():
    assert not on_asyncio()
    assert not on_trio()


def test_trio_need_not_be_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "trio", None)
    assert not on_trio()
