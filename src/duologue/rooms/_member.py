"""A member of a room: one WebSocket in one room, what waits for it, and who sends that."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import anyio

from duologue import status
from duologue._concurrency.background import BackgroundTask
from duologue._concurrency.carrier import Begun, Carrier
from duologue.exceptions import WebSocketDisconnect
from duologue.rooms._queues import Gap, Outgoing, Policy, Queue, make_queue
from duologue.rooms._statistics import Counts
from duologue.types import Message
from duologue.websockets import Channel
from duologue.websockets.state import OPEN

CLOSE_SECONDS = 5  # for a close frame to a client that reads nothing
_SLOW = "Too many messages are queued for you."


class Member:
    """One WebSocket in one room. Nobody else waits for it.

    Args:
        number: Its number in this process.
        channel: The channel of the WebSocket, inside of `until_closed()`.
        counts: The counters of the room.
        size: How many messages may wait for it.
        policy: What happens when the queue is full.
        tell: Makes the message about missed messages, if the client gets one.

    Attributes:
        busy: Whether something is being sent to it, so that the next message has to wait.
        slow: Whether it was closed because it reads too slowly.
        missed: How many messages it has missed; `None` if this is unknown.
    """

    __slots__ = (
        "_counts",
        "_policy",
        "_queue",
        "_size",
        "_task",
        "_tell",
        "busy",
        "channel",
        "missed",
        "number",
        "slow",
    )

    def __init__(
        self,
        number: int,
        channel: Channel,
        counts: Counts,
        size: int,
        policy: Policy,
        tell: Callable[[int | None], Message] | None,
    ) -> None:
        self.number = number
        self.channel = channel
        self.busy = False
        self.slow = False
        self.missed: int | None = 0
        self._counts = counts
        self._size = size
        self._policy: Policy = policy
        self._tell = tell
        # Most members never let anything wait.
        self._queue: Queue | None = None
        self._task: BackgroundTask | None = None

    # What comes.

    def put(self, outgoing: Outgoing) -> None:
        """Let a message wait for its turn, or do with it what the policy says."""
        if self.channel.phase is not OPEN:
            return  # its endpoint is about to leave
        dropped = self._queued().put(outgoing)
        if dropped is None:
            self._disconnect()
            return
        self._counts.dropped += dropped
        if self._policy != "latest":
            self._note_missed(dropped)
        self._start()

    def put_gap(self, count: int | None) -> None:
        """Note that it has missed messages, which came before those that wait from now on."""
        self._note_missed(count)
        self._queued().put_gap(count)
        self._start()

    def _note_missed(self, count: int | None) -> None:
        self.missed = None if self.missed is None or count is None else self.missed + count

    def _queued(self) -> Queue:
        if self._queue is None:
            self._queue = make_queue(self._policy, self._size)
        return self._queue

    def _start(self) -> None:
        if not self.busy:
            self.busy = True
            self._sender.start(self._send_queued)

    @property
    def _sender(self) -> BackgroundTask:
        if self._task is None:
            self._task = BackgroundTask()
        return self._task

    # What is sent.

    def carry_on(self, carrier: Carrier, begun: Begun) -> None:
        """Let a carrier send on what was begun in its name, and then whatever waits."""
        self.busy = True
        self._task = carrier.carry_on(begun, self._send_queued)

    def resume(self, past: Sequence[Outgoing | Gap]) -> None:
        """Send it what it gets before everything else, however much that is."""
        for each in past:
            if isinstance(each, Gap):
                self._note_missed(each.count)
        self.busy = True
        self._sender.start(partial(self._send_queued, None, past))

    async def _send_queued(
        self, first: Awaitable[None] | None = None, past: Sequence[Outgoing | Gap] = ()
    ) -> None:
        """Send the queued messages, until there are none. The task runs this."""
        try:
            if first is not None:
                await first
                self._counts.delivered += 1
            for each in past:
                await self._send(each)
            while self._queue:
                await self._send(self._queue.take())
        except Exception as error:  # noqa: BLE001 - the endpoint of the member raises it
            self.fail(error)
        except anyio.get_cancelled_exc_class():
            if self.slow:
                await self._close()
            raise
        finally:
            self.busy = False

    async def _send(self, next_one: Outgoing | Gap) -> None:
        channel = self.channel
        if channel.phase is not OPEN:
            return
        if isinstance(next_one, Outgoing):
            await channel.raw_send(next_one.message.copy())
            self._counts.delivered += 1
        elif self._tell is not None:
            await channel.raw_send(self._tell(next_one.count))

    def fail(self, error: Exception) -> None:
        """Note that sending has failed: only its own endpoint gets the error."""
        self._queue = None
        channel = self.channel
        if channel.phase is not OPEN:
            return  # it has ended meanwhile, and the endpoint knows
        try:
            channel.lose(error)
        except WebSocketDisconnect:
            pass  # that ends the block
        except Exception as failure:  # noqa: BLE001 - the block raises it
            _buffer(channel).fail(failure)

    # How it leaves.

    def _disconnect(self) -> None:
        """Close it because it reads too slowly, without waiting for anything."""
        self.slow = True
        self._queue = None
        self._counts.disconnected += 1
        _buffer(self.channel).lose(status.WS_1013_TRY_AGAIN_LATER, _SLOW)
        self._sender.cancel()

    async def _close(self) -> None:
        message = {
            "type": "websocket.close",
            "code": status.WS_1013_TRY_AGAIN_LATER,
            "reason": _SLOW,
        }
        with anyio.move_on_after(CLOSE_SECONDS, shield=True):
            try:
                await self.channel.raw_send(message)
            except Exception:  # noqa: BLE001, S110 - it has left indeed
                pass

    async def flush(self) -> None:
        """Wait until all that waits has been sent."""
        while self.busy:
            await self._sender.wait()

    async def stop(self) -> None:
        """Send nothing more.

        Cancelling it is safe: a send that is under way still ends.
        """
        self._queue = None
        if self._task is None:
            return
        if self.slow:
            with anyio.move_on_after(CLOSE_SECONDS, shield=True):
                await self._task.wait()
        await self._task.stop()


def _buffer(channel: Channel) -> Any:
    """The receive buffer of a channel; there is one inside of `until_closed()`."""
    return channel.buffer
