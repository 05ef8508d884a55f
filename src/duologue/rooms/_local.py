"""One room in this process: who is in it here, and what it counts."""

from collections.abc import Iterable, Sequence

import anyio

from duologue.rooms._member import Member
from duologue.rooms._statistics import Counts


class LocalRoom:
    """The members that a room has in this process.

    Args:
        name: Its name.

    Attributes:
        counts: What it counts.
        subscribed: Set when its messages can be heard.
        error: Why they cannot.
    """

    __slots__ = ("_members", "_walked", "counts", "error", "name", "subscribed")

    def __init__(self, name: str) -> None:
        self.name = name
        self.counts = Counts()
        self.subscribed = anyio.Event()
        self.error: Exception | None = None
        self._members: dict[Member, None] = {}
        self._walked: Sequence[Member] | None = None

    def __len__(self) -> int:
        return len(self._members)

    def add(self, member: Member) -> None:
        """Let a member in."""
        self._members[member] = None
        self._walked = None

    def remove(self, member: Member) -> None:
        """Let a member go."""
        del self._members[member]
        self._walked = None

    @property
    def members(self) -> Sequence[Member]:
        """Those who are in it now, also while others come and go."""
        if self._walked is None:
            self._walked = tuple(self._members)
        return self._walked

    async def heard(self) -> None:
        """Wait until its messages can be heard in this process.

        Raises:
            Exception: They cannot.
        """
        await self.subscribed.wait()
        if self.error is not None:
            raise self.error

    def numbers(self, channels: Iterable[object]) -> set[int]:
        """Tell the numbers of the members that have one of these channels."""
        wanted = set(map(id, channels))
        return {member.number for member in self._members if id(member.channel) in wanted}
