"""History: the messages that a room keeps, and the offsets from which they are read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

REMEMBERED_SECONDS = 86_400.0  # for where a history ends, also when its messages are gone


class OffsetError(ValueError):
    """The offset from a client is not valid."""

    def __init__(self, message: str = "This is not an offset of these rooms.") -> None:
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class History:
    """How many messages a room keeps, and for how long.

    Args:
        messages: How many messages are kept at most: the newest ones.
        seconds: For how many seconds each message is kept.

    Raises:
        ValueError: One of the values is not above zero.
        TypeError: The number of messages is not an integer.
    """

    messages: int = 100
    seconds: float = 300

    def __post_init__(self) -> None:
        if not isinstance(self.messages, int):
            raise TypeError(f"A history has a whole number of messages, not {self.messages!r}.")
        for name, value in (("messages", self.messages), ("seconds", self.seconds)):
            if not value > 0:
                raise ValueError(f"{name} of a history is above zero, not {value!r}.")


def remembered_seconds(history: History) -> float:
    """Return how long a backend remembers the end of a history: at least as long as messages."""
    return max(REMEMBERED_SECONDS, 2 * history.seconds)


class Past(NamedTuple):
    """The messages that a history still contains.

    Attributes:
        messages: The offset and the payload of each message, in their order.
        complete: Whether no message is missing.
        offset: The end of the history: the offset of the last message that was published.
    """

    messages: Sequence[tuple[str, bytes]]
    complete: bool
    offset: str

    @property
    def edge(self) -> str | None:
        """The offset of the first message, if messages before it are missing."""
        return self.messages[0][0] if self.messages and not self.complete else None


@dataclass(frozen=True, slots=True)
class Published:
    """A message that goes to the members of a room.

    Args:
        room: The name of the room.
        data: The text, or the bytes.
        offset: Its offset; `None` if there is no history.
    """

    room: str
    data: str | bytes
    offset: str | None


def with_offset(message: Published) -> str | bytes:
    """Put JSON into an object with its offset: `{"offset": "...", "data": ...}`.

        rooms = Rooms(history=History(), wrap=with_offset)
        await rooms.send_json("lobby", "hello")  # members get {"offset":"...","data":"hello"}

    Args:
        message: A message that is JSON.
    """
    head = f'{{"offset":{json.dumps(message.offset)},"data":'
    if isinstance(message.data, str):
        return f"{head}{message.data}}}"
    return b"".join((head.encode(), message.data, b"}"))
