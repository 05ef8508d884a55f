"""SIGTERM, held back from the server while the application says goodbye.

A server that is told to terminate closes its connections at once, or waits for them without telling
anybody, and ASGI has no message that would come before (lifespan shutdown comes after). So the
signal is taken before it reaches the server, and handed on to it later.

There are two ways in which a server learns of a signal, and both are held: a handler of the
`signal` module, and the file descriptor of `signal.set_wakeup_fd`, through which asyncio and uvloop
run what `loop.add_signal_handler` was given.
"""

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TypeAlias

_Handler: TypeAlias = Callable[[int, FrameType | None], object] | int | None

# Where a process manager sends the signal to all processes, the main one often sends it once more.
_SAME_SECONDS = 1.0


class Termination:
    """Holds SIGTERM back, from `hold()` to `release()`.

    Args:
        came: Called in the main thread when the signal comes, between two instructions of whatever
            runs there: it should do no more than wake a task. A second signal is not held back,
            where it comes a second later or more.
    """

    def __init__(self, came: Callable[[], None]) -> None:
        self._came = came
        self._held = False
        self._pending = False
        self._since = 0.0
        self._server_handler: _Handler = None
        self._wakeup: _Wakeup | None = None

    def hold(self, *, alone: bool = False) -> bool:
        """Begin to hold the signal back from the server that handles it now.

        Once more, at the first connection, makes sure of it: uvloop takes its file descriptor back
        each time it runs anew, and anycorn handles the signal only after startup.

        Args:
            alone: Whether to hold it also where no server handles it, so that it would end the
                process at once. Then it has to be released in any case.

        Returns:
            Whether it is held. It is not where nobody handles the signal, or outside of the main
            thread, where Python lets nobody touch signals.
        """
        if threading.current_thread() is not threading.main_thread():
            return self._held
        handler = signal.getsignal(signal.SIGTERM)
        if self._held:
            if self._wakeup is not None:
                self._wakeup.take_again()
            if self._server_handler is signal.SIG_DFL and _is_of_server(handler):
                self._take(handler)
            return True
        if not callable(handler) and not (alone and handler is signal.SIG_DFL):
            return False
        self._take(handler)
        self._held = True
        return True

    def _take(self, handler: _Handler) -> None:
        self._server_handler = handler
        signal.signal(signal.SIGTERM, self._handle)
        if self._wakeup is None:
            self._wakeup = _Wakeup.take()

    def release(self) -> None:
        """Give the signal back to the server, and with it one that has come meanwhile."""
        if not self._held:
            return
        self._held = False
        if self._wakeup is not None:
            self._wakeup.give_back()
            self._wakeup = None
        # Where the server has restored its own handler before, it stays.
        if signal.getsignal(signal.SIGTERM) == self._handle:
            signal.signal(signal.SIGTERM, self._server_handler)
        if self._pending:
            self._pending = False
            signal.raise_signal(signal.SIGTERM)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if not self._held:  # whoever had come between has given the signal back later
            signal.signal(number, self._server_handler)
            signal.raise_signal(number)
            return
        if not self._pending:
            self._pending = True
            self._since = time.monotonic()
            self._came()
        elif time.monotonic() - self._since >= _SAME_SECONDS:  # somebody is in a hurry
            self.release()


def _is_of_server(handler: _Handler) -> bool:
    # Two that held the signal back from each other would hand it on for ever.
    return callable(handler) and not isinstance(getattr(handler, "__self__", None), Termination)


class _Wakeup:
    """The wakeup file descriptor of an event loop, with every signal but SIGTERM passed on."""

    def __init__(self, loop: asyncio.AbstractEventLoop, loop_end: int) -> None:
        self._loop = loop
        self._loop_end = loop_end
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        loop.add_reader(self._reader, self._pass_on)

    @classmethod
    def take(cls) -> "_Wakeup | None":
        """Take the place of the running loop's file descriptor, where signals reach it that way."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return None  # trio has handlers of the `signal` module
        loop_end = signal.set_wakeup_fd(-1)
        if loop_end == -1:
            return None
        wakeup = cls(loop, loop_end)
        wakeup.take_again()
        return wakeup

    def take_again(self) -> None:
        """Take the place where somebody else has taken it meanwhile."""
        current = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        if current not in (-1, self._writer.fileno()):
            self._loop_end = current

    def give_back(self) -> None:
        """Let the signals reach the loop again."""
        current = signal.set_wakeup_fd(-1)
        ours = current == self._writer.fileno()
        signal.set_wakeup_fd(self._loop_end if ours else current, warn_on_full_buffer=False)
        self._loop.remove_reader(self._reader)
        self._pass_on()
        self._reader.close()
        self._writer.close()

    def _pass_on(self) -> None:
        try:
            numbers = self._reader.recv(4096)
        except BlockingIOError:
            return
        others = bytes(number for number in numbers if number != signal.SIGTERM)
        if others:
            os.write(self._loop_end, others)
