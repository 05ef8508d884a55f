"""SIGTERM, held back from the server while the applications of a process shut down.

A server that is told to terminate closes its connections at once, or waits for them without telling
anybody, and ASGI has no message that would come before (lifespan shutdown comes after). So the
signal is taken before it reaches the server, and handed on to it later.

There are two ways in which a server learns of a signal, and both are held: a handler of the
`signal` module, and the file descriptor of `signal.set_wakeup_fd`, through which asyncio and uvloop
run what `loop.add_signal_handler` was given. A process has one of each, so there is one holder for
all applications: two would take each other for the server.
"""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import TypeAlias

_Handler: TypeAlias = Callable[[int, FrameType | None], object] | int | None

# Where a process manager sends the signal to all processes, the main one often sends it once more.
_SAME_SECONDS = 1.0


class Termination:
    """Holds SIGTERM back, from `hold()` to `release()`, as others may do, too.

    Args:
        came: Called in the main thread when the signal comes, between two instructions of whatever
            runs there: it should do no more than wake a task. It tells whether it could: if not,
            nobody will call `release`, and the signal is not held for this one. A second signal is
            held back for nobody, where it comes a second later or more.
    """

    def __init__(self, came: Callable[[], bool]) -> None:
        self.came = came

    def hold(self, *, alone: bool = False) -> bool:
        """Begin to hold the signal back from the server that handles it now.

        Once more, at the first connection, makes sure of it: uvloop takes its file descriptor back
        each time it runs anew, and anycorn handles the signal only after startup. Where the signal
        is being held back already, `came` is called at once.

        Args:
            alone: Whether to hold it even if no server handles it, so that it would end the process
                at once. Then it must always be released.

        Returns:
            Whether it is held. It is not if nobody handles the signal, or outside of the main
                thread, where Python does not allow signal handlers.
        """
        return _holder.hold(self, alone)

    def release(self) -> None:
        """Stop holding it. The last one returns it to the server, and a signal that has come."""
        _holder.release(self)


class _Layer:
    """The handler that replaces another one: that of a server, or of other code."""

    def __init__(self, below: _Handler) -> None:
        self.below = below
        self._process = os.getpid()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        # A process that was forked has no event loop which could close anything.
        if os.getpid() == self._process and _holder.keeps():
            return
        signal.signal(number, self.below)
        signal.raise_signal(number)


class _Holder:
    """Is between a process and the signal, as long as anybody holds it back."""

    def __init__(self) -> None:
        self._holding: list[Termination] = []
        self._wakeup = _Wakeup()
        self._pending = False
        self._since = 0.0

    def hold(self, termination: Termination, alone: bool) -> bool:
        """Hold it for one more; see `Termination.hold`."""
        if threading.current_thread() is threading.main_thread():
            handler = signal.getsignal(signal.SIGTERM)
            ours = isinstance(handler, _Layer)
            if callable(handler) or (alone and handler is signal.SIG_DFL):
                self._add(termination)
                if not ours:
                    signal.signal(signal.SIGTERM, _Layer(handler))
                self._wakeup.take()
        return termination in self._holding

    def _add(self, termination: Termination) -> None:
        if termination not in self._holding:
            # Before anything else: the signal may come at any moment.
            self._holding.append(termination)
            if self._pending:
                self._tell(termination)

    def release(self, termination: Termination) -> None:
        """Hold it for one less; see `Termination.release`."""
        if termination in self._holding:
            self._holding.remove(termination)
            if not self._holding:
                self._give_back()

    def keeps(self) -> bool:
        """Call those who hold the signal; return whether it is held back."""
        if not self._holding:
            return False  # whoever had come between has handed it on later
        if not self._pending:
            self._pending = True
            self._since = time.monotonic()
            for each in self._holding.copy():
                self._tell(each)
        elif time.monotonic() - self._since >= _SAME_SECONDS:  # somebody is in a hurry
            self._holding.clear()
        if not self._holding:
            self._give_back()
        return True

    def _tell(self, termination: Termination) -> None:
        if not termination.came():
            self._holding.remove(termination)

    def _give_back(self) -> None:
        """Return the signal to the server, with one that has come since."""
        self._wakeup.give_back()
        handler = signal.getsignal(signal.SIGTERM)
        # Where the server has restored its own handler before, it stays.
        if isinstance(handler, _Layer):
            signal.signal(signal.SIGTERM, handler.below)
        if self._pending:
            self._pending = False
            signal.raise_signal(signal.SIGTERM)


class _Wakeup:
    """The wakeup file descriptor of an event loop, with every signal but SIGTERM passed on.

    Whoever sets a wakeup descriptor gets the number of the one before, and may set that again much
    later. So ours stays open as long as the process lives. Of the loop's, which may be closed at
    any time, we keep a copy to write to: its number alone might be that of another file by then.
    """

    def __init__(self) -> None:
        self._reader = self._writer = -1
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_end = self._copy = -1

    def take(self) -> None:
        """Replace the running loop's descriptor, if signals reach it that way."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # trio has handlers of the `signal` module
        if self._writer == -1:
            self._reader, self._writer = os.pipe()
            os.set_blocking(self._reader, False)
            os.set_blocking(self._writer, False)
        current = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        if current != self._writer:
            self._forget()
            with suppress(OSError):  # there is none, or it is closed
                self._copy = os.dup(current)
                self._loop_end = current
        if self._copy == -1 or self._loop is not loop:
            self._unwatch()
        if self._copy == -1:
            signal.set_wakeup_fd(-1)
        elif self._loop is None:
            self._loop = loop
            loop.add_reader(self._reader, self._pass_on)

    def give_back(self) -> None:
        """Let the signals reach the loop again."""
        current = signal.set_wakeup_fd(self._end_of_loop(), warn_on_full_buffer=False)
        if current != self._writer:
            with suppress(OSError, ValueError):  # it is closed
                signal.set_wakeup_fd(current)  # somebody else has taken the place meanwhile
        self._pass_on()
        self._unwatch()
        self._forget()

    def _end_of_loop(self) -> int:
        """Return the number of the loop's end, if that has not changed."""
        with suppress(OSError):
            if os.path.sameopenfile(self._loop_end, self._copy):
                return self._loop_end
        return -1

    def _pass_on(self) -> None:
        with suppress(OSError):  # there is nothing, or the loop has closed its end
            numbers = os.read(self._reader, 4096)
            os.write(self._copy, bytes(each for each in numbers if each != signal.SIGTERM))

    def _unwatch(self) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # it is closed
                self._loop.remove_reader(self._reader)
            self._loop = None

    def _forget(self) -> None:
        if self._copy != -1:
            os.close(self._copy)
            self._loop_end = self._copy = -1


_holder = _Holder()
