"""The receive buffer of a WebSocket, and the blocks that last until the client disconnects.

Cancelling a server's `receive` may lose a message. So a separate task waits for the server, and is
not cancelled before the connection has ended. All others receive from the buffer, and may be
cancelled at any point: a message is taken out at the moment in which it is returned.
"""

import math
import weakref
from collections import deque
from types import TracebackType
from typing import Any, cast

import anyio

from duologue import status
from duologue._asgi.protocol import size_of
from duologue._concurrency.background import BackgroundTask
from duologue._concurrency.wakeup import Wakeup
from duologue.exceptions import WebSocketDisconnect, WebSocketStateError
from duologue.types import Message
from duologue.websockets._channel import Channel
from duologue.websockets._record import RECORD_KEY, Record, Silence
from duologue.websockets.state import GONE, OPEN

_FULL = "No queued message was read for {:g} seconds."
_CLOSE_SECONDS = 1  # for a close frame to a client that perhaps reads nothing either


class Block:
    """One `async with websocket.until_closed()`; `WebSocket.until_closed` says what it does.

    Args:
        owner: The receive buffer.
        channel: The channel that it takes the messages of.
        buffer: How many messages it may queue; 0 if it keeps only those that a receive waits for.
        buffer_bytes: How many bytes they may have before it lets no more of them wait.
        full_seconds: How long they may wait so, with none taken out.

    Attributes:
        entering: Whether the body has not begun yet, because a room is still being joined.
        leaving: Whether it is to end as soon as the body begins.
    """

    # A generator would be shorter, and take five hundred bytes as long as the block is open.
    __slots__ = (
        "_channel",
        "_owner",
        "_task",
        "buffer",
        "buffer_bytes",
        "closed_by_another_task",
        "entering",
        "failure",
        "full_seconds",
        "leaving",
        "scope",
    )

    def __init__(
        self,
        owner: "ReceiveBuffer",
        channel: Channel,
        buffer: int,
        buffer_bytes: int,
        full_seconds: float,
    ) -> None:
        self._owner = owner
        self._channel = channel
        self.buffer = buffer
        self.buffer_bytes = buffer_bytes
        self.full_seconds = full_seconds
        self.closed_by_another_task = False
        self.entering = False
        self.leaving = False
        self.failure: Exception | None = None

    async def __aenter__(self) -> None:
        self._owner.check(self._channel)
        self._task = anyio.get_current_task().id
        self.scope = anyio.CancelScope()
        self.scope.__enter__()
        self._owner.add(self)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._owner.remove(self)
        try:
            caught = bool(self.scope.__exit__(kind, error, traceback)) or self._means_end(error)
        except Exception as rest:  # of a group of trio, which has a cancellation too
            if not self._means_end(rest):
                raise
            caught = True
        if self.failure is not None and (caught or error is None):
            raise self.failure
        if caught:
            await self._owner.finish()
        return caught

    def _means_end(self, error: BaseException | None) -> bool:
        return (
            isinstance(error, Exception)
            and self._channel.phase is not OPEN
            and self.explains(error)
        )

    def begin_body(self) -> None:
        """Note that the body begins now, after `entering`."""
        self.entering = False
        if self.leaving:
            self.scope.cancel()

    def note_close(self) -> None:
        """Take note that this side is about to close; in which task makes the difference."""
        self.closed_by_another_task = anyio.get_current_task().id != self._task

    def close(self) -> None:
        """End the block because this side has closed, unless the block's own task did that."""
        if self.closed_by_another_task:
            self.scope.cancel()

    def explains(self, error: Exception) -> bool:
        """Whether an error says only that the connection has ended in the meantime."""
        if isinstance(error, ExceptionGroup):
            return all(map(self.explains, cast("ExceptionGroup[Exception]", error).exceptions))
        if isinstance(error, WebSocketStateError):
            return self.closed_by_another_task
        return isinstance(error, WebSocketDisconnect)


class _Reference(weakref.ref[Channel]):
    """A channel that is not kept alive, and what reads for it."""

    __slots__ = ("reader",)

    reader: BackgroundTask


_references: set[_Reference] = set()
"""All that there are. Otherwise one that is garbage, like its channel, would not end."""


def _refer(channel: Channel, reader: BackgroundTask) -> _Reference:
    """Refer to a channel; when nobody needs it any more, what reads for it is cancelled.

    An application may return, or be cancelled, without closing its WebSocket. This keeps only the
    task alive: the server may know the WebSocket.
    """
    reference = _Reference(channel, _stop_reading)
    reference.reader = reader
    _references.add(reference)
    return reference


def _stop_reading(reference: _Reference) -> None:
    _references.discard(reference)
    reference.reader.cancel()


class ReceiveBuffer:
    """Receives the messages while a block is open, and returns them in order, each once.

    Its `receive` replaces the server's from the first block on.

    Args:
        channel: The channel. It is not kept alive: with it goes a receive that is under way.

    Raises:
        WebSocketStateError: Another task is receiving from the server.
    """

    # Most connections are idle most of the time. So this is small, and the parts that only busy
    # connections need are made later.
    __slots__ = (
        "_blocks",
        "_bytes",
        "_changed",
        "_channel",
        "_full_seconds",
        "_giving_up",
        "_messages",
        "_over",
        "_passing",
        "_reader",
        "_room",
        "_room_bytes",
        "_send",
        "_source",
        "_waiting",
    )

    def __init__(self, channel: Channel) -> None:
        if channel.receiving:
            raise _receiving_already()
        self._source = channel.raw_receive
        self._send = channel.raw_send
        self._messages: deque[Message | Exception] | tuple[()] = ()
        self._bytes = 0  # the size of those that the client has sent
        self._blocks: list[Block] = []
        self._waiting: Wakeup | None = None  # what somebody waits by for what the task will bring
        self._passing = False  # whether somebody receives from the server past the task
        self._over = False
        self._giving_up = False  # whether the task sends a close frame, or has sent one
        self._changed: anyio.Event | None = None  # what the task waits for while it is full
        self._measure()
        self._reader = BackgroundTask()
        self._channel = _refer(channel, self._reader)
        channel.raw_receive = self.receive
        channel.text_reader = None
        channel.buffer = self

    @property
    def unread(self) -> bool:
        """Whether a message or the disconnect can be received without waiting."""
        return bool(self._messages)

    def open(self, channel: Channel, buffer: int, buffer_bytes: int, full_seconds: float) -> Block:
        """Make a block; it is open once it is entered.

        Args:
            channel: The channel.
            buffer: How many messages it may queue; 0 if it keeps only those that a receive waits
                for.
            buffer_bytes: How many bytes they may have before it lets no more of them wait.
            full_seconds: How long they may wait so, with none taken out.
        """
        return Block(self, channel, buffer, buffer_bytes, full_seconds)

    def check(self, channel: Channel) -> None:
        """Check that a block can begin.

        Raises:
            WebSocketDisconnect: The client has disconnected.
            WebSocketStateError: The connection is not open, or another task is receiving.
        """
        if channel.phase is not OPEN:
            raise channel.not_open()
        if self._passing:
            raise _receiving_already()

    def add(self, block: Block) -> None:
        """Take the messages in for a block that begins."""
        self._blocks.append(block)
        self._measure()
        self._read_on()

    def remove(self, block: Block) -> None:
        """Take in no more for a block that ends."""
        self._blocks.remove(block)
        self._measure()
        self._note_change()

    def leave(self) -> bool:
        """End the open blocks, but not the connection.

        A block whose body has not begun has nothing after it that could go on. It ends as soon as
        its body begins, if there are others; alone, it is left to whoever closes the connection.

        Returns:
            Whether there were any whose body has begun.
        """
        begun = [block for block in self._blocks if not block.entering]
        for block in begun:
            block.scope.cancel()
        if begun:
            for block in self._blocks:
                block.leaving = True
        return bool(begun)

    async def stop_reading(self) -> None:
        """Receive nothing more, because this side is about to close.

        granian sends no close frame while somebody receives.
        """
        for block in self._blocks:
            block.note_close()
        await self._reader.stop()

    async def finish(self) -> None:
        """Wait for the close frame that the task sends when it gives up, if it does.

        The application may return right after its block, and granian closes without a code then.
        """
        if self._giving_up:
            await self._reader.wait()

    def end(self, channel: Channel) -> None:
        """Note that the connection has ended, by a close or by a send that failed."""
        if self._over:
            return
        self._over = True
        self._reader.cancel()
        # What stands before it can still be read, unless this side has closed.
        code, reason = channel.close_code, channel.close_reason
        self._put({"type": "websocket.disconnect", "code": code, "reason": reason})
        for block in self._blocks:
            if channel.phase is GONE:
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
            self._waiting = Wakeup()
            try:
                self._read_on()
                await self._waiting
            finally:
                self._waiting = None
        message = self._messages.popleft()
        if not self._messages:
            self._messages = ()
        if isinstance(message, Exception):
            self._read_on()
            raise message
        self._bytes -= size_of(message)
        self._read_on()
        return message

    async def _pass_by(self) -> Message:
        self._passing = True
        try:
            return await self._source()
        finally:
            self._passing = False

    def _read_on(self) -> None:
        """Let the task read, if it does not and there is a reason to."""
        if self._reader.running:
            self._note_change()
        elif self._wants_more() or self._is_full():
            self._reader.start(self._read)

    def _note_change(self) -> None:
        """Tell the task that a message was taken out, or that a block has begun or ended."""
        if self._changed is not None:
            self._changed.set()

    def _measure(self) -> None:
        """Note how much the open blocks let wait together, and for how long."""
        keeping = [block for block in self._blocks if block.buffer]
        self._room = max((block.buffer for block in keeping), default=0 if self._blocks else 1)
        self._room_bytes = max((block.buffer_bytes for block in keeping), default=math.inf)
        self._full_seconds = max((block.full_seconds for block in keeping), default=math.inf)

    def _wants_more(self) -> bool:
        if not self._is_connected():
            return False
        if self._blocks:
            return self._has_room()
        return self._is_awaited()

    def _is_awaited(self) -> bool:
        """Whether somebody waits for the next message, and it has not come."""
        return self._waiting is not None and not self._messages

    def _is_connected(self) -> bool:
        channel = self._channel()
        return channel is not None and channel.phase is OPEN

    def _is_full(self) -> bool:
        """Whether there are blocks, and none of them lets another message wait."""
        return bool(self._blocks) and not self._has_room() and self._is_connected()

    def _has_room(self) -> bool:
        """Whether the blocks let another message wait, or let none wait and throw it away."""
        return not self._room or (
            len(self._messages) < self._room and self._bytes < self._room_bytes
        )

    async def _read(self) -> None:
        """Receive from the server as long as there is a reason to. The task runs this."""
        try:
            while True:
                if self._wants_more():
                    self._take(await self._source())
                elif not self._is_full():
                    break
                elif not await self._await_change() and self._is_full():
                    await self._give_up()
        except WebSocketDisconnect as error:  # of a WebSocket that this one stands on
            self._lose(error.code, error.reason)
        except Exception as error:  # noqa: BLE001 - somebody else raises it
            self._fail(error)
        except anyio.get_cancelled_exc_class():
            # Where nobody here has asked for it, the server or its loop gives the client up.
            self._lose(status.WS_1006_ABNORMAL_CLOSURE)
            raise

    def _idle_seconds(self) -> float:
        """How long the client may be idle: while the buffer is full, it counts as idle."""
        silence = self._silence()
        return math.inf if silence is None else silence.idle_seconds or math.inf

    def _silence(self) -> Silence | None:
        scope = cast("Channel", self._channel()).scope
        record: Record[Any] | None = scope.get(RECORD_KEY)
        return None if record is None else record.silence

    async def _await_change(self) -> bool:
        """Wait until a message is taken out, or a block begins or ends; but not too long.

        Returns:
            Whether that has happened.
        """
        changed = self._changed = anyio.Event()
        with anyio.move_on_after(min(self._full_seconds, self._idle_seconds())):
            await changed.wait()
        self._changed = None
        return changed.is_set()

    async def _give_up(self) -> None:
        """Close the connection, because a disconnect would no longer be noticed.

        The messages that the client has sent can still be read.
        """
        silence = self._silence()
        if silence is not None and self._idle_seconds() <= self._full_seconds:
            code, reason = silence.note_silence()
        else:
            code, reason = status.WS_1008_POLICY_VIOLATION, _FULL.format(self._full_seconds)
        self._giving_up = True
        self._lose(code, reason)
        # Nothing else sends any more: to this side, the client has disconnected.
        with anyio.move_on_after(_CLOSE_SECONDS):
            try:
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
            except Exception:  # noqa: BLE001, S110 - it has disconnected indeed
                pass

    def _take(self, message: Message) -> None:
        """Handle a message of the server."""
        channel = self._channel()
        if channel is None:
            return
        if message.get("type") != "websocket.disconnect":
            if self._room or self._is_awaited():
                self._put(message)
        elif channel.phase is OPEN:
            channel.follow(message)
            self._over = True
            self._put(message)
            for block in self._blocks:
                block.scope.cancel()
        # Otherwise a close is under way, and `end` follows it.

    def _lose(self, code: int, reason: str = "") -> None:
        self._take({"type": "websocket.disconnect", "code": code, "reason": reason})

    def lose(self, code: int, reason: str) -> None:
        """Close the connection as if the client had disconnected, and receive nothing more.

        The caller sends the close. The messages that the client has sent can still be read.
        """
        self._lose(code, reason)
        self._reader.cancel()  # granian sends no close frame while somebody receives

    def fail(self, error: Exception) -> None:
        """Raise an error of the server out of the blocks."""
        for block in self._blocks:
            block.failure = error
            block.scope.cancel()

    def _fail(self, error: Exception) -> None:
        """Raise an error of the server's `receive`: in a receive, or else out of the blocks."""
        if not self._is_connected():
            return
        if self._waiting is not None or not self._blocks:
            self._put(error)
        else:
            self.fail(error)

    def _put(self, message: Message | Exception) -> None:
        if isinstance(self._messages, tuple):
            self._messages = deque()
        self._messages.append(message)
        if not isinstance(message, Exception):
            self._bytes += size_of(message)
        if self._waiting is not None:
            self._waiting.wake()


def _receiving_already() -> WebSocketStateError:
    """Make the error for a block that is opened when it is too late for it to take messages in."""
    return WebSocketStateError(
        "Another task is already receiving from this WebSocket. Open until_closed() before that "
        "task begins to receive."
    )
