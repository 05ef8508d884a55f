"""History: what a room keeps of its messages, and from where on somebody needs them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

REMEMBERED_SECONDS = 86_400.0  # for where a history ends, also when its messages are gone


class OffsetError(ValueError):
    """What a client has given as an offset is none."""

    def __init__(self, message: str = "This is no offset of these rooms.") -> None:
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class History:
    """How much a room keeps of what was sent to it.

    Args:
        messages: How many messages at most: the last ones.
        seconds: For how long each of them.

    Raises:
        ValueError: One of them is not above zero.
        TypeError: The number of messages is no whole number.
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
    """Tell for how long a backend remembers where a history ends; at least as long as messages."""
    return max(REMEMBERED_SECONDS, 2 * history.seconds)


class Past(NamedTuple):
    """What a history still has.

    Attributes:
        messages: The offset and the payload of each message, in their order.
        complete: Whether these are all that there were.
        offset: Where the history ends now: the offset of the last message that was published.
    """

    messages: Sequence[tuple[str, bytes]]
    complete: bool
    offset: str

    @property
    def edge(self) -> str | None:
        """The offset of the first message, where others before it are missing."""
        return self.messages[0][0] if self.messages and not self.complete else None


@dataclass(frozen=True, slots=True)
class Published:
    """A message that goes to the members of a room.

    Args:
        room: The name of the room.
        data: The text, or the bytes.
        offset: Its offset; `None` where there is no history.
    """

    room: str
    data: str | bytes
    offset: str | None


def with_offset(message: Published) -> str | bytes:
    """Put JSON into an object that tells its offset: `{"offset": "...", "data": ...}`.

        rooms = Rooms(history=History(), wrap=with_offset)
        await rooms.send_json("lobby", "hello")  # members get {"offset":"...","data":"hello"}

    Args:
        message: A message that is JSON.
    """
    head = f'{{"offset":{json.dumps(message.offset)},"data":'
    if isinstance(message.data, str):
        return f"{head}{message.data}}}"
    return b"".join((head.encode(), message.data, b"}"))
