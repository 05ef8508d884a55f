"""The iterator over the messages of a WebSocket, which `iter_text` and the like return."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Literal

from duologue.exceptions import WebSocketDisconnect
from duologue.websockets._channel import Channel, already_receiving
from duologue.websockets.state import OPEN


class Messages(AsyncIterator[Any]):
    """Iterates over the payloads of the messages, until the connection is closed.

    An asynchronous generator would be shorter, but it ends with the first error, wants to be
    closed, and takes twice as long on Python 3.12 and later.

    Args:
        channel: The channel that they come through.
        kind: Their kind.
        read: Converts each message; by default it is returned unchanged.
    """

    __slots__ = ("_channel", "_kind", "_read")

    def __init__(
        self,
        channel: Channel,
        kind: Literal["text", "bytes"],
        read: Callable[[Any], Any] | None = None,
    ) -> None:
        self._channel = channel
        self._kind: Literal["text", "bytes"] = kind
        self._read = read

    async def __anext__(self) -> Any:
        # `Channel.receive_data` once more, without a new coroutine for each message.
        channel = self._channel
        if channel.phase is not OPEN and not channel.has_unread():
            if not channel.phase.ended:
                raise channel.not_open()
            raise StopAsyncIteration
        if channel.receiving:
            raise already_receiving()
        reader = channel.text_reader
        if reader is not None and self._kind == "text" and (waiter := reader.wait_for_text()):
            channel.receiving = True
            try:
                text = await waiter
            except BaseException:
                reader.give_back(waiter)
                raise
            finally:
                channel.receiving = False
            if text is not None:
                return text if self._read is None else self._read(text)
        channel.receiving = True
        receive = channel.raw_receive
        try:
            message = await receive()
        finally:
            channel.receiving = False
        try:
            data = message[self._kind]
        except KeyError:
            data = None
        if data is None:
            try:
                channel.reject(message, self._kind)
            except WebSocketDisconnect:
                raise StopAsyncIteration from None
        return data if self._read is None else self._read(data)
