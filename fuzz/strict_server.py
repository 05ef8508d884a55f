"""A server that knows the law of ASGI, with a client that talks, and leaves when it likes.

It notes what the law does not allow, where real servers forgive some of it. It may be slow, and it
may lose the connection.
"""

from collections import deque
from random import Random
from typing import Any

import anyio
import anyio.lowlevel

Message = dict[str, Any]

# What may be sent at which stage, and where that leads (ASGI, "WebSocket Connection Scope").
STEPS = {
    ("handshake", "accept"): "open",
    ("handshake", "close"): "ended",
    ("handshake", "http.response.start"): "denying",
    ("open", "send"): "open",
    ("open", "close"): "ended",
    ("denying", "http.response.body"): "denying",
}


async def pause(count: int) -> None:
    """Let other tasks run, so many times."""
    for _ in range(count):
        await anyio.lowlevel.checkpoint()


class StrictServer:
    """One connection.

    Args:
        random: Where chance comes from.

    Attributes:
        stage: How far the connection has come.
        wire: The messages that the client has got, in order.
        dropped: The messages that came too late for that.
        violations: What the application did against the law, in words.
        client_left: Whether the client has gone by itself, or the connection is lost.
    """

    def __init__(self, random: Random) -> None:
        self.stage = "connect"
        self.wire: list[Message] = []
        self.dropped: list[Message] = []
        self.violations: list[str] = []
        self.client_left = False
        self._random = random
        self._said: deque[Message] = deque()
        self._news = anyio.Event()
        self._receiving = False
        self._cut_off = False  # a message may have gone out whose sender was cancelled
        self._sends_until_lost = random.choice([None, None, None, 1, 2, 5])
        self._says_lost = random.choice([OSError("gone"), None])

    async def talk(self) -> None:
        """Be the client: say numbered messages, and leave in the end."""
        random = self._random
        for _ in range(random.choice([0, 3, 200, 200, 200, 200])):
            if self.stage in {"connect", "handshake"}:  # no client talks before it has an answer
                await pause(1)
        for number in range(random.choice([0, 1, 3, 5, 40]) if self.stage == "open" else 0):
            await pause(random.choice([0, 0, 1, 3, 9]))
            if self.stage == "open":
                text = f'{{"n":{number}}}'
                payload = {"text": text} if random.random() < 0.8 else {"bytes": text.encode()}
                self._tell({"type": "websocket.receive", **payload})
        await pause(random.choice([0, 1, 5, 20, 150]))
        self._leave(random.choice([{}, {"code": 1000}, {"code": 1005}, {"code": 4001}]))

    def _leave(self, how: Message) -> None:
        if self.stage != "ended":
            self.client_left = True
            self._tell({"type": "websocket.disconnect", **how})

    def _tell(self, message: Message) -> None:
        self._said.append(message)
        self._news.set()

    def _end(self) -> None:
        self.stage = "ended"
        self._news.set()

    async def receive(self) -> Message:
        """Give the next message; `websocket.disconnect` again and again after the end."""
        if self._receiving:
            self.violations.append("two receives at once")
        self._receiving = True
        try:
            await pause(self._random.choice([0, 1, 2]))
            if self.stage == "connect":
                self.stage = "handshake"
                return {"type": "websocket.connect"}
            while not self._said and self.stage != "ended":
                self._news = anyio.Event()
                await self._news.wait()
        finally:
            self._receiving = False
        if self.stage == "ended":
            return {"type": "websocket.disconnect", "code": 1006}
        message = self._said.popleft()
        if message["type"] == "websocket.disconnect":
            self._end()
        return message

    async def send(self, message: Message) -> None:
        """Take a message, after a while; cancelled, it may have taken it or not.

        Raises:
            OSError: The connection is lost.
            RuntimeError: The message comes after one that was cut off, and does not fit.
        """
        random = self._random
        kind = message["type"].removeprefix("websocket.")
        if (self.stage, kind) not in STEPS and not self.client_left:
            if not self._cut_off:
                self.violations.append(f"{kind} when it is {self.stage}")
            raise RuntimeError(f"Unexpected ASGI message {message['type']!r}.")
        try:
            await pause(random.choice([0, 0, 1, 2, 6, 30]))
            self._take(kind, message)
            await pause(random.choice([0, 0, 0, 1]))
        except anyio.get_cancelled_exc_class():
            self._cut_off = True
            raise

    def _take(self, kind: str, message: Message) -> None:
        if self._sends_until_lost is not None and kind in {"send", "close"}:
            self._sends_until_lost -= 1
            if self._sends_until_lost < 0:
                self._leave({"code": 1006})
                if self._says_lost is not None:
                    raise self._says_lost
        if self.client_left or (self.stage, kind) not in STEPS:
            self.dropped.append(message)  # most servers say nothing
            return
        self.wire.append(message)
        self.stage = STEPS[self.stage, kind]
        if self.stage == "denying" and kind.endswith("body") and not message.get("more_body"):
            self.stage = "ended"
        if self.stage == "ended":
            self._end()
