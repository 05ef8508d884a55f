"""A backend whose connections get lost."""

import anyio

from duologue.rooms._memory import MemoryBackend
from duologue.rooms._registry import Registry


class LossyBackend(MemoryBackend):
    """Brings messages only over connections that stand, and reads slowly if it is told to.

    Attributes:
        lost: The listeners whose connections are lost.
        offsets: The offset of everything that was published.
        late: What has been published but not brought yet, where it comes late.
        error: What reading raises.
        fails: What announcing and asking who is there raise.
        asked: How many times processes have announced something, or asked who is there.
        hold: What reading waits for, before or behind it.
    """

    def __init__(self):
        super().__init__()
        self.lost = set()
        self.offsets = []
        self.late = None
        self.error = None
        self.fails = None
        self.asked = 0
        self.hold_before = anyio.Event()
        self.hold_behind = anyio.Event()
        self.read_at_once()

    def read_at_once(self):
        self.hold_before.set()
        self.hold_behind.set()

    async def publish(self, room, payload, history):
        everybody, self._listeners = self._listeners, []
        offset = await super().publish(room, payload, history)
        self._listeners = everybody
        self.offsets.append(offset)
        for listener in everybody:
            if listener in self.lost:
                continue
            if self.late is None:
                listener.message(room, payload, offset)
            else:
                self.late.append((listener, room, payload, offset))
        return offset

    def bring_late(self):
        """Let what is published come late from now on."""
        self.late = self.late or []

    def bring(self):
        """Bring what is late, and nothing late from now on."""
        late, self.late = self.late or [], None
        for listener, *message in late:
            listener.message(*message)

    async def read(self, room, after, history):
        await self.hold_before.wait()
        if self.error is not None:
            raise self.error
        past = await super().read(room, after, history)
        await self.hold_behind.wait()
        return past

    async def announce(self, *arguments, **options):
        self._ask()
        return await super().announce(*arguments, **options)

    async def present(self, rooms):
        await self.hold_before.wait()
        self._ask()
        present = await super().present(rooms)
        await self.hold_behind.wait()
        return present

    def _ask(self):
        self.asked += 1
        if self.fails is not None:
            raise self.fails

    def restart_empty(self):
        """Forget who is there, and lose all connections for a moment."""
        self._registry = Registry()
        self.connect_again()

    def lose(self, *listeners):
        """Lose the connections of some, or of all."""
        self.lost.update(listeners or self._listeners)
        if self.late is not None:
            self.late = [each for each in self.late if each[0] not in self.lost]

    def connect_again(self):
        """Let everybody receive again what is published."""
        self.lost.clear()
        for listener in self._listeners:
            listener.gap()
