"""Guests of the rooms: a client with its server, which takes messages at once, late, or not."""

from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
from patience import MOMENT

from duologue._concurrency.idle import wait_until_idle
from duologue.websockets import WebSocket

AT_ONCE, LATE = "at once", "late"
PACES = [AT_ONCE, LATE]


class Guest:
    """One client in a room.

    Args:
        pace: Whether its server takes a message at once, or lets other tasks run first.
        scope: More keys of its scope.

    Attributes:
        heard: What it has heard: texts, bytes, and the message of a close.
        failure: What came out of its block.
        left: Set when its endpoint is behind its block.
        done: Lets the body of its block come to its end.
        error: What its server raises in place of sending.
    """

    def __init__(self, pace=AT_ONCE, **scope):
        self.pace = pace
        self.heard = []
        self.failure = None
        self.left = anyio.Event()
        self.done = anyio.Event()
        self.error = None
        self._gone = anyio.Event()
        self._reads = anyio.Event()
        self._reads.set()
        self._connects = True
        self._code = 1000
        self._scope = {"type": "websocket", "path": "/", "headers": [], **scope}
        self.websocket = WebSocket(self._scope, self.receive, self.send)

    async def receive(self):
        if self._connects:
            self._connects = False
            return {"type": "websocket.connect"}
        await self._gone.wait()
        return {"type": "websocket.disconnect", "code": self._code, "reason": ""}

    async def send(self, message):
        if message["type"] == "websocket.accept":
            return
        if self.pace == LATE:
            await anyio.lowlevel.checkpoint()
        if message["type"] == "websocket.send" and not self._reads.is_set():
            await self._reads.wait()
        if self.error is not None:
            raise self.error
        if message["type"] == "websocket.close":
            self.heard.append((message["code"], message["reason"]))
        else:
            self.heard.append(message.get("text", message.get("bytes")))

    def stop_reading(self):
        """Let nothing more be taken."""
        if self._reads.is_set():
            self._reads = anyio.Event()

    def read_on(self):
        """Take what was sent meanwhile."""
        self._reads.set()

    def leave(self, code=1000):
        """Close."""
        self._code = code
        self._gone.set()

    async def stay(self, rooms, name, options, *, task_status=anyio.TASK_STATUS_IGNORED):
        """Be an endpoint that stays in a room, until it is `done`."""
        await self.websocket.accept()
        try:
            async with rooms.join(name, self.websocket, discard=True, **options) as self.room:
                task_status.started()
                await self.done.wait()
        except Exception as error:  # noqa: BLE001 - the tests look at it
            self.failure = error
        self.left.set()

    async def until_left(self):
        with anyio.fail_after(MOMENT):
            await self.left.wait()


async def until(condition):
    with anyio.fail_after(MOMENT):
        while not condition():  # noqa: ASYNC110 - another process does not tell
            await anyio.sleep(0.005)


@asynccontextmanager
async def together(rooms, *guests, room="lobby", **options):
    """Let guests be in a room, and leave it in the end."""
    async with anyio.create_task_group() as tasks:
        for guest in guests:
            with anyio.fail_after(MOMENT):
                await tasks.start(guest.stay, rooms, room, options)
        await wait_until_idle()
        yield tasks
        await wait_until_idle()
        for guest in guests:
            guest.read_on()
            guest.leave()
        for guest in guests:
            await guest.until_left()
