"""What rooms count."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import NamedTuple


class RoomStatistics(NamedTuple):
    """What one room has counted since it exists in this process, or all of them.

    Attributes:
        members: How many are in it now.
        published: Messages that have come for it.
        delivered: Messages that a server has taken, each for one member.
        dropped: Messages that were dropped because a member read too slowly.
        disconnected: Members that were closed because they read too slowly.
        gaps: How often messages may have been lost between the processes.
        filled: How often the history had all that a lost connection had not brought.
    """

    members: int = 0
    published: int = 0
    delivered: int = 0
    dropped: int = 0
    disconnected: int = 0
    gaps: int = 0
    filled: int = 0


class Statistics(NamedTuple):
    """What all rooms of this process have counted.

    Attributes:
        rooms: For each room that has members, what it has counted.
        total: The sum over all rooms, those included that nobody is in any more.
        listening: Whether messages of other processes can be received; in one process always.
        idle_seconds: How long ago the last message has come; `None` where none has.
    """

    rooms: Mapping[str, RoomStatistics]
    total: RoomStatistics
    listening: bool
    idle_seconds: float | None


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
        """Tell what has been counted."""
        return RoomStatistics(members, *(getattr(self, each.name) for each in fields(self)))
