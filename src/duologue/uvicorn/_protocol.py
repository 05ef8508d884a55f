"""The protocol of a WebSocket connection: between uvicorn's transport and the application.

"ASGI" is the specification of HTTP and WebSocket for ASGI, version 2.5.
"""

import asyncio
import contextvars
import logging
from collections import deque
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from uvicorn.config import Config
from uvicorn.logging import TRACE_LOG_LEVEL
from uvicorn.protocols.utils import ClientDisconnected, get_remote_addr
from uvicorn.server import ServerState

from duologue._asgi.protocol import check_close
from duologue.types import Message, Scope
from duologue.uvicorn._ending import Ending
from duologue.uvicorn._handshake import HandshakeError
from duologue.uvicorn._keepalive import Keepalive
from duologue.uvicorn._opening import Opening
from duologue.uvicorn._parser import parser
from duologue.uvicorn._reader import NO_CODE, PING, Reader
from duologue.uvicorn._receive_buffer import ReceiveBuffer
from duologue.uvicorn._writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

_OK, _LOST, _INTERNAL_ERROR, _RESTART = 1000, 1006, 1011, 1012


class State(Enum):
    """The state of a connection."""

    NEW = "the request has not come"
    CONNECTING = "the application has not answered the handshake"
    DENYING = "it answers with a response, of which a part is still to come"
    OPEN = "messages go to and fro"
    CLOSING = "the application has closed, and the client has not answered yet"
    OVER = "nothing is sent any more"


# Names of their own: those of an Enum take longer to look up, and each message asks.
_NEW, _CONNECTING, _DENYING, _OPEN, _CLOSING, _OVER = State


class PicowsProtocol(asyncio.Protocol):
    """A WebSocket connection of uvicorn, on picows: `--ws duologue.uvicorn:PicowsProtocol`.

    It supports uvicorn's settings `--ws-max-size`, `--ws-max-queue`, `--ws-ping-interval`,
    `--ws-ping-timeout` and `--ws-per-message-deflate`.

    Args:
        config: uvicorn's settings.
        server_state: The state that all connections of the server share.
        app_state: The state from the lifespan of the application.
        _loop: The event loop. The default is the running one.

    Attributes:
        write_text: Writes a text message; `None` while that is not possible at once. Applications
            made with Duologue call it instead of `send`: it needs no ASGI message and no coroutine.
    """

    __slots__ = (
        "_app_state",
        "_buffer",
        "_config",
        "_ending",
        "_keepalive",
        "_logger",
        "_loop",
        "_opening",
        "_pong",
        "_reader",
        "_server_state",
        "_state",
        "_transport",
        "_writable",
        "_writer",
        "write_text",
    )

    # These are there from the beginning; until the handshake is answered; from then on.
    _transport: asyncio.Transport
    _ending: Ending
    _opening: Opening
    _reader: Reader
    _writer: Writer

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        if not config.loaded:
            config.load()
        self._config: Any = config  # its application has types of its own
        self._server_state = server_state
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._logger = logging.getLogger("uvicorn.error")
        self._state = _NEW
        self._buffer = ReceiveBuffer(self._loop, self._catch_up)
        self._writable: asyncio.Event | None = None  # what senders wait for
        self._pong: bytes | None = None  # what is to be answered as soon as we can write
        self._keepalive: Keepalive | None = None
        self.write_text: Callable[[str], None] | None = None

    # What uvicorn and the transport call

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take over a connection. Its request follows."""
        self._transport = transport
        self._ending = Ending(transport, self._loop)
        self._server_state.connections.add(self)  # type: ignore[arg-type]
        self._trace("made")

    def data_received(self, data: bytes) -> None:
        """Take data from the client."""
        state = self._state
        if state is _OPEN or state is _CLOSING:
            reader = self._reader
            text = reader.feed(data)
            if text is not None:
                waiter = self._buffer.next_text
                if waiter is not None and not waiter.done():
                    self._buffer.next_text = None
                    waiter.set_result(text)
                    return
                reader.put("text", text, len(data))
            self._take(reader)
        elif state is _NEW:
            self._begin(data)
        elif state is _CONNECTING:
            self._opening.keep(data)

    def eof_received(self) -> None:
        """Treat the connection as lost: the client sends nothing more, and no close frame."""
        if self._state is not _OVER:
            self._finish(_LOST, "")
        self._ending.hang_up()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection has ended, for whatever reason."""
        if self._state is not _OVER:
            self._finish(_LOST, "")
        self._ending.reach()
        self._server_state.connections.discard(self)
        self._trace("lost")

    def pause_writing(self) -> None:
        """Make senders wait: the client does not read."""
        self._writable = asyncio.Event()
        self.write_text = None

    def resume_writing(self) -> None:
        """Let senders continue."""
        if self._writable is not None:
            self._writable.set()
            self._writable = None
        pong, self._pong = self._pong, None
        if self._state is _OPEN:
            self.write_text = self._writer.text
            if pong is not None:
                self._writer.pong(pong)

    def shutdown(self) -> None:
        """Close the connection with 1012, because uvicorn stops; deny a handshake with 503."""
        if self._state is _CONNECTING:
            self._deny_with(HTTPStatus.SERVICE_UNAVAILABLE)
        elif self._state is _OPEN:
            self._leave(_RESTART, "service restart")
        elif self._state is _CLOSING:
            self._ending.hang_up()

    # What the application calls

    async def send(self, message: Message) -> None:
        """Send a message (ASGI, "Send"). Cancelling it sends nothing.

        Raises:
            OSError: The client has disconnected.
            RuntimeError: The message is not allowed now.
            TypeError: A part of the message has the wrong type.
            ValueError: The message breaks a rule of the protocol.
        """
        while self._writable is not None:
            await self._writable.wait()
        if self._state is _OPEN and message["type"] == "websocket.send":
            text = message.get("text")
            if type(text) is str:
                write = self._writer.text  # Python 3.11 takes longer to call it in its slot
                write(text)
            else:
                self._writer.other(message)
        elif self._state is _OVER:
            raise ClientDisconnected
        else:
            self._send(message)

    def _send(self, message: Message) -> None:
        match self._state, message["type"]:
            case State.CONNECTING, "websocket.accept":
                self._accept(message)
            case State.CONNECTING, "websocket.close":
                self._deny_with(HTTPStatus.FORBIDDEN, body=b"")
            case State.CONNECTING, "websocket.http.response.start":
                self._deny(message)
            case State.DENYING, "websocket.http.response.body":
                self._deny_further(message.get("body", b""), message.get("more_body", False))
            case State.OPEN, "websocket.close":
                self._close(message.get("code", _OK), message.get("reason") or "")
            case _:
                kind, state = message["type"], self._state.value
                raise RuntimeError(f"Unexpected ASGI message {kind!r}: {state}.")

    # The handshake

    def _begin(self, request: bytes) -> None:
        config = self._config
        self._opening = opening = Opening(
            request, config, self._server_state, self._app_state, self._transport
        )
        self._state = _CONNECTING
        try:
            opening.check()
        except HandshakeError as error:
            self._deny_with(error.status, *error.headers)
            return
        self._buffer.messages.append({"type": "websocket.connect"})
        context = contextvars.Context() if config.reset_contextvars else None
        task = self._loop.create_task(self._run(opening.scope), context=context)
        self._server_state.tasks.add(task)
        task.add_done_callback(self._server_state.tasks.discard)

    def _accept(self, message: Message) -> None:
        config, early = self._config, self._opening.early
        deflate = self._opening.accept(message)
        del self._opening
        self._state = _OPEN
        self._writer = Writer(self._transport, self._loop, deflate)
        self.write_text = self._writer.text  # `send` has waited until we can write
        self._reader = Reader(
            parser(),
            self._buffer.messages,
            config.ws_max_size,
            max(1, config.ws_max_queue),
            deflate,
            self._answer,
        )
        if config.ws_ping_interval:
            self._keepalive = Keepalive(
                self._loop,
                config.ws_ping_interval,
                config.ws_ping_timeout,
                self._writer,
                self._buffer,
                self._miss_pong,
            )
        if early:
            self._reader.feed(early)
            self._take(self._reader)
            self._read_on()

    def _deny(self, message: Message) -> None:
        self._opening.deny(message)
        self._state = _DENYING

    def _deny_further(self, body: bytes, more: bool) -> None:
        self._opening.deny_further(body, more)
        if not more:
            self._finish(_LOST, "")
            self._ending.hang_up()

    def _deny_with(
        self, status: HTTPStatus, *headers: tuple[bytes, bytes], body: bytes | None = None
    ) -> None:
        self._opening.deny_with(status, *headers, body=body)
        self._finish(_LOST, "")
        self._ending.hang_up()

    # What comes

    def _take(self, reader: Reader) -> None:
        """Look what the reader has read."""
        if self._state is _CLOSING:
            reader.messages.clear()  # nobody receives them any more
            if reader.end is not None:
                self._ending.hang_up()
            return
        messages = reader.messages
        if messages:
            self._buffer.wake()
            # One that is taken at once does not matter.
            if (reader.held or len(messages) > 1) and reader.full:
                self._buffer.behind = True
                self._transport.pause_reading()
        if reader.end is not None:
            code, reason, failure = reader.end
            if failure:
                # Before that, the application has a turn to answer what came before.
                self._loop.call_soon(self._fail, code, reason)
            else:
                self._writer.close(None if code == NO_CODE else code, "")
                self._finish(code, reason)
                self._ending.hang_up()

    def _fail(self, code: int, reason: str) -> None:
        if self._state is _OPEN:
            self._leave(code, reason)

    def _catch_up(self) -> None:
        """Read on, now that everything has been received."""
        self._buffer.behind = False
        self._reader.go_on()
        self._take(self._reader)
        self._read_on()

    def _read_on(self) -> None:
        # With TLS, asyncio fails where a transport is closed.
        if not self._buffer.behind and not self._transport.is_closing():
            self._transport.resume_reading()

    def _answer(self, opcode: int, payload: bytes) -> None:
        """Answer a ping; or take a pong, which answers ours."""
        if opcode != PING:
            if self._keepalive is not None:
                self._keepalive.receive(payload)
        elif self._writable is not None:
            self._pong = payload  # the last one is enough (RFC 6455 section 5.5.3)
        else:
            self._writer.pong(payload)

    def _miss_pong(self) -> None:
        self._leave(_INTERNAL_ERROR, "keepalive ping timeout")

    # Ends

    async def _run(self, scope: Scope) -> None:
        """Run the application, and end what it leaves open."""
        try:
            app = self._config.loaded_app
            result: object = await app(scope, self._buffer.receive, self.send)
        except ClientDisconnected:
            pass
        except asyncio.CancelledError:
            self._leave_open(_RESTART)
            raise
        except BaseException:
            self._logger.exception("Exception in ASGI application\n")
            self._leave_open(_INTERNAL_ERROR)
        else:
            if self._state is _CONNECTING or self._state is _DENYING:
                self._logger.error("ASGI callable returned without completing handshake.")
            elif result is not None:
                self._logger.error("ASGI callable should return None, but returned '%s'.", result)
            self._leave_open(_OK)

    def _leave_open(self, code: int) -> None:
        """End what the application has not ended."""
        if self._state is _CONNECTING:
            self._deny_with(HTTPStatus.INTERNAL_SERVER_ERROR)
        elif self._state is _DENYING:
            self._finish(_LOST, "")
            self._transport.abort()  # so that what there is does not look whole
        elif self._state is _OPEN:
            self._close(code, "")

    def _close(self, code: int, reason: str) -> None:
        """Close for the application, and wait for the client's answer."""
        check_close(code, reason)
        self._writer.close(code, reason)
        behind = self._buffer.behind
        self._finish(code, reason)
        self._state = _CLOSING
        self._reader.messages = deque()  # what comes from now on
        self._ending.wait()
        if behind:
            self._catch_up()

    def _leave(self, code: int, reason: str) -> None:
        """Close by ourselves, and wait for no answer."""
        self._writer.close(code, reason)
        self._finish(code, reason)
        self._ending.linger()

    def _finish(self, code: int, reason: str) -> None:
        """Let nobody wait any longer, to receive or to send, and let go of all that knows us."""
        if self._state is _OPEN:
            self._reader.answer = _ignore
        self._state = _OVER
        self.write_text = None
        if self._keepalive is not None:
            self._keepalive.stop()
            self._keepalive = None
        self._buffer.finish(code, reason)
        self.resume_writing()

    def _trace(self, what: str) -> None:
        if self._logger.isEnabledFor(TRACE_LOG_LEVEL):
            client = get_remote_addr(self._transport)
            prefix = f"{client[0]}:{client[1]} - " if client else ""
            self._logger.log(TRACE_LOG_LEVEL, "%sWebSocket connection %s", prefix, what)


def _ignore(opcode: int, payload: bytes) -> None:
    """Answer nothing any more."""
