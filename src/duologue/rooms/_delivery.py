"""Sends one message to many members, and waits for none of them."""

from collections.abc import Iterable, Iterator
from types import CoroutineType
from typing import Any

from duologue._concurrency.carrier import Begun, Carrier, as_coroutine
from duologue._concurrency.eventloops import on_asyncio
from duologue.rooms._member import Member
from duologue.rooms._queues import Outgoing
from duologue.rooms._statistics import Counts
from duologue.websockets.state import OPEN

_CARRIERS = 4  # where more members than these begin to be slow at once, tasks are started for them
_DONE = object()
_COROUTINE: type = CoroutineType


class Delivery:
    """Sends messages at once if the server takes them at once, and otherwise in tasks.

    It belongs to one event loop.

    Attributes:
        at_once: Whether all members that were there for the last message have been sent it.
    """

    def __init__(self) -> None:
        self.at_once = False
        self._carriers: list[Carrier] = []

    def prepare(self) -> None:
        """Get ready for messages; they begin to be sent at once a moment later."""
        if not self._carriers and on_asyncio():
            self._carriers = [Carrier() for _ in range(_CARRIERS)]

    def release(self) -> None:
        """Clean up: there are no members."""
        for carrier in self._carriers:
            carrier.task.cancel()
        self._carriers.clear()

    def send(self, members: Iterable[Member], outgoing: Outgoing, counts: Counts) -> None:
        """Send a message to members, of which some may be slow."""
        self.at_once = True
        rest = iter(members)
        for carrier in [each for each in self._carriers if each.ready]:
            waits = carrier.act(self._send_at_once, rest, outgoing, counts)
            if waits is None:
                return
            self.at_once = False
            member, begun = waits
            member.carry_on(carrier, begun)
            self._carriers[self._carriers.index(carrier)] = Carrier()
        for member in rest:
            self.at_once = False
            member.put(outgoing)

    def _send_at_once(
        self, members: Iterator[Member], outgoing: Outgoing, counts: Counts
    ) -> tuple[Member, Begun] | None:
        """Send to one after the other, until a server wants to wait.

        Returns:
            The member that it wants to wait for, and what is left of sending to it.
        """
        message, delivered = outgoing.message, 0
        try:
            for member in members:
                if member.busy:
                    self.at_once = False
                    member.put(outgoing)
                    continue
                channel = member.channel
                if channel.phase is not OPEN:
                    continue
                try:
                    sending: Any = channel.raw_send(message.copy())
                    if type(sending) is not _COROUTINE:
                        sending = as_coroutine(sending)
                    # Faster than to catch an exception.
                    waits_for = next(sending.__await__(), _DONE)
                except Exception as error:  # noqa: BLE001 - the endpoint of the member raises it
                    member.fail(error)
                else:
                    if waits_for is not _DONE:
                        return member, (sending, waits_for)
                    delivered += 1
        finally:
            counts.delivered += delivered
        return None
