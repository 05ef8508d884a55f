"""The end of a connection: the last message arrives, and nothing exceeds its time limit."""

import asyncio

CLOSE_SECONDS = 10.0
"""How long a client may take to answer our close frame."""

LINGER_SECONDS = 2.0
"""How long a client may take to read what was said last."""


class Ending:
    """Ends a connection.

    Args:
        transport: The connection.
        loop: The event loop.
    """

    __slots__ = ("_loop", "_timer", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None

    def wait(self) -> None:
        """Wait for the client's answer to our close frame."""
        self._abort_after(CLOSE_SECONDS)

    def linger(self) -> None:
        """Send nothing more, and read on until the client ends the connection.

        Data that arrives now is dropped. If it were not read, the connection would be reset, and
        the close frame lost.
        """
        if not self._transport.can_write_eof():  # with TLS
            self.hang_up()
            return
        try:
            self._transport.write_eof()
        except OSError:  # asyncio: the client is gone, and nobody has told us yet
            self._transport.abort()
            return
        self._transport.resume_reading()
        self._abort_after(LINGER_SECONDS)

    def hang_up(self) -> None:
        """End the connection when everything is sent."""
        self._transport.close()
        self._abort_after(LINGER_SECONDS)

    def reach(self) -> None:
        """Take note that the connection has ended."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _abort_after(self, seconds: float) -> None:
        self.reach()
        self._timer = self._loop.call_later(seconds, self._transport.abort)
