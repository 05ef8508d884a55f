"""The queue of a member: its messages, and what happens to a new one when it is full."""

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, get_args

Policy: TypeAlias = Literal["disconnect", "drop_newest", "drop_oldest", "latest"]
"""The policy for a member whose queue is full.

- `disconnect`: the connection of the member is closed with 1013.
- `drop_newest`: the new message is dropped.
- `drop_oldest`: the oldest message in the queue is dropped.
- `latest`: of the messages with the same `key`, only the latest is in the queue. If the queue is
  still full, the oldest message is dropped.
"""


@dataclass(frozen=True, slots=True)
class Missed:
    """The messages that a member has missed, at the place where they would have arrived.

    Args:
        room: The name of the room.
        count: How many messages; `None` if this is unknown.
    """

    room: str
    count: int | None


class Outgoing:
    """A message on its way to the members of a room in this process.

    Args:
        message: The message to send.
        key: What it is the latest value of.
    """

    __slots__ = ("key", "message")

    def __init__(self, message: dict[str, Any], key: str | None = None) -> None:
        self.message = message
        self.key = key


class Gap:
    """A place in a queue where messages are missing.

    Args:
        count: How many; `None` if this is unknown.
    """

    __slots__ = ("count",)

    def __init__(self, count: int | None) -> None:
        self.count = count

    def add(self, count: int | None) -> None:
        """Let more be missing."""
        self.count = None if self.count is None or count is None else self.count + count


class Queue(Protocol):
    """The messages that are queued for one member."""

    def put(self, outgoing: Outgoing) -> int | None:
        """Let a message wait.

        Returns:
            How many messages were dropped, including itself; `None` if the queue is full, and the
                member has to be disconnected.
        """
        ...

    def put_gap(self, count: int | None) -> None:
        """Note that messages are missing before those that come from now on."""

    def take(self) -> Outgoing | Gap:
        """Take out the next message; only if there is one."""
        ...

    def __len__(self) -> int:
        """How much can be taken out."""
        ...


class _InOrder(ABC):
    """Messages in their order, and the places where some are missing."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiting: deque[Outgoing | Gap] = deque()
        self._gaps = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, outgoing: Outgoing) -> int | None:
        if len(self._waiting) - self._gaps >= self._size:
            return self.overflow(outgoing)
        self._waiting.append(outgoing)
        return 0

    def put_gap(self, count: int | None) -> None:
        last = self._waiting[-1] if self._waiting else None
        if isinstance(last, Gap):
            last.add(count)
        else:
            self._waiting.append(Gap(count))
            self._gaps += 1

    def take(self) -> Outgoing | Gap:
        taken = self._waiting.popleft()
        if isinstance(taken, Gap):
            self._gaps -= 1
        return taken

    @abstractmethod
    def overflow(self, outgoing: Outgoing) -> int | None:
        """Do what the policy says with a message that finds the queue full; see `put`."""
        ...


class _Disconnect(_InOrder):
    def overflow(self, outgoing: Outgoing) -> int | None:
        return None


class _DropNewest(_InOrder):
    def overflow(self, outgoing: Outgoing) -> int | None:
        self.put_gap(1)
        return 1


class _DropOldest(_InOrder):
    def overflow(self, outgoing: Outgoing) -> int | None:
        gap = Gap(1)  # for the oldest message, and the gaps on both sides of it
        while isinstance(first := self.take(), Gap):
            gap.add(first.count)
        if self._waiting and isinstance(after := self._waiting[0], Gap):
            gap.add(after.count)
            self.take()
        self._waiting.appendleft(gap)
        self._gaps += 1
        self._waiting.append(outgoing)
        return 1


class _Latest:
    """The latest message for each key, and all messages without a key."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiting: dict[object, Outgoing] = {}
        self._gap: Gap | None = None

    def __len__(self) -> int:
        return len(self._waiting) + (self._gap is not None)

    def put(self, outgoing: Outgoing) -> int | None:
        waiting = self._waiting
        key: object = outgoing if outgoing.key is None else outgoing.key
        dropped = int(waiting.pop(key, None) is not None)
        if len(waiting) >= self._size:
            del waiting[next(iter(waiting))]
            self.put_gap(1)
            dropped = 1
        waiting[key] = outgoing
        return dropped

    def put_gap(self, count: int | None) -> None:
        if self._gap is None:
            self._gap = Gap(count)
        else:
            self._gap.add(count)

    def take(self) -> Outgoing | Gap:
        gap, self._gap = self._gap, None
        return gap or self._waiting.pop(next(iter(self._waiting)))


_QUEUES: dict[str, Any] = {
    "disconnect": _Disconnect,
    "drop_newest": _DropNewest,
    "drop_oldest": _DropOldest,
    "latest": _Latest,
}


def make_queue(policy: Policy, size: int) -> Queue:
    """Make the queue of a member."""
    queue: Queue = _QUEUES[policy](size)
    return queue


def check_queue(size: int, policy: Policy) -> None:
    """Check what a queue is to be made of.

    Raises:
        ValueError: There is no such policy, or the size is below 1.
        TypeError: The size is not an integer.
    """
    if policy not in get_args(Policy):
        names = ", ".join(map(repr, get_args(Policy)))
        raise ValueError(f"A policy is one of {names}, not {policy!r}.")
    if not isinstance(size, int):
        raise TypeError(f"A queue holds a whole number of messages, not {size!r}.")
    if size < 1:
        raise ValueError(f"A queue holds at least one message, not {size!r}.")
