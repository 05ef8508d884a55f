"""The client for asynchronous tests: it holds conversations with an application, in process.

It is as strict as a real server, and it never hangs: what a real server would refuse is an error,
and so is what takes too long.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import unquote

import anyio
import anyio.abc

from duologue import protocol, status
from duologue.codec import kind_of, read_json, write_json
from duologue.datastructures import Headers
from duologue.exceptions import UnsupportedDataError, WebSocketDisconnect
from duologue.protocol import HeaderInput, RawHeaders
from duologue.testserver import LifespanServer, WebSocketServer
from duologue.types import ASGIApp, Message, Scope
from duologue.urls import URL

_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


@contextmanager
def _time_limit(seconds: float, purpose: str) -> Generator[None]:
    with anyio.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise TimeoutError(f"The application took more than {seconds:g} s to {purpose}.")


class WebSocketDenialResponse(WebSocketDisconnect):
    """The handshake was refused, with this HTTP response.

    A plain `close()` before accepting is a 403, with the code and the reason of that close;
    with a response of the application's own, the code is 1006, as a browser sees it.
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
        """Read the body as JSON."""
        return read_json(self.content)

    def __str__(self) -> str:
        return f"HTTP {self.status_code} {self.content!r} ({super().__str__()})"


class AsyncWebSocketTestSession:
    """A client's side of one conversation: enter it to shake hands, leave it to close.

    `AsyncTestClient.websocket_connect` makes it. After the block the application has ended: what
    it raised is raised here, and one that does not end is cancelled and reported.
    """

    accepted_subprotocol: str | None
    """The subprotocol that the application chose."""

    extra_headers: RawHeaders
    """The headers that the application added to the handshake response."""

    def __init__(self, serve: Callable[[], WebSocketServer], timeout: float) -> None:
        self._serve = serve
        self._timeout = timeout
        self._end: tuple[int, str] | None = None  # the code and the reason

    async def __aenter__(self) -> Self:
        self._server = self._serve()
        try:
            answer = await self._next("the handshake")
            if answer["type"] == "websocket.accept":
                self.accepted_subprotocol = answer.get("subprotocol")
                self.extra_headers = list(answer.get("headers") or [])
                return self
            denial = await self._read_denial(answer)
            await self._wait_for_application()
        except BaseException:
            self._server.cancel()
            raise
        raise denial

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exception is not None:
            self._server.cancel()
            return
        await self.close()
        try:
            await self._wait_for_application()
        except BaseException:
            self._server.cancel()
            raise

    async def send(self, message: Message) -> None:
        """Hand an ASGI message to the application, as it is.

        Raises:
            WebSocketDisconnect: The conversation has ended.
        """
        if self._end is not None:
            raise WebSocketDisconnect(*self._end)
        self._server.deliver(message)

    async def send_text(self, data: str) -> None:
        """Send a text message."""
        await self.send({"type": "websocket.receive", "text": data})

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message."""
        await self.send({"type": "websocket.receive", "bytes": data})

    async def send_json(self, data: Any, mode: Literal["text", "binary"] = "text") -> None:
        """Send a value as JSON, in a text frame or a binary one."""
        if kind_of(mode) == "text":
            await self.send_text(write_json(data))
        else:
            await self.send_bytes(write_json(data).encode())

    async def receive(self) -> Message:
        """Wait for the application's next ASGI message: `websocket.send` or `websocket.close`.

        Raises:
            WebSocketDisconnect: The conversation has ended.
            TimeoutError: Nothing came in time.
            Exception: What the application raised.
        """
        if self._end is not None and not self._server.has_messages:
            raise WebSocketDisconnect(*self._end)
        message = await self._next("a message")
        if message["type"] == "websocket.close":
            self._end = (message.get("code", 1000), message.get("reason") or "")
        return message

    async def receive_text(self) -> str:
        """Wait for the application's next message, a text; it raises what `receive` raises."""
        text: str = await self._receive_data("text")
        return text

    async def receive_bytes(self) -> bytes:
        """Wait for the application's next message, a binary one; like `receive`."""
        data: bytes = await self._receive_data("bytes")
        return data

    async def receive_json(self, mode: Literal["text", "binary"] = "text") -> Any:
        """Wait for the application's next message and read it as JSON; like `receive`."""
        return read_json(await self._receive_data(kind_of(mode)))

    async def close(self, code: int | None = 1000, reason: str | None = None) -> None:
        """Close the conversation; where it has ended already, nothing happens.

        Args:
            code: The close code; `None` sends a close frame without one.
            reason: The reason.
        """
        if code is not None:
            protocol.check_close(code, reason)
        self._leave(status.WS_1005_NO_STATUS_RCVD if code is None else code, reason or "")

    async def drop(self) -> None:
        """Cut the connection without a close frame: the application sees 1006."""
        self._leave(status.WS_1006_ABNORMAL_CLOSURE, "")

    def _leave(self, code: int, reason: str) -> None:
        if self._end is None:
            self._end = (code, reason)
            self._server.leave(code, reason)

    async def _receive_data(self, kind: Literal["text", "bytes"]) -> Any:
        message = await self.receive()
        if message["type"] == "websocket.close":
            raise WebSocketDisconnect(message.get("code", 1000), message.get("reason"))
        data = message.get(kind)
        if data is None:
            raise UnsupportedDataError(protocol.WRONG_KIND[kind])
        return data

    async def _next(self, awaited: str) -> Message:
        with anyio.move_on_after(self._timeout):
            message = await self._server.next_message()
            if message is not None:
                return message
            self._raise_failure()
            raise WebSocketDisconnect(*(self._end or (status.WS_1006_ABNORMAL_CLOSURE, "")))
        raise TimeoutError(
            f"Waited {self._timeout:g} s for {awaited}, and the application sent nothing."
        )

    async def _read_denial(self, start: Message) -> WebSocketDenialResponse:
        if start["type"] == "websocket.close":
            code, reason = start.get("code", 1000), start.get("reason") or ""
            return WebSocketDenialResponse(403, Headers(), b"", code, reason)
        body = b""
        more = True
        while more:
            part = await self._next("the body of the denial response")
            body += part.get("body", b"")
            more = part.get("more_body", False)
        return WebSocketDenialResponse(start["status"], Headers(raw=start["headers"]), body)

    async def _wait_for_application(self) -> None:
        with anyio.move_on_after(self._timeout):
            await self._server.finished.wait()
        if not self._server.finished.is_set():
            raise TimeoutError(
                f"The conversation is over, and {self._timeout:g} s later the application is "
                "still running. Let it end when the client has gone."
            )
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._server.failure is not None:
            failure, self._server.failure = self._server.failure, None
            raise failure


class AsyncTestClient:
    """A client for asynchronous tests: it runs the application in the test's own event loop.

        async with AsyncTestClient(app) as client:
            async with client.websocket_connect("/ws") as session:
                await session.send_text("hello")

    Entering it starts the application's lifespan, where it has one; leaving it shuts it down.

    Args:
        app: The application.
        base_url: Where the application seems to be served; `https` and `wss` are secure.
        raise_server_exceptions: Whether what the application raises is raised in the test. If not,
            the client sees what it would see of a real server: status 500, or the code 1006.
        root_path: The path at which the application seems to be mounted.
        cookies: Cookies that each handshake sends.
        headers: Headers that each handshake sends.
        client: The address that the client seems to have.
        extensions: The extensions of ASGI that the server seems to have; by default that of denial
            responses.
        timeout: How many seconds anything may take.
        lifespan: Whether to run the lifespan.
    """

    __test__ = False

    def __init__(
        self,
        app: ASGIApp,
        base_url: str = "http://testserver",
        raise_server_exceptions: bool = True,
        root_path: str = "",
        *,
        cookies: Mapping[str, str] | None = None,
        headers: HeaderInput = None,
        client: tuple[str, int] = ("testclient", 50000),
        extensions: Mapping[str, Any] | None = None,
        timeout: float = 5.0,
        lifespan: bool = True,
    ) -> None:
        self.app = app
        self.base_url = URL(base_url)
        self.root_path = root_path
        self.headers = protocol.encode_headers(headers)
        if cookies:
            pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
            self.headers.append((b"cookie", pairs.encode("latin-1")))
        self.client = client
        self.extensions: Mapping[str, Any] = (
            {protocol.DENIAL_EXTENSION: {}} if extensions is None else extensions
        )
        self.timeout = timeout
        self.state: dict[str, Any] = {}
        self._raise_server_exceptions = raise_server_exceptions
        self._lifespan = LifespanServer(app, self.state) if lifespan else None
        self._tasks: anyio.abc.TaskGroup
        self._entered = False

    async def __aenter__(self) -> Self:
        self._tasks = await anyio.create_task_group().__aenter__()
        self._entered = True
        if self._lifespan is not None:
            self._tasks.start_soon(self._lifespan.run)
            try:
                with _time_limit(self.timeout, "start up"):
                    await self._lifespan.start()
            except BaseException:
                await self._end_tasks()
                raise
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._lifespan is not None and exception is None:
                with _time_limit(self.timeout, "shut down"):
                    await self._lifespan.stop()
        finally:
            await self._end_tasks()

    def websocket_connect(
        self,
        url: str,
        subprotocols: Sequence[str] | None = None,
        headers: HeaderInput = None,
        *,
        timeout: float | None = None,
    ) -> AsyncWebSocketTestSession:
        """Begin a conversation.

        Args:
            url: The path with its query, or a whole URL.
            subprotocols: The subprotocols to offer, the best first.
            headers: Further headers of the handshake, in place of the client's own of that name.
            timeout: How many seconds anything may take in this conversation.

        Returns:
            The session, to be entered with `async with`. Entering it raises
            `WebSocketDenialResponse` where the application refuses.
        """
        scope = self._make_scope(url, subprotocols or [], protocol.encode_headers(headers))
        return AsyncWebSocketTestSession(
            partial(self._serve, scope), self.timeout if timeout is None else timeout
        )

    def _serve(self, scope: Scope) -> WebSocketServer:
        if not self._entered:
            raise RuntimeError(
                "This client is not entered. Write `async with AsyncTestClient(app) as client:` "
                "around its conversations."
            )
        server = WebSocketServer(self.app, scope, self._raise_server_exceptions)
        self._tasks.start_soon(server.run)
        return server

    def _make_scope(self, url: str, subprotocols: Sequence[str], headers: RawHeaders) -> Scope:
        target = URL(url if "://" in url else self.base_url.rstrip("/") + "/" + url.lstrip("/"))
        scheme = _SCHEMES.get(target.scheme, target.scheme)
        own = {
            b"host": target.netloc.encode(),
            b"accept": b"*/*",
            b"accept-encoding": b"gzip, deflate, zstd",
            b"user-agent": b"testclient",
            b"connection": b"upgrade",
            b"sec-websocket-key": b"testserver==",
            b"sec-websocket-version": b"13",
        }
        if subprotocols:
            own[b"sec-websocket-protocol"] = ", ".join(subprotocols).encode()
        given = self.headers + headers
        names = {name for name, _ in given}
        return {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": scheme,
            "path": unquote(target.path) or "/",
            "raw_path": (target.path or "/").encode(),
            "root_path": self.root_path,
            "query_string": target.query.encode(),
            "headers": [pair for pair in own.items() if pair[0] not in names] + given,
            "client": list(self.client),
            "server": [target.hostname, target.port or (443 if scheme == "wss" else 80)],
            "subprotocols": list(subprotocols),
            "state": self.state.copy(),
            "extensions": dict(self.extensions),
        }

    async def _end_tasks(self) -> None:
        # What was raised in the block is not for the task group: it would wrap it in a group.
        self._entered = False
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)
