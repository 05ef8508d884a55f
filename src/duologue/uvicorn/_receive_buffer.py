"""The receive buffer: the messages that an application has not received yet."""

import asyncio
from collections import deque
from collections.abc import Callable

from duologue.types import Message


class ReceiveBuffer:
    """The messages that an application has not received yet.

    Args:
        loop: The event loop.
        catch_up: What reads on, once everything has been received of what was read before.

    Attributes:
        messages: The messages.
        behind: Whether there is more to be read, and nothing is read for now.
    """

    __slots__ = ("__weakref__", "_catch_up", "_end", "_loop", "_waiters", "behind", "messages")

    def __init__(self, loop: asyncio.AbstractEventLoop, catch_up: Callable[[], object]) -> None:
        self.messages: deque[Message] = deque()
        self.behind = False
        self._loop = loop
        self._catch_up = catch_up
        self._end: Message | None = None
        self._waiters: list[asyncio.Future[None]] = []  # a deque takes ten times as much

    async def receive(self) -> Message:
        """Receive the next message (ASGI, "Receive"). Cancelling it loses none."""
        messages = self.messages
        while not messages:
            if self._end is not None:
                await asyncio.sleep(0)  # who asks again and again can be cancelled
                return {**self._end}
            waiter = self._loop.create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                if not waiter.cancelled():
                    self.wake()  # another one, in our place
                raise
        message = messages.popleft()
        if messages:
            self.wake()  # others may be waiting, too
        elif self.behind:
            self._catch_up()
        return message

    def wake(self) -> bool:
        """Let one of those who wait receive; tell whether there was one."""
        waiters = self._waiters
        while waiters:
            waiter = waiters.pop(0)
            if not waiter.done():
                waiter.set_result(None)
                return True
        return False

    def finish(self, code: int, reason: str) -> None:
        """Let everybody receive the end of the conversation, behind what has come before."""
        self.behind, self._catch_up = False, _nothing
        self._end = {"type": "websocket.disconnect", "code": code, "reason": reason}
        while self.wake():
            pass


def _nothing() -> None:
    """There is no more to be read."""
