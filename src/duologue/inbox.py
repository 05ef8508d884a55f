"""What a peer has said and nobody has read yet, and the blocks that last until the peer leaves.

Cancelling a server's `receive` may lose a message. So a task of its own waits for the server, and
is not cancelled before the conversation is over. Who receives takes from the inbox, and may be
cancelled at any point: a message leaves the inbox in the moment in which it is returned.
"""

# The inbox is a part of the WebSocket, and uses it from the inside.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

import weakref
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import anyio

from duologue import status
from duologue.background import BackgroundTask
from duologue.conversation import GONE, Conversation
from duologue.exceptions import WebSocketDisconnect, WebSocketStateError
from duologue.types import Message, Receive


class Block:
    """An open `async with websocket.until_closed()`, seen from inside the task that is in it.

    Args:
        buffer: How many messages it lets wait; 0 where it keeps only what is waited for.
    """

    __slots__ = ("_task", "buffer", "closed_by_another_task", "failure", "scope")

    def __init__(self, buffer: int) -> None:
        self.buffer = buffer
        self.scope = anyio.CancelScope()
        self.closed_by_another_task = False
        self.failure: Exception | None = None
        self._task = anyio.get_current_task().id

    def note_close(self) -> None:
        """Take note that this side is about to close; in which task makes the difference."""
        self.closed_by_another_task = anyio.get_current_task().id != self._task

    def close(self) -> None:
        """End the block because this side has closed, unless the block's own task did that."""
        if self.closed_by_another_task:
            self.scope.cancel()

    def explains(self, error: Exception) -> bool:
        """Whether an error says no more than that the conversation has ended meanwhile."""
        if isinstance(error, ExceptionGroup):
            return all(map(self.explains, cast("ExceptionGroup[Exception]", error).exceptions))
        if isinstance(error, WebSocketStateError):
            return self.closed_by_another_task
        return isinstance(error, WebSocketDisconnect)


class Inbox:
    """Takes the messages in while a block is open, and gives them out, in order and once each.

    Its `receive` stands in the place of the server's from the first block on.

    Args:
        websocket: The conversation. It is not kept alive: with it goes a receive that is under way.
        source: The server's `receive`.
    """

    def __init__(self, websocket: Conversation, source: Receive) -> None:
        self._websocket = weakref.ref(websocket)
        self._source = source
        self._messages: deque[Message | Exception] = deque()
        self._blocks: list[Block] = []
        self._waiting = False  # whether somebody waits for what the task will bring
        self._passing = False  # whether somebody receives from the server past the task
        self._over = False
        self._arrived = anyio.Event()
        self._reader = BackgroundTask()
        # An application may return, or be cancelled, without a word to its WebSocket. What would
        # be kept alive by this is the task, no more: the server may know the WebSocket.
        weakref.finalize(websocket, self._reader.cancel).atexit = False

    @property
    def unread(self) -> bool:
        """Whether something can be received without waiting, the peer's leaving included."""
        return bool(self._messages)

    @asynccontextmanager
    async def open(self, websocket: Conversation, buffer: int) -> AsyncGenerator[None]:
        """Open a block; `WebSocket.until_closed` says what it does.

        Args:
            websocket: The conversation.
            buffer: How many messages may wait; 0 to keep only what is waited for.
        """
        if not websocket.connected:
            raise websocket._not_open()
        if self._passing:
            raise receiving_already()
        block = Block(buffer)
        try:
            with block.scope:
                self._blocks.append(block)
                try:
                    self._read_on()
                    yield
                finally:
                    self._blocks.remove(block)
        except Exception as error:
            if websocket.connected or not block.explains(error):
                raise
        if block.failure is not None:
            raise block.failure

    def leave(self) -> bool:
        """End the open blocks, and not the conversation.

        Returns:
            Whether there were any.
        """
        for block in self._blocks:
            block.scope.cancel()
        return bool(self._blocks)

    async def stop_reading(self) -> None:
        """Receive nothing more, because this side is about to close.

        granian sends no close frame while somebody receives.
        """
        for block in self._blocks:
            block.note_close()
        await self._reader.stop()

    def end(self, websocket: Conversation) -> None:
        """Take note that the conversation has ended, by a close or by a send that failed."""
        if self._over:
            return
        self._over = True
        self._reader.cancel()
        # What stands before it can still be read, unless this side has closed.
        code, reason = websocket.close_code, websocket.close_reason
        self._put({"type": "websocket.disconnect", "code": code, "reason": reason})
        for block in self._blocks:
            if websocket._phase is GONE:
                block.scope.cancel()
            else:
                block.close()

    async def receive(self) -> Message:
        """Return the next message, of those that wait or of those that come.

        Cancelling it loses nothing while a block is open, or as long as messages from that time
        wait; otherwise it is as safe as the server's.
        """
        while not self._messages:
            if not self._blocks and not self._reader.running:
                return await self._pass_by()
            await self._wait()
        message = self._messages.popleft()
        self._read_on()
        if isinstance(message, Exception):
            raise message
        return message

    async def _pass_by(self) -> Message:
        self._passing = True
        try:
            return await self._source()
        finally:
            self._passing = False

    async def _wait(self) -> None:
        self._arrived = anyio.Event()
        self._waiting = True
        try:
            self._read_on()
            await self._arrived.wait()
        finally:
            self._waiting = False

    def _read_on(self) -> None:
        """Let the task read, where it does not and there is reason to."""
        if not self._reader.running and self._wants_more():
            self._reader.start(self._read)

    def _wants_more(self) -> bool:
        websocket = self._websocket()
        if websocket is None or not websocket.connected:
            return False
        if self._blocks:
            room = self._room()
            return room == 0 or len(self._messages) < room
        return self._waiting and not self._messages

    def _room(self) -> int:
        """How many messages may wait; 0 where only what is waited for is kept."""
        return max((block.buffer for block in self._blocks), default=1)

    async def _read(self) -> None:
        """Receive from the server as long as there is reason to: what the task does."""
        try:
            while self._wants_more():
                self._take(await self._source())
        except WebSocketDisconnect as error:  # of a WebSocket that this one stands on
            self._lose(error.code, error.reason)
        except Exception as error:  # noqa: BLE001 - somebody else raises it
            self._fail(error)
        except anyio.get_cancelled_exc_class():
            # Where nobody here has asked for it, the server or its loop gives the client up.
            self._lose(status.WS_1006_ABNORMAL_CLOSURE)
            raise

    def _take(self, message: Message) -> None:
        """Put a message of the server where it belongs."""
        websocket = self._websocket()
        if websocket is None:
            return
        if message.get("type") != "websocket.disconnect":
            if self._room() or (self._waiting and not self._messages):
                self._put(message)
        elif websocket.connected:
            websocket._follow(message)
            self._over = True
            self._put(message)
            self.leave()
        # Otherwise a close is under way, and `end` follows it.

    def _lose(self, code: int, reason: str = "") -> None:
        self._take({"type": "websocket.disconnect", "code": code, "reason": reason})

    def _fail(self, error: Exception) -> None:
        """Raise an error of the server's `receive`: where one receives, else out of the blocks."""
        websocket = self._websocket()
        if websocket is None or not websocket.connected:
            return
        if self._waiting or not self._blocks:
            self._put(error)
            return
        for block in self._blocks:
            block.failure = error
            block.scope.cancel()

    def _put(self, message: Message | Exception) -> None:
        self._messages.append(message)
        self._arrived.set()


def receiving_already() -> WebSocketStateError:
    """Make the error for a block that is opened when it is too late for it to take messages in."""
    return WebSocketStateError(
        "Another task is already receiving from this WebSocket. Open until_closed() before that "
        "task begins to receive."
    )
