"""Time limits of tests, by the real clock, even if a test freezes the time.

The clock of an event loop is that of `time`, and tests freeze it (freezegun) or let it jump. A time
limit that went by it would never end, so these are measured in a thread beside the event loop.
WebAssembly has no threads: there the clock of the event loop is all there is.
"""

import math
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial

import anyio

from duologue._concurrency.eventloops import EventLoop

# freezegun puts something else in the place of `time.monotonic`, wherever a module has it.
_now = (
    partial(time.clock_gettime, time.CLOCK_MONOTONIC)
    if hasattr(time, "clock_gettime")
    else partial(time.monotonic)
)
_LONGEST_WAIT = 3600.0


class _Alarm:
    """Cancels a scope at a time, in the event loop that has set it."""

    def __init__(self, seconds: float, scope: anyio.CancelScope) -> None:
        self.time = _now() + seconds
        self._scope = scope
        self._loop = EventLoop.current()
        self.is_set = True

    def ring(self) -> None:
        self._loop.call_soon(self._cancel)

    def _cancel(self) -> None:
        if self.is_set:
            self._scope.cancel()


class Stopwatch:
    """A thread that rings alarms; it runs while somebody needs it.

    Args:
        has_threads: Whether the platform has threads.
    """

    def __init__(self, has_threads: bool = sys.platform not in ("emscripten", "wasi")) -> None:
        self._has_threads = has_threads
        self._changed = threading.Condition()
        self._alarms: set[_Alarm] = set()
        self._rings_at = math.inf
        self._users = 0
        self._thread: threading.Thread | None = None

    @contextmanager
    def running(self) -> Generator[None]:
        """Keep it running; for who sets many alarms, one after the other."""
        if not self._has_threads:
            yield
            return
        with self._changed:
            self._users += 1
            if self._thread is None:
                name = "duologue-stopwatch"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            ended = None
            with self._changed:
                self._users -= 1
                if not self._users:
                    ended, self._thread = self._thread, None
                    self._changed.notify_all()
            if ended is not None:
                ended.join()

    @contextmanager
    def move_on_after(self, seconds: float, shield: bool = False) -> Generator[anyio.CancelScope]:
        """Cancel what is in the block after some seconds, as `anyio.move_on_after` does.

        Args:
            seconds: How many; `math.inf` for no limit.
            shield: Whether the block is shielded from cancellation from outside.
        """
        if not self._has_threads:
            with anyio.move_on_after(seconds, shield=shield) as scope:
                yield scope
            return
        with anyio.CancelScope(shield=shield) as scope:
            if seconds == math.inf:
                yield scope
                return
            with self.running():
                alarm = self._set(_Alarm(seconds, scope))
                try:
                    yield scope
                finally:
                    alarm.is_set = False
                    with self._changed:
                        self._alarms.discard(alarm)

    async def sleep(self, seconds: float) -> None:
        """Wait for some seconds. Cancelling this is safe."""
        with self.move_on_after(seconds):
            await anyio.sleep_forever()

    def _set(self, alarm: _Alarm) -> _Alarm:
        with self._changed:
            self._alarms.add(alarm)
            if alarm.time < self._rings_at:
                self._changed.notify_all()
        return alarm

    def _run(self) -> None:
        with self._changed:
            while self._thread is threading.current_thread():
                due = [alarm for alarm in self._alarms if alarm.time <= _now()]
                for alarm in sorted(due, key=lambda alarm: alarm.time):
                    self._alarms.remove(alarm)
                    alarm.ring()
                self._rings_at = min((alarm.time for alarm in self._alarms), default=math.inf)
                self._changed.wait(min(self._rings_at - _now(), _LONGEST_WAIT))


stopwatch = Stopwatch()
"""The one of this process."""
