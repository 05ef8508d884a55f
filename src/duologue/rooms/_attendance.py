"""Who is in which room, and what the others there are told of it."""

from collections import deque
from collections.abc import Callable
from typing import Any

from anyio.lowlevel import checkpoint

from duologue._concurrency.background import BackgroundTask
from duologue.rooms._local import LocalRoom
from duologue.rooms._member import Member
from duologue.rooms._presence import Presence, RoomMember, member_id

Make = Callable[[RoomMember], Any]
Tell = Callable[[str, Make, RoomMember, int], None]


class Attendance:
    """The members of all rooms that have members in this process.

    Others are told of a change a moment later, in the order of the changes: so who leaves at the
    same time is told of nobody.

    Args:
        presence: What the members are told.
        process: The name of this process.
        tell: Makes a message of what has become of a member, and sends it to all others in a room.
            It raises nothing.
    """

    def __init__(self, presence: Presence, process: str, tell: Tell) -> None:
        self._presence = presence
        self._process = process
        self._tell = tell
        self._here: dict[str, dict[int, RoomMember]] = {}
        self._untold: deque[tuple[str, Make, RoomMember, int]] = deque()
        self._telling = BackgroundTask()

    def enter(self, room: LocalRoom, member: Member, info: Any) -> None:
        """Take note that a member is in a room."""
        entered = RoomMember(member_id(self._process, member.number), info)
        self._here.setdefault(room.name, {})[member.number] = entered
        self._note(room.name, self._presence.joined, entered, member.number)

    def leave(self, room: LocalRoom, member: Member) -> None:
        """Take note that a member has left, or that it will not come."""
        here = self._here.get(room.name, {})
        left = here.pop(member.number, None)
        if not here:
            self._here.pop(room.name, None)
        if left is not None:
            self._note(room.name, self._presence.left, left, member.number)

    def members(self, name: str) -> list[RoomMember]:
        """Tell who is in a room."""
        return list(self._here.get(name, {}).values())

    def _note(self, name: str, make: Make | None, member: RoomMember, number: int) -> None:
        if make is None:
            return
        self._untold.append((name, make, member, number))
        if not self._telling.running:
            self._telling.start(self._tell_all)

    async def _tell_all(self) -> None:
        while self._untold:
            self._tell(*self._untold.popleft())
            await checkpoint()  # so that members take it before the next one comes
