"""The session of a test client: the client's side of one connection, in process.

It is as strict as a real server, and it never hangs: what a real server would refuse is an error,
and so is what takes too long.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Literal, NoReturn, Self, cast

from anyio.lowlevel import checkpoint

from duologue import status
from duologue._asgi import protocol
from duologue._asgi.protocol import RawHeaders
from duologue._codec import kind_of, read_json, write_json
from duologue._in_process.server import WebSocketServer, read_close
from duologue._in_process.stopwatch import stopwatch
from duologue._in_process.task import ApplicationTask, end_tasks
from duologue.datastructures import Headers
from duologue.exceptions import UnsupportedDataError, WebSocketDisconnect
from duologue.types import Message


@contextmanager
def time_limit(seconds: float, purpose: str) -> Generator[None]:
    """Limit how long the application may take for what is done in the block.

    Raises:
        TimeoutError: It took longer.
    """
    with stopwatch.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise TimeoutError(f"The application took more than {seconds:g} s to {purpose}.")


def note_force(error: BaseException, seconds: float) -> None:
    """Note with an error that the application had to be ended by force."""
    error.add_note(
        f"The application was cancelled, and {seconds:g} s later it was still running: it shields "
        "itself from cancellation or catches it. It was ended by force."
    )


def not_entered(block: Literal["with", "async with"]) -> RuntimeError:
    """Make what is raised when a session is used without the block that connects it."""
    return RuntimeError(
        f"This session is not entered. Write `{block} client.websocket_connect(...) as session:` "
        "around what uses it."
    )


def raise_again(failure: BaseException) -> NoReturn:
    """Raise in the test what was raised in the application, without losing its context.

    If it has none, what the test is handling becomes its context.
    """
    context = failure.__context__
    try:
        raise failure
    finally:
        if context is not None:
            failure.__context__ = context  # `raise` has replaced it


def _add_context(error: BaseException, context: BaseException) -> None:
    """Add an exception to the context of an error, behind what is there already."""
    seen = {id(error)}
    while (behind := error.__context__) is not None and id(behind) not in seen:
        seen.add(id(behind))
        error = behind
    error.__context__ = context


class WebSocketDenialResponse(WebSocketDisconnect):
    """The application denied the handshake, with this HTTP response.

    If the application called `close()` before accepting, it is a 403 with the code and the reason
    of that close. If the application sent its own response, the code is 1006, as in a browser.
    """

    def __init__(
        self,
        status_code: int,
        headers: Headers,
        content: bytes,
        code: int = status.WS_1006_ABNORMAL_CLOSURE,
        reason: str = "",
    ) -> None:
        super().__init__(code, reason)
        self.status_code = status_code
        self.headers = headers
        self.content = content

    @property
    def text(self) -> str:
        """The body, decoded as UTF-8."""
        return self.content.decode()

    def json(self) -> Any:
        """Parse the body as JSON."""
        return read_json(self.content)

    def __str__(self) -> str:
        return f"HTTP {self.status_code} {self.content!r} ({super().__str__()})"


class AsyncWebSocketTestSession:
    """The client's side of one connection. Entering it connects, and leaving it closes.

    `AsyncTestClient.websocket_connect` makes it. When the block ends, the application has ended:
    its exceptions are raised in the test, and an application that does not end is cancelled and
    reported.
    """

    _server: WebSocketServer  # from entering on

    def __init__(
        self,
        start: Callable[[], tuple[WebSocketServer, ApplicationTask]],
        timeout: float,
        patience: float,
    ) -> None:
        self._start = start
        self._timeout = timeout
        self._patience = patience  # with an application that is cancelled
        self._end: tuple[int, str] | None = None  # the code and the reason
        self._accepted: tuple[str | None, RawHeaders] | None = None  # subprotocol and headers

    async def __aenter__(self) -> Self:
        self._end = self._accepted = None
        self._server, self._task = self._start()
        try:
            answer = await self._next("the handshake")
            if answer["type"] == "websocket.accept":
                headers = list(answer.get("headers") or [])
                self._accepted = answer.get("subprotocol"), headers
                return self
            denial = await self._read_denial(answer)
            await self._wait_for_application()
        except BaseException as error:
            await self._stop(error)
            raise
        raise denial

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._check_entered()
        try:
            if exception is None:
                await self.close()
                await self._wait_for_application()
            elif self._only_tells_of_end(exception):
                # A failure is raised after its close frame.
                if not await self._has_finished():
                    exception.add_note(self._still_running())
                self._raise_failure(exception)
        except BaseException as error:
            await self._stop(error)
            raise
        if exception is not None:
            await self._stop(exception)

    @property
    def accepted_subprotocol(self) -> str | None:
        """The subprotocol that the application chose."""
        return self._check_accepted()[0]

    @property
    def extra_headers(self) -> RawHeaders:
        """The headers that the application added to the handshake response."""
        return self._check_accepted()[1]

    async def send(self, message: Message) -> None:
        """Pass an ASGI message to the application unchanged.

        Args:
            message: A `websocket.receive`, or a `websocket.disconnect` to disconnect.

        Raises:
            WebSocketDisconnect: The connection is closed.
        """
        self._check_entered()
        await checkpoint()
        if self._end is not None:
            raise WebSocketDisconnect(*self._end)
        if message["type"] == "websocket.disconnect":
            self._leave(message)
        else:
            self._server.deliver(message)

    async def send_text(self, data: str) -> None:
        """Send a text message."""
        if not isinstance(data, str):
            raise protocol.wrong_data("text", data)
        await self.send({"type": "websocket.receive", "text": data})

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message."""
        if not isinstance(data, bytes):
            raise protocol.wrong_data("bytes", data)
        await self.send({"type": "websocket.receive", "bytes": data})

    async def send_json(self, data: Any, mode: Literal["text", "binary"] = "text") -> None:
        """Send a value as JSON, in a text or binary frame."""
        if kind_of(mode) == "text":
            await self.send_text(write_json(data))
        else:
            await self.send_bytes(write_json(data).encode())

    async def receive(self) -> Message:
        """Wait for the application's next ASGI message: `websocket.send` or `websocket.close`.

        Raises:
            WebSocketDisconnect: The connection is closed.
            TimeoutError: No message arrived in time.
            Exception: The exception that the application raised.
        """
        self._check_entered()
        if self._end is not None and not self._server.has_messages:
            raise WebSocketDisconnect(*self._end)
        message = await self._next("a message")
        if message["type"] == "websocket.close":
            self._end = read_close(message)
        return message

    async def receive_text(self) -> str:
        """Wait for the application's next message, which must be text. See `receive`."""
        text: str = await self._receive_data("text")
        return text

    async def receive_bytes(self) -> bytes:
        """Wait for the application's next message, which must be binary. See `receive`."""
        data: bytes = await self._receive_data("bytes")
        return data

    async def receive_json(self, mode: Literal["text", "binary"] = "text") -> Any:
        """Wait for the application's next message and parse it as JSON. See `receive`."""
        return read_json(await self._receive_data(kind_of(mode)))

    async def close(self, code: int | None = 1000, reason: str | None = None) -> None:
        """Close the connection. If it is already closed, nothing happens.

        Args:
            code: The close code; `None` sends a close frame without one.
            reason: The reason.

        Raises:
            ValueError: The code or the reason is not allowed, or there is a reason without a code.
        """
        if code is not None:
            protocol.check_close(code, reason)
        elif reason:
            raise ValueError("A close frame without a code has no reason either: give it a code.")
        else:
            code = status.WS_1005_NO_STATUS_RCVD
        self._leave({"type": "websocket.disconnect", "code": code, "reason": reason or ""})

    async def drop(self) -> None:
        """Drop the connection without a close frame: the application sees 1006."""
        code = status.WS_1006_ABNORMAL_CLOSURE
        self._leave({"type": "websocket.disconnect", "code": code, "reason": ""})

    def _check_entered(self) -> None:
        if not hasattr(self, "_server"):
            raise not_entered("async with")

    def _check_accepted(self) -> tuple[str | None, RawHeaders]:
        self._check_entered()
        if self._accepted is None:
            raise RuntimeError("The application has not accepted this connection.")
        return self._accepted

    def _leave(self, message: Message) -> None:
        self._check_entered()
        if self._end is None:
            self._end = protocol.read_disconnect(message, {})
            self._server.leave(message)

    async def _receive_data(self, kind: Literal["text", "bytes"]) -> Any:
        message = await self.receive()
        if message["type"] == "websocket.close":
            raise WebSocketDisconnect(*read_close(message))
        data = message.get(kind)
        if data is None:
            raise UnsupportedDataError(protocol.WRONG_KIND[kind])
        return data

    async def _next(self, awaited: str) -> Message:
        with stopwatch.move_on_after(self._timeout):
            return await self._next_in_time()
        raise TimeoutError(
            f"Waited {self._timeout:g} s for {awaited}, and the application sent nothing."
        )

    async def _next_in_time(self) -> Message:
        message = await self._server.next_message()
        if message is not None:
            return message
        self._end = self._end or (status.WS_1006_ABNORMAL_CLOSURE, "")
        self._raise_failure()
        raise WebSocketDisconnect(*self._end)

    async def _read_denial(self, start: Message) -> WebSocketDenialResponse:
        if start["type"] == "websocket.close":
            return WebSocketDenialResponse(403, Headers(), b"", *read_close(start))
        parts: list[bytes] = []
        more = True
        with time_limit(self._timeout, "finish its denial response"):
            while more:
                part = await self._next_in_time()
                parts.append(part.get("body") or b"")
                more = part.get("more_body", False)
        headers = Headers(raw=start.get("headers") or [])
        return WebSocketDenialResponse(start["status"], headers, b"".join(parts))

    async def _wait_for_application(self) -> None:
        if not await self._has_finished():
            raise TimeoutError(self._still_running())
        self._raise_failure()

    def _still_running(self) -> str:
        return (
            f"The connection is closed, and {self._timeout:g} s later the application is still "
            "running. Let it end when the client disconnects."
        )

    async def _has_finished(self) -> bool:
        """Wait until the application has ended, and return whether it has done so in time."""
        with stopwatch.move_on_after(self._timeout):
            await self._server.finished.wait()
        return self._server.finished.is_set()

    def _only_tells_of_end(self, error: BaseException) -> bool:
        """Return whether an exception in the test says no more than that this connection ended."""
        if isinstance(error, BaseExceptionGroup):
            group = cast("BaseExceptionGroup[BaseException]", error)
            return all(self._only_tells_of_end(each) for each in group.exceptions)
        return type(error) is WebSocketDisconnect and (error.code, error.reason) == self._end

    async def _stop(self, error: BaseException) -> None:
        """Cancel the application, wait until it has ended, and report if that was difficult."""
        patience = min(self._timeout, self._patience)
        if not await end_tasks([self._task], patience):
            note_force(error, patience)

    def _raise_failure(self, context: BaseException | None = None) -> None:
        if self._server.failure is not None:
            failure, self._server.failure = self._server.failure, None
            if context is not None:
                _add_context(failure, context)
            raise_again(failure)
