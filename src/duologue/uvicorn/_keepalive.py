"""Keepalive: pings that check whether a client is still there."""

import asyncio
import os
from collections.abc import Callable
from functools import partial

from duologue.uvicorn._receive_buffer import ReceiveBuffer
from duologue.uvicorn._writer import Writer


class Keepalive:
    """Pings a client, again and again, and tells when it does not answer.

    Args:
        loop: The event loop.
        interval: The seconds from one answer to the next ping.
        timeout: The seconds that an answer may take; without, no answer is expected.
        writer: Writes a ping.
        buffer: The buffer, which knows whether reading is paused: then no pong can arrive.
        lose: Called when no pong arrives.
    """

    __slots__ = ("_buffer", "_interval", "_loop", "_lose", "_sent", "_timeout", "_timer", "_writer")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        interval: float,
        timeout: float | None,
        writer: Writer,
        buffer: ReceiveBuffer,
        lose: Callable[[], object],
    ) -> None:
        self._loop = loop
        self._interval = interval
        self._timeout = timeout
        self._writer = writer
        self._buffer = buffer
        self._lose = lose
        self._sent: bytes | None = None
        self._timer = loop.call_later(interval, self._send)

    def receive(self, payload: bytes) -> None:
        """Take a pong; one that answers no ping of ours means nothing (RFC 6455 section 5.5.3)."""
        if payload == self._sent:
            self._sent = None
            if self._timeout is not None:
                self._call(self._interval, self._send)

    def stop(self) -> None:
        """Send no ping any more, and expect no answer."""
        self._timer.cancel()
        self._sent = None

    def _send(self) -> None:
        self._sent = os.urandom(4)
        self._writer.ping(self._sent)
        if self._timeout is None:
            self._call(self._interval, self._send)
        else:
            self._call(self._timeout, partial(self._miss, self._timeout))

    def _miss(self, timeout: float) -> None:
        if self._buffer.behind:
            self._call(timeout, partial(self._miss, timeout))
        else:
            self._lose()

    def _call(self, seconds: float, callback: Callable[[], object]) -> None:
        self._timer.cancel()
        self._timer = self._loop.call_later(seconds, callback)
