"""The members of one room, as far as this process knows."""

from collections.abc import Collection, Mapping
from typing import TypeAlias

import anyio

from duologue.rooms._presence import RoomMember

Members: TypeAlias = Mapping[str, Mapping[str, RoomMember]]
"""Members by their `id`, by their process."""


class Answer:
    """Whether the backend has been asked, and why it has not answered."""

    __slots__ = ("came", "error")

    def __init__(self) -> None:
        self.came = anyio.Event()
        self.error: Exception | None = None

    async def wait(self) -> None:
        """Wait for it.

        Raises:
            Exception: There is none.
        """
        await self.came.wait()
        if self.error is not None:
            raise self.error


class View:
    """The members of one room in all processes.

    While the backend is asked for them, changes arrive in another way. They are newer than the
    answer, and take precedence.

    Args:
        process: The name of this process, which knows its own members best.
        complete: Whether the members in other processes are known.

    Attributes:
        complete: The same.
        answer: The answer that callers wait for.
    """

    __slots__ = ("_meanwhile", "_members", "_process", "answer", "complete")

    def __init__(self, process: str, complete: bool) -> None:
        self.complete = complete
        self.answer = Answer()
        self._process = process
        self._members: dict[str, dict[str, RoomMember]] = {}
        self._meanwhile: dict[tuple[str, str], RoomMember | None] | None = None

    @property
    def processes(self) -> Collection[str]:
        """The processes that have members in the room."""
        return self._members.keys()

    def own(self) -> list[RoomMember]:
        """Return the members in this process."""
        return list(self._members.get(self._process, {}).values())

    def all(self) -> list[RoomMember]:
        """Return the members in all processes."""
        return [each for members in self._members.values() for each in members.values()]

    def fail(self, error: Exception) -> None:
        """Let those who wait for the members know that the backend does not answer."""
        if not self.complete:
            self.answer.error = error
            self.answer.came.set()
            self.answer = Answer()

    def add(self, process: str, member: RoomMember) -> bool:
        """Note that a member has joined, and return whether that is new."""
        if self._meanwhile is not None:
            self._meanwhile[process, member.id] = member
        members = self._members.setdefault(process, {})
        if member.id in members:
            return False
        members[member.id] = member
        return True

    def remove(self, process: str, identifier: str) -> RoomMember | None:
        """Note that a member has left, and return it if that is new."""
        if self._meanwhile is not None:
            self._meanwhile[process, identifier] = None
        members = self._members.get(process, {})
        removed = members.pop(identifier, None)
        if not members:
            self._members.pop(process, None)
        return removed

    def drop(self, process: str) -> list[RoomMember]:
        """Forget a process, and return the members that it had."""
        return list(self._members.pop(process, {}).values())

    def begin_reading(self) -> None:
        """Take note of what comes from now on."""
        self._meanwhile = {}

    def end_reading(self) -> None:
        """Take note of it no more."""
        self._meanwhile = None

    def replace(
        self, processes: Collection[str], read: Members
    ) -> tuple[list[RoomMember], list[RoomMember]]:
        """Take over the answer, and keep the members of processes that were not in it.

        Args:
            processes: The processes that were there.
            read: The members that they had.

        Returns:
            The members that have joined, and those that have left; none on the first read.
        """
        joined: list[RoomMember] = []
        left: list[RoomMember] = []
        for process in processes:
            if process == self._process:
                continue
            members = dict(read.get(process, {}))
            for (name, identifier), member in (self._meanwhile or {}).items():
                if name == process:
                    members.pop(identifier, None)
                    if member is not None:
                        members[identifier] = member
            before = self._members.pop(process, {})
            if members:
                self._members[process] = members
            joined += [each for each in members.values() if each.id not in before]
            left += [each for each in before.values() if each.id not in members]
        first, self.complete = not self.complete, True
        self.answer.came.set()
        return ([], []) if first else (joined, left)
