"""Runs a play in an event loop of its own, whatever other event loops the thread knows of."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

import anyio

from duologue._concurrency.eventloops import EventLoop, on_trio


def run(function: Callable[[], Awaitable[None]], backend: str) -> None:
    """Run a function in a new event loop, as `anyio.run` does.

    It sees the context variables of the caller. It runs in the caller's thread, unless another
    event loop has begun there and not ended: then it runs in a thread of its own.

    Args:
        function: What runs.
        backend: The event loop, as anyio calls it.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed, also where a group of errors tells of it. The
            function is cancelled.
    """
    run_somewhere = _run_in_a_thread if _is_taken() else _run_here
    try:
        copy_context().run(run_somewhere, function, backend)
    except BaseExceptionGroup as group:
        if group.subgroup(KeyboardInterrupt) is None:
            raise
        raise KeyboardInterrupt from None


def _is_taken() -> bool:
    """Whether an event loop of this thread has begun and not ended.

    Those are asyncio's in a notebook and below the synchronous interface of Playwright, and trio's
    from the first asynchronous fixture of anyio's plugin to the last: it is paused in between.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return "trio" in sys.modules and on_trio()  # which would import it
    return True


def _run_here(function: Callable[[], Awaitable[None]], backend: str) -> None:
    # Between the setup of an asynchronous fixture and its teardown, anyio's plugin leaves a note
    # for sniffio that asyncio runs. Nothing runs then, but `anyio.run` believes it.
    sniffio: Any = sys.modules.get("sniffio")
    if sniffio is not None:
        sniffio.current_async_library_cvar.set(None)
    anyio.run(function, backend=backend)


def _run_in_a_thread(function: Callable[[], Awaitable[None]], backend: str) -> None:
    """Run it, and cancel it where the wait for it is interrupted, by Ctrl-C or by a time limit.

    A portal of anyio would do, but trio lets none of its tasks wait for one.
    """
    outcome = Future[None]()
    stops = SimpleQueue[Callable[[], object]]()
    watched = Event()

    async def run_until_stopped() -> None:
        with anyio.CancelScope() as scope:
            stops.put(partial(EventLoop.current().call_soon, scope.cancel))
            await function()

    def run_there() -> None:
        watched.wait()
        try:
            _run_here(run_until_stopped, backend)
        except BaseException as error:  # noqa: BLE001 - raised by who waits for it
            outcome.set_exception(error)
        else:
            outcome.set_result(None)
        finally:
            stops.put(lambda: None)  # if it has not even begun

    thread = Thread(target=copy_context().run, args=(run_there,), daemon=True)
    thread.start()  # Ctrl-C may interrupt this, too: then nothing begins
    try:
        watched.set()
        outcome.result()
    except BaseException:
        stops.get()()
        raise
    finally:
        thread.join()
