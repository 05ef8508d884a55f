"""The test client for asynchronous tests."""

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote

from multidict import CIMultiDict

from duologue._adapters import check_application
from duologue._asgi import protocol
from duologue._asgi.protocol import HeaderInput, RawHeaders
from duologue._in_process.server import LifespanServer, WebSocketServer
from duologue._in_process.stopwatch import stopwatch
from duologue._in_process.task import ApplicationTask, end_tasks
from duologue.datastructures import URL
from duologue.testclient._handshake import (
    Params,
    add_params,
    authorization_headers,
    check_client,
    check_extensions,
    check_subprotocols,
    cookie_headers,
    read_cookies,
)
from duologue.testclient._session import (
    AsyncWebSocketTestSession,
    WebSocketDenialResponse,
    note_force,
    time_limit,
)
from duologue.types import ASGIApp, Scope

__all__ = ["AsyncTestClient", "AsyncWebSocketTestSession", "WebSocketDenialResponse"]

_ABSOLUTE_URL = re.compile("[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_URL_CHARACTERS = "%/:?@[]!$&'()*+,;=~"  # that may stand in a URL as they are (RFC 3986)
_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


class AsyncTestClient:
    """A client for asynchronous tests: it runs the application in the test's own event loop.

        async with AsyncTestClient(app) as client:
            async with client.websocket_connect("/ws") as session:
                await session.send_text("hello")

    Entering it starts the application's lifespan, if there is one; leaving it stops the lifespan.
    You can change its `headers` and `cookies` at any time. Each handshake sends them.

    Args:
        app: The application.
        base_url: The URL at which the application appears to be served; `https` and `wss` are
            secure.
        raise_server_exceptions: Whether exceptions of the application are raised in the test. If
            not, the client sees what a real server would send: status 500, or the code 1006.
        root_path: The path at which the application appears to be mounted.
        cookies: Cookies that each handshake sends.
        headers: Headers that each handshake sends.
        client: The address that the client appears to have.
        extensions: The ASGI extensions that the server appears to have. The default is denial
            responses.
        timeout: How many seconds any call may take.
        lifespan: Whether to run the lifespan.

    Raises:
        TypeError: The application does not take scope, receive and send. Wrap an ASGI 2 application
            in `asgiref.compatibility.guarantee_single_callable`.
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
        self.app = check_application(app)
        self.base_url = URL(base_url)
        self.root_path = root_path
        self.headers = CIMultiDict(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in protocol.encode_headers(headers)
        )
        self.cookies = read_cookies(cookies)
        self.client = check_client(client)
        self.extensions = check_extensions(extensions)
        self.timeout = timeout
        self.state: dict[str, Any] = {}
        self._raise_server_exceptions = raise_server_exceptions
        self._has_lifespan = lifespan
        self._lifespan: LifespanServer
        self._tasks: list[ApplicationTask] = []
        self._entered = False
        self._stack: ExitStack

    async def __aenter__(self) -> Self:
        if self._entered:
            raise RuntimeError("This client is entered already: make another one.")
        with ExitStack() as stack:
            stack.enter_context(stopwatch.running())
            self._entered = True
            stack.callback(self._forget)
            if self._has_lifespan:
                await self._start_lifespan()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        failure = exception
        with self._stack:
            try:
                if self._has_lifespan and (exception is None or isinstance(exception, Exception)):
                    with time_limit(self.timeout, "shut down"):
                        await self._lifespan.stop()
            except BaseException as error:  # noqa: BLE001 - raised below
                # The exception of the block comes first, but for a cancellation of the test.
                if exception is None or not isinstance(error, Exception):
                    failure = error
            if not await end_tasks(self._tasks, self.timeout):
                failure = failure or TimeoutError("The client was exited.")
                note_force(failure, self.timeout)
        if failure is not None and failure is not exception:
            raise failure

    def websocket_connect(
        self,
        url: str,
        subprotocols: Sequence[str] | None = None,
        headers: HeaderInput = None,
        *,
        params: Params = None,
        cookies: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
    ) -> AsyncWebSocketTestSession:
        """Return a session for a new connection.

        Args:
            url: The path with its query, or a whole URL.
            subprotocols: The subprotocols to offer, in order of preference.
            headers: Additional headers of the handshake. They replace the client's own of the same
                name.
            params: Parameters of the query, added to those of the URL.
            cookies: Additional cookies. They replace the client's own of the same name.
            auth: The name and the password of a user, for basic authentication.
            timeout: How many seconds any call on this connection may take.

        Returns:
            The session, to be entered with `async with`. Entering it raises
                `WebSocketDenialResponse` if the application denies the handshake.

        Raises:
            TypeError: `subprotocols` is a single string: it has to be a list.
        """
        given = [*authorization_headers(auth), *protocol.encode_headers(headers)]
        sent = cookie_headers({**self.cookies, **read_cookies(cookies)})
        offered = check_subprotocols(subprotocols)
        scope = self._make_scope(url, params, offered, [sent, given])
        return AsyncWebSocketTestSession(
            partial(self._serve, scope), self.timeout if timeout is None else timeout, self.timeout
        )

    async def _start_lifespan(self) -> None:
        self._lifespan = LifespanServer(self.app, self.state)
        self._start(self._lifespan.run)
        try:
            with time_limit(self.timeout, "start up"):
                await self._lifespan.start()
        except BaseException as error:
            if not await end_tasks(self._tasks, self.timeout):
                note_force(error, self.timeout)
            raise

    def _serve(self, scope: Scope) -> tuple[WebSocketServer, ApplicationTask]:
        if not self._entered:
            raise RuntimeError(
                "This client is not entered. Write `async with AsyncTestClient(app) as client:` "
                "around its connections."
            )
        scope = {**scope, "state": self.state.copy()}
        server = WebSocketServer(self.app, scope, self._raise_server_exceptions)
        return server, self._start(server.run)

    def _start(self, function: Callable[[], Coroutine[Any, Any, None]]) -> ApplicationTask:
        task = ApplicationTask(function)
        task.start()
        self._tasks = [each for each in self._tasks if not each.ended.is_set()]
        self._tasks.append(task)
        return task

    def _forget(self) -> None:
        self._entered = False
        self._tasks = []

    def _make_scope(
        self, url: str, params: Params, subprotocols: Sequence[str], given: list[RawHeaders]
    ) -> Scope:
        if not _ABSOLUTE_URL.match(url):
            url = self.base_url.rstrip("/") + (url if url.startswith("/") else f"/{url}")
        target = URL(url)
        scheme = _SCHEMES.get(target.scheme, target.scheme)
        headers = self._make_headers(target, subprotocols, given)
        query = add_params(target.query, params)
        offered = b",".join(value for name, value in headers if name == b"sec-websocket-protocol")
        return {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": scheme,
            "path": unquote(target.path) or "/",
            "raw_path": quote(target.path or "/", safe=_URL_CHARACTERS).encode(),
            "root_path": self.root_path,
            "query_string": quote(query, safe=_URL_CHARACTERS).encode(),
            "headers": headers,
            "client": list(self.client),
            "server": [target.hostname, target.port or (443 if scheme == "wss" else 80)],
            "subprotocols": [name.strip() for name in offered.decode().split(",") if name.strip()],
            "extensions": dict(self.extensions),
        }

    def _make_headers(
        self, target: URL, subprotocols: Sequence[str], given: list[RawHeaders]
    ) -> RawHeaders:
        """Make the headers of a handshake: given headers replace the usual ones."""
        own = [
            (b"host", target.netloc.rpartition("@")[2].encode()),
            (b"accept", b"*/*"),
            (b"accept-encoding", b"gzip, deflate, zstd"),
            (b"user-agent", b"testclient"),
            (b"connection", b"upgrade"),
            (b"sec-websocket-key", b"testserver=="),
            (b"sec-websocket-version", b"13"),
        ]
        if subprotocols:
            own.append((b"sec-websocket-protocol", ", ".join(subprotocols).encode()))
        if target.username is not None:
            user = unquote(target.username), unquote(target.password or "")
            own += authorization_headers(user)
        headers: RawHeaders = []
        for usual in (own, protocol.encode_headers(self.headers), *given):
            names = {name for name, _ in usual}
            headers = [pair for pair in headers if pair[0] not in names] + usual
        return headers
