"""The histories of rooms in the memory of this process."""

import re
import time
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import NamedTuple

from duologue.rooms._history import (
    REMEMBERED_SECONDS,
    History,
    OffsetError,
    Past,
    remembered_seconds,
)

_OFFSET = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8}")


class _Kept(NamedTuple):
    """A message, the offset of the one before it, and when it is to be forgotten."""

    before: str
    offset: str
    payload: bytes
    until: float


class Histories:
    """The last messages of each room, and where each history ends.

    Each message remembers the offset of the one before it: so it shows whether something between
    is missing.

    Args:
        clock: Tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = time.time_ns()  # so that the offsets of another process are none of these
        self._numbers = count()
        # Both in the order in which the rooms were used last.
        self._messages: dict[str, deque[_Kept]] = {}
        self._ends: dict[str, tuple[float, str]] = {}

    def add(self, room: str, payload: bytes, history: History) -> str:
        """Keep a message, and return its offset."""
        self._forget()
        now = self._clock()
        _, before = self._ends.pop(room, (now, ""))
        offset = self._next_offset()
        self._ends[room] = (now + remembered_seconds(history), offset)
        messages = self._messages.pop(room, deque())
        self._messages[room] = messages
        messages.append(_Kept(before, offset, payload, now + history.seconds))
        while len(messages) > history.messages or messages[0].until <= now:
            messages.popleft()
        return offset

    def read(self, room: str, after: str | None) -> Past:
        """Return the messages after an offset; without an offset, there are none."""
        if after is not None and not _OFFSET.fullmatch(after):
            raise OffsetError
        self._forget()
        now = self._clock()
        if room not in self._ends:
            self._ends[room] = (now + REMEMBERED_SECONDS, self._next_offset())
        _, end = self._ends[room]
        if after is None:
            return Past((), True, end)
        kept = self._messages.get(room, ())
        messages = [each for each in kept if each.until > now and each.offset > after]
        complete = after == (messages[0].before if messages else end)
        return Past([(each.offset, each.payload) for each in messages], complete, end)

    def _next_offset(self) -> str:
        return f"{self._started:016x}-{next(self._numbers):08x}"

    def _forget(self) -> None:
        """Forget what is too old of the rooms that have not been used for longest."""
        now = self._clock()
        while (
            self._messages and self._messages[first := next(iter(self._messages))][-1].until <= now
        ):
            del self._messages[first]
        while self._ends and self._ends[first := next(iter(self._ends))][0] <= now:
            del self._ends[first]
