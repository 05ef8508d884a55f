"""Presence: the members of a room, and their `info`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RoomMember:
    """One member of a room, in the list of its members.

    Args:
        id: Its identifier, an opaque `str`. Each `join` creates a new one.
        info: The `info` that it passed to `join`, after a round trip through JSON.
    """

    id: str
    info: Any


@dataclass(frozen=True, slots=True)
class Presence:
    """Keeps a list of the members of each room.

        rooms = Rooms(
            presence=Presence(
                joined=lambda member: {"joined": member.info},
                left=lambda member: {"left": member.info},
            )
        )

    Args:
        joined: Returns the message about a member that has joined, as a value for JSON. All other
            members of the room receive it. By default there is no message.
        left: Returns the message about a member that has left, for whatever reason. By default
            there is no message.
        ttl: If a process dies, its members disappear after at most this many seconds. Each process
            reports to the backend six times in this time.

    Raises:
        ValueError: The time is not above zero.
        TypeError: `joined` or `left` is not a function.
    """

    joined: Callable[[RoomMember], Any] | None = None
    left: Callable[[RoomMember], Any] | None = None
    ttl: float = 30

    def __post_init__(self) -> None:
        for function in (self.joined, self.left):
            if function is not None and not callable(function):
                raise TypeError(f"`joined` and `left` are functions, not {function!r}.")
        if not self.ttl > 0:
            raise ValueError(f"The ttl of presence is above zero, not {self.ttl!r}.")


def member_id(process: str, number: int) -> str:
    """Name a member by its number in its process."""
    return f"{process}-{number}"
