"""The counters of rooms."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, NamedTuple


class RoomStatistics(NamedTuple):
    """The counters of one room since it was created in this process, or the sum over all rooms.

    Attributes:
        members: How many members are in it now.
        published: Messages that have arrived for it.
        delivered: Messages that were passed to a server, counted once for each member.
        dropped: Messages that were dropped because a member read too slowly.
        disconnected: Members whose connections were closed because they read too slowly.
        gaps: How often messages may have been lost between the processes.
        filled: How often the history contained all messages that were lost between the processes.
    """

    members: int = 0
    published: int = 0
    delivered: int = 0
    dropped: int = 0
    disconnected: int = 0
    gaps: int = 0
    filled: int = 0


class Statistics(NamedTuple):
    """The counters of all rooms of this process.

    Attributes:
        rooms: The counters of each room that has members.
        total: The sum over all rooms, including rooms that have no members any more.
        listening: Whether messages of other processes can be received. It is always true in one
            process.
        idle_seconds: How many seconds ago the last message arrived; `None` if none has arrived.
    """

    rooms: Mapping[str, RoomStatistics]
    total: RoomStatistics
    listening: bool
    idle_seconds: float | None

    def __reduce__(self) -> tuple[Any, ...]:
        return _make_again, (dict(self.rooms), *self[1:])


def _make_again(rooms: dict[str, RoomStatistics], *rest: Any) -> Statistics:
    """Make a copy of statistics, whose rooms cannot be changed either."""
    return Statistics(MappingProxyType(rooms), *rest)


@dataclass(slots=True)
class Counts:
    """The counters of one room; see `RoomStatistics`."""

    published: int = 0
    delivered: int = 0
    dropped: int = 0
    disconnected: int = 0
    gaps: int = 0
    filled: int = 0

    def add(self, other: "Counts") -> None:
        """Add those of another one."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def read(self, members: int) -> RoomStatistics:
        """Return the counters."""
        return RoomStatistics(members, *(getattr(self, each.name) for each in fields(self)))
