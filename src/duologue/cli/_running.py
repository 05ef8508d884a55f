"""Runs the event loop of a command, until Ctrl-C ends it."""

import signal
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import anyio

Result = TypeVar("Result")


def run(function: Callable[[], Awaitable[Result]], backend: str) -> Result:
    """Run a function in an event loop.

    Ctrl-C cancels it where it waits. If you press it again, it interrupts whatever runs, which may
    be an endless loop.

    Args:
        function: What runs.
        backend: The event loop, as anyio calls it.

    Returns:
        What the function returns.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed, also where a group of errors tells of it.
    """
    if backend == "trio" and _takes_ctrl_c():
        function = partial(_until_ctrl_c, function)
    try:
        return anyio.run(function, backend=backend)
    except BaseExceptionGroup as group:
        if group.subgroup(KeyboardInterrupt) is None:
            raise
        raise KeyboardInterrupt from None


def _takes_ctrl_c() -> bool:
    """Whether Ctrl-C is ours: it is the main thread's, and nobody has asked for it before."""
    is_main = threading.current_thread() is threading.main_thread()
    return is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler


async def _until_ctrl_c(function: Callable[[], Awaitable[Result]]) -> Result:
    """Let Ctrl-C do on trio what it does on asyncio.

    Trio raises `KeyboardInterrupt` in whatever runs. If that is the callback of a weak reference,
    Python drops the exception, and nothing is interrupted.
    """
    import trio

    token = trio.lowlevel.current_trio_token()
    pressed = threading.Event()
    with anyio.CancelScope() as scope:

        def interrupt(*_: object) -> None:
            signal.signal(signal.SIGINT, trio_handler)
            pressed.set()
            token.run_sync_soon(scope.cancel)

        trio_handler = signal.signal(signal.SIGINT, interrupt)
        try:
            result = await function()
        finally:
            signal.signal(signal.SIGINT, trio_handler)
        if not pressed.is_set():
            return result
    raise KeyboardInterrupt
