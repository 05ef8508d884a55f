"""One room in this process: its members and its counters."""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

import anyio

from duologue.rooms._history import Past
from duologue.rooms._member import Member
from duologue.rooms._queues import Gap, Outgoing
from duologue.rooms._statistics import Counts

_T = TypeVar("_T")


class _Held(Generic[_T]):
    """The latest messages that arrived while somebody reads a history, by offset.

    Args:
        most: How many at most.

    Attributes:
        messages: Those.
        lost: The offset of the last message that had to be let go for a later one.
    """

    __slots__ = ("_most", "lost", "messages")

    def __init__(self, most: int) -> None:
        self._most = most
        self.messages: dict[str, _T] = {}
        self.lost = ""

    def keep(self, offset: str, message: _T) -> None:
        """Keep a message."""
        self.messages[offset] = message
        if len(self.messages) > self._most:
            self.lost = next(iter(self.messages))
            del self.messages[self.lost]


class LocalRoom:
    """The members that a room has in this process.

    Args:
        name: Its name.
        most: How many messages are held at most while its history is read.

    Attributes:
        counts: Its counters.
        subscribed: Set when its messages can be received.
        error: Why they cannot.
    """

    __slots__ = (
        "_ahead",
        "_arriving",
        "_begin",
        "_given",
        "_held",
        "_lost",
        "_members",
        "_most",
        "_walked",
        "counts",
        "error",
        "name",
        "subscribed",
    )

    def __init__(self, name: str, most: int) -> None:
        self.name = name
        self._most = most
        self.counts = Counts()
        self.subscribed = anyio.Event()
        self.error: Exception | None = None
        self._members: dict[Member, None] = {}
        self._walked: Sequence[Member] | None = None
        # Of a room with a history: who is still reading it, with what has come meanwhile.
        self._arriving: dict[Member, _Held[Outgoing]] = {}
        # Who has read on to an offset that the room itself has not come to yet.
        self._ahead: dict[Member, str] = {}
        # From where on somebody in it has to get everything, and the last offset that was given.
        self._begin = ""
        self._given = ""
        # What has come while a gap is being filled, and what of that could not be held.
        self._held: _Held[bytes] | None = None
        self._lost = ""

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
        self._arriving.pop(member, None)
        self._ahead.pop(member, None)

    @property
    def members(self) -> Sequence[Member]:
        """Those who are in it now, also while others come and go."""
        if self._walked is None:
            self._walked = tuple(self._members)
        return self._walked

    async def received(self) -> None:
        """Wait until its messages can be received in this process.

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

    # Of a room with a history.

    def await_past(self, member: Member) -> None:
        """Keep what comes for a member that reads the history first."""
        self._arriving[member] = _Held(self._most)

    def end_of_past(
        self, member: Member, after: str | None, past: Past, messages: dict[str, Outgoing]
    ) -> list[Outgoing | Gap]:
        """Let a member take part that has read the history.

        Args:
            member: The member.
            after: The offset after which it gets everything; by default the end of the history.
            past: The history that it has read.
            messages: The messages to send from it.

        Returns:
            The messages that it gets first.
        """
        came = self._arriving.pop(member)
        begin = past.offset if after is None else min(after, past.offset)
        messages |= {each: outgoing for each, outgoing in came.messages.items() if each > begin}
        reached = max((past.offset, *messages))
        lost = came.lost if came.lost > past.offset else None
        if reached > self._given:
            self._ahead[member] = reached
        self._begin = min(self._begin or past.offset, past.offset)
        first: list[Outgoing | Gap] = [] if past.complete else [Gap(None)]
        for offset in sorted(messages):
            if past.edge is not None and offset <= past.edge and len(first) > 1:
                first.append(Gap(None))  # there may be gaps between what has come meanwhile
            if lost is not None and offset > lost:
                first.append(Gap(None))
                lost = None
            first.append(messages[offset])
        return first

    @property
    def unsettled(self) -> bool:
        """Whether there are members that do not get what comes at once."""
        return bool(self._arriving or self._ahead)

    def ready_for(self, offset: str, outgoing: Outgoing, members: Iterable[Member]) -> list[Member]:
        """Tell which of some members get a message now, and keep it for those who get it later."""
        ready: list[Member] = []
        for member in members:
            if member in self._arriving:
                self._arriving[member].keep(offset, outgoing)
            elif offset > self._ahead.get(member, ""):
                self._ahead.pop(member, None)
                ready.append(member)
        return ready

    def take(self, offset: str, payload: bytes) -> bool:
        """Note a message that has arrived.

        Returns:
            Whether it is to be given to the members now: it is new, and no gap is before it.
        """
        if self._held is not None:
            self._held.keep(offset, payload)
            return False
        return self.is_new(offset)

    def is_new(self, offset: str) -> bool:
        """Return whether to pass on a message, and note it."""
        if offset <= self._given:
            return False
        self._given = offset
        return True

    def hold(self) -> None:
        """Keep what comes, until a gap is filled."""
        if self._held is None:
            self._held = _Held(self._most)

    @property
    def holding(self) -> bool:
        """Whether there is a gap to be filled."""
        return self._held is not None

    @property
    def reached(self) -> str:
        """The offset up to which everybody has got everything; empty while nobody is in it yet."""
        return self._given or self._begin

    def tell(self, past: Past) -> None:
        """Tell those who miss something that a history does not have."""
        self._tell_up_to(past.edge or past.offset)

    def _tell_up_to(self, offset: str) -> None:
        for member in self._members:
            if member not in self._arriving and self._ahead.get(member, "") < offset:
                member.put_gap(None)

    def collect(self, messages: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        """Merge, in order, the messages of the history and those that have arrived since."""
        held = self._held or _Held(self._most)
        self._held, self._lost = _Held(self._most), held.lost
        return sorted({**dict(messages), **held.messages}.items())

    def tell_lost(self, past: Past, offset: str) -> None:
        """Report messages that could not be kept, if they would come right before this one."""
        if "" < self._lost < offset:
            if self._lost > past.offset:
                self.counts.gaps += 1
                self._tell_up_to(self._lost)
            self._lost = ""

    def go_on(self) -> None:
        """Pass messages to the members again."""
        self._held = None
