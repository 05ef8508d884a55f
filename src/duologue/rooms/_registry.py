"""The members that processes have announced, in the memory of this process."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from duologue.rooms._backends import Change, Present


@dataclass(slots=True)
class _Process:
    """The announcement of a process, and when it expires."""

    version: str = ""
    until: float = 0.0
    rooms: dict[str, dict[str, bytes]] = field(default_factory=dict[str, dict[str, bytes]])


class Registry:
    """The members of each process, until the process has not announced for too long; see `Backend`.

    Args:
        clock: Tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._processes: dict[str, _Process] = {}

    def change(
        self,
        name: str,
        changes: Sequence[Change],
        after: str | None,
        version: str,
        seconds: float,
    ) -> bool:
        """Change which members a process has; see `Backend.announce`."""
        self._forget()
        process = _Process() if after is None else self._processes.get(name)
        if process is None or (after is not None and process.version != after):
            return False
        process.version, process.until = version, self._clock() + seconds
        self._processes[name] = process
        for change in changes:
            members = process.rooms.setdefault(change.room, {})
            if change.here:
                members[change.member] = change.payload
            else:
                members.pop(change.member, None)
            if not members:
                del process.rooms[change.room]
        return True

    def read(self, rooms: Sequence[str]) -> Present:
        """Return the processes and the members of some rooms; see `Backend.present`."""
        self._forget()
        processes = self._processes.values()
        return Present(
            {name: process.version for name, process in self._processes.items()},
            [
                [payload for each in processes for payload in each.rooms.get(room, {}).values()]
                for room in rooms
            ],
        )

    def _forget(self) -> None:
        now = self._clock()
        for name in [each for each, process in self._processes.items() if process.until <= now]:
            del self._processes[name]
