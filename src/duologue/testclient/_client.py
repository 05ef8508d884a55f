"""The test client for tests that are not asynchronous, around the one for those that are."""

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import partial
from threading import Lock
from types import TracebackType
from typing import Any, Literal, ParamSpec, Self, TypeVar

from anyio import get_cancelled_exc_class
from anyio.from_thread import BlockingPortal, start_blocking_portal

from duologue._asgi.protocol import HeaderInput, RawHeaders
from duologue._concurrency.eventloops import on_trio
from duologue.testclient._async_client import AsyncTestClient
from duologue.testclient._handshake import Params, check_subprotocols
from duologue.testclient._session import (
    AsyncWebSocketTestSession,
    WebSocketDenialResponse,
    not_entered,
    raise_again,
)
from duologue.types import ASGIApp, Message

__all__ = [
    "AsyncTestClient",
    "AsyncWebSocketTestSession",
    "TestClient",
    "WebSocketDenialResponse",
    "WebSocketTestSession",
]

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class _Guest:
    """A client in a portal, which anything but an `Exception` would end, like a pytest failure."""

    def __init__(self, client: AsyncTestClient) -> None:
        self._client = client
        self._failure: BaseException | None = None

    def raise_failure(self) -> None:
        """Raise what has been kept from the portal, in the thread of the test."""
        if self._failure is not None:
            raise self._failure

    async def __aenter__(self) -> None:
        await self._keep(self._client.__aenter__())

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._failure is None:
            await self._keep(self._client.__aexit__(exception_type, exception, traceback))

    async def _keep(self, step: Awaitable[object]) -> None:
        try:
            await step
        except BaseException as error:
            if isinstance(error, (Exception, get_cancelled_exc_class())):
                raise
            self._failure = error


class _Thread:
    """The thread in which an application runs, together with its asynchronous client."""

    def __init__(self, portal: BlockingPortal, client: AsyncTestClient) -> None:
        self.portal = portal
        self.client = client
        self.running = True

    def call(
        self,
        function: Callable[_Arguments, Awaitable[_Result]],
        *arguments: _Arguments.args,
        **options: _Arguments.kwargs,
    ) -> _Result:
        """Call a function there, and wait for what it returns or raises."""
        if not self.running:
            raise RuntimeError("The client of this session is closed, and so is the connection.")
        results: list[_Result] = []
        failures: list[BaseException] = []

        async def run() -> None:
            try:
                results.append(await function(*arguments, **options))
            except BaseException as error:  # noqa: BLE001 - it is raised in the thread of the test
                failures.append(error)

        self.portal.call(run)
        if failures:
            raise_again(failures.pop())
        return results.pop()


class WebSocketTestSession:
    """The client's side of one connection, for tests that are not asynchronous.

    `TestClient.websocket_connect` makes it. Its methods are those of `AsyncWebSocketTestSession`.
    """

    def __init__(
        self,
        open_thread: Callable[[], AbstractContextManager[_Thread]],
        connect: Callable[[AsyncTestClient], AsyncWebSocketTestSession],
    ) -> None:
        self._open_thread = open_thread
        self._connect = connect
        self._entered: tuple[_Thread, AsyncWebSocketTestSession] | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            thread = stack.enter_context(self._open_thread())
            self._entered = thread, self._connect(thread.client)
            self._thread.call(self._session.__aenter__)
            stack.push(self._leave)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._check_entered()
        self._stack.__exit__(exception_type, exception, traceback)

    def _leave(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._thread.running:
            self._thread.call(self._session.__aexit__, exception_type, exception, traceback)

    def _check_entered(self) -> tuple[_Thread, AsyncWebSocketTestSession]:
        if self._entered is None:
            raise not_entered("with")
        return self._entered

    @property
    def _thread(self) -> _Thread:
        return self._check_entered()[0]

    @property
    def _session(self) -> AsyncWebSocketTestSession:
        return self._check_entered()[1]

    @property
    def accepted_subprotocol(self) -> str | None:
        """The subprotocol that the application chose."""
        return self._session.accepted_subprotocol

    @property
    def extra_headers(self) -> RawHeaders:
        """The headers that the application added to the handshake response."""
        return self._session.extra_headers

    def send(self, message: Message) -> None:
        """Pass an ASGI message to the application unchanged."""
        self._thread.call(self._session.send, message)

    def send_text(self, data: str) -> None:
        """Send a text message."""
        self._thread.call(self._session.send_text, data)

    def send_bytes(self, data: bytes) -> None:
        """Send a binary message."""
        self._thread.call(self._session.send_bytes, data)

    def send_json(self, data: Any, mode: Literal["text", "binary"] = "text") -> None:
        """Send a value as JSON, in a text or binary frame."""
        self._thread.call(self._session.send_json, data, mode)

    def receive(self) -> Message:
        """Wait for the application's next ASGI message."""
        return self._thread.call(self._session.receive)

    def receive_text(self) -> str:
        """Wait for the application's next message, which must be text."""
        return self._thread.call(self._session.receive_text)

    def receive_bytes(self) -> bytes:
        """Wait for the application's next message, which must be binary."""
        return self._thread.call(self._session.receive_bytes)

    def receive_json(self, mode: Literal["text", "binary"] = "text") -> Any:
        """Wait for the application's next message and parse it as JSON."""
        return self._thread.call(self._session.receive_json, mode)

    def close(self, code: int | None = 1000, reason: str | None = None) -> None:
        """Close the connection. If it is already closed, nothing happens."""
        self._thread.call(self._session.close, code, reason)

    def drop(self) -> None:
        """Drop the connection without a close frame."""
        self._thread.call(self._session.drop)


class TestClient:
    """A client for tests that are not asynchronous: the application runs in a thread.

        with TestClient(app) as client:
            with client.websocket_connect("/ws") as session:
                session.send_text("hello")

    Entering it starts the application's lifespan. You can also use it without entering: then there
    is no lifespan, and connections that are open at the same time share a thread.

    Args:
        app: The application.
        base_url: As for `AsyncTestClient`. The same applies to all parameters except `backend` and
            `backend_options`.
        raise_server_exceptions: Whether exceptions of the application are raised in the test.
        root_path: The path at which the application appears to be mounted.
        backend: The event loop to run in: "asyncio" or "trio".
        backend_options: Options of `anyio.run` for that backend.
        options: The other arguments of `AsyncTestClient`.
    """

    __test__ = False

    def __init__(
        self,
        app: ASGIApp,
        base_url: str = "http://testserver",
        raise_server_exceptions: bool = True,
        root_path: str = "",
        backend: Literal["asyncio", "trio"] = "asyncio",
        backend_options: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self.app = app
        self._make_client = partial(
            AsyncTestClient, app, base_url, raise_server_exceptions, root_path, **options
        )
        template = self._make_client()  # wrong arguments are an error here, not later
        self.headers = template.headers
        self.cookies = template.cookies
        self._backend = backend
        self._start_portal = partial(start_blocking_portal, backend, backend_options)
        self._entered: _Thread | None = None
        self._sharing = Lock()
        self._shared: _Thread
        self._sharers = 0
        self._end_sharing: ExitStack

    def __enter__(self) -> Self:
        if self._entered is not None:
            raise RuntimeError("This client is entered already: make another one.")
        with ExitStack() as stack:
            self._entered = stack.enter_context(self._open_thread())
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._entered = None
        self._stack.__exit__(exception_type, exception, traceback)

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
    ) -> WebSocketTestSession:
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
            The session, to be entered with `with`. Entering it raises `WebSocketDenialResponse` if
                the application denies the handshake.

        Raises:
            TypeError: `subprotocols` is a single string: it has to be a list.
        """
        thread = self._entered
        offered = check_subprotocols(subprotocols)

        def open_thread() -> AbstractContextManager[_Thread]:
            return self._share_thread() if thread is None else nullcontext(thread)

        def connect(client: AsyncTestClient) -> AsyncWebSocketTestSession:
            client.headers, client.cookies = self.headers, self.cookies
            return client.websocket_connect(
                url,
                offered,
                headers,
                params=params,
                cookies=cookies,
                auth=auth,
                timeout=timeout,
            )

        return WebSocketTestSession(open_thread, connect)

    @contextmanager
    def _share_thread(self) -> Generator[_Thread]:
        """Start a thread for the first of several connections, and end it with the last."""
        with self._sharing:
            if not self._sharers:
                with ExitStack() as stack:
                    self._shared = stack.enter_context(self._open_thread(lifespan=False))
                    self._end_sharing = stack.pop_all()
            self._sharers += 1
        try:
            yield self._shared
        finally:
            with self._sharing:
                self._sharers -= 1
                if not self._sharers:
                    self._end_sharing.close()

    @contextmanager
    def _open_thread(self, **options: Any) -> Generator[_Thread]:
        if self._backend == "trio" and on_trio():
            raise RuntimeError(
                "A TestClient cannot run trio where trio runs already, for it would wait for "
                "itself. In an asynchronous test use `async with AsyncTestClient(app)`."
            )
        with self._start_portal() as portal:
            client = self._make_client(**options)
            guest = _Guest(client)
            with portal.wrap_async_context_manager(guest):
                guest.raise_failure()
                thread = _Thread(portal, client)
                try:
                    yield thread
                finally:
                    thread.running = False
            guest.raise_failure()
