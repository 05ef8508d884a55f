"""The receive buffer: the messages that an application has not received yet."""

import asyncio
from collections import deque
from collections.abc import Callable

from duologue.types import Message


class ReceiveBuffer:
    """The messages that an application has not received yet.

    Args:
        loop: The event loop.
        catch_up: Continues reading once everything that was read before has been received.

    Attributes:
        messages: The messages.
        behind: Whether there is more to read, and reading is paused.
        next_text: The future that waits for the next text, if there is one.
    """

    __slots__ = (
        "__weakref__",
        "_catch_up",
        "_end",
        "_loop",
        "_waiters",
        "behind",
        "messages",
        "next_text",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, catch_up: Callable[[], object]) -> None:
        self.messages: deque[Message] = deque()
        self.behind = False
        self.next_text: asyncio.Future[str | None] | None = None
        self._loop = loop
        self._catch_up = catch_up
        self._end: Message | None = None
        self._waiters: list[asyncio.Future[str | None]] = []  # a deque takes ten times as much

    async def receive(self) -> Message:
        """Receive the next message (ASGI, "Receive"). Cancelling it loses none."""
        messages = self.messages
        while not messages:
            if self._end is not None:
                await asyncio.sleep(0)  # who asks again and again can be cancelled
                return {**self._end}
            waiter = self.wait_for_text() or self._wait_behind_others()
            try:
                text = await waiter
            except BaseException:  # a cancellation, or the end of the coroutine
                self.give_back(waiter)
                raise
            if text is not None:
                return {"type": "websocket.receive", "text": text}
        message = messages.popleft()
        if messages:
            self.wake()  # others may be waiting, too
        elif self.behind:
            self._catch_up()
        return message

    def wait_for_text(self) -> "asyncio.Future[str | None] | None":
        """Return a future for the next text, if that is possible without `receive`.

        That is faster: it makes no message and no coroutine. The future gives `None` where
        something else comes first: then call `receive`. A task that is cancelled meanwhile calls
        `give_back`.

        Returns:
            The future; or `None` if there is something to receive, or another task waits.
        """
        if self.messages or self.next_text or self._waiters or self._end:
            return None
        self.next_text = waiter = self._loop.create_future()
        return waiter

    def give_back(self, waiter: "asyncio.Future[str | None]") -> None:
        """Give back a future that nobody waits for; if a text has come in it, keep the text."""
        if waiter is self.next_text:
            self.next_text = None
        waiter.cancel()  # which changes nothing where something has come
        if not waiter.cancelled():
            text = waiter.result()
            if text is not None:
                self.messages.appendleft({"type": "websocket.receive", "text": text})
            self.wake()

    def _wait_behind_others(self) -> "asyncio.Future[str | None]":
        waiter = self._loop.create_future()
        self._waiters.append(waiter)
        return waiter

    def wake(self) -> bool:
        """Let one of the waiting receivers receive; return whether there was one."""
        waiter, self.next_text = self.next_text, None
        waiters = self._waiters
        while waiter is None or waiter.done():
            if not waiters:
                return False
            waiter = waiters.pop(0)
        waiter.set_result(None)
        return True

    def finish(self, code: int, reason: str) -> None:
        """Let all receivers get the end of the connection, after the messages before it."""
        self.behind, self._catch_up = False, _nothing
        self._end = {"type": "websocket.disconnect", "code": code, "reason": reason}
        while self.wake():
            pass


def _nothing() -> None:
    """There is no more to be read."""
