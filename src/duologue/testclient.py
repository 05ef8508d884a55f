"""Clients for tests: they hold conversations with an application, in process.

`TestClient` is for tests that are not asynchronous; it is a thin cover around `AsyncTestClient`.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import partial
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

from anyio.from_thread import BlockingPortal, start_blocking_portal

from duologue.asynctestclient import (
    AsyncTestClient,
    AsyncWebSocketTestSession,
    WebSocketDenialResponse,
)
from duologue.protocol import HeaderInput, RawHeaders
from duologue.types import ASGIApp, Message

__all__ = [
    "AsyncTestClient",
    "AsyncWebSocketTestSession",
    "TestClient",
    "WebSocketDenialResponse",
    "WebSocketTestSession",
]


_OpenClient: TypeAlias = Callable[
    [], AbstractContextManager[tuple[BlockingPortal, AsyncTestClient]]
]


class WebSocketTestSession:
    """A client's side of one conversation, for tests that are not asynchronous.

    `TestClient.websocket_connect` makes it. Its methods are those of `AsyncWebSocketTestSession`.
    """

    def __init__(
        self,
        open_client: _OpenClient,
        connect: Callable[[AsyncTestClient], AsyncWebSocketTestSession],
    ) -> None:
        self._open_client = open_client
        self._connect = connect

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._portal, client = stack.enter_context(self._open_client())
            self._session = stack.enter_context(
                self._portal.wrap_async_context_manager(self._connect(client))
            )
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.__exit__(exception_type, exception, traceback)

    @property
    def accepted_subprotocol(self) -> str | None:
        """The subprotocol that the application chose."""
        return self._session.accepted_subprotocol

    @property
    def extra_headers(self) -> RawHeaders:
        """The headers that the application added to the handshake response."""
        return self._session.extra_headers

    def send(self, message: Message) -> None:
        """Hand an ASGI message to the application, as it is."""
        self._portal.call(self._session.send, message)

    def send_text(self, data: str) -> None:
        """Send a text message."""
        self._portal.call(self._session.send_text, data)

    def send_bytes(self, data: bytes) -> None:
        """Send a binary message."""
        self._portal.call(self._session.send_bytes, data)

    def send_json(self, data: Any, mode: Literal["text", "binary"] = "text") -> None:
        """Send a value as JSON, in a text frame or a binary one."""
        self._portal.call(self._session.send_json, data, mode)

    def receive(self) -> Message:
        """Wait for the application's next ASGI message."""
        return self._portal.call(self._session.receive)

    def receive_text(self) -> str:
        """Wait for the application's next message, a text."""
        return self._portal.call(self._session.receive_text)

    def receive_bytes(self) -> bytes:
        """Wait for the application's next message, a binary one."""
        return self._portal.call(self._session.receive_bytes)

    def receive_json(self, mode: Literal["text", "binary"] = "text") -> Any:
        """Wait for the application's next message and read it as JSON."""
        return self._portal.call(self._session.receive_json, mode)

    def close(self, code: int | None = 1000, reason: str | None = None) -> None:
        """Close the conversation; where it has ended already, nothing happens."""
        self._portal.call(self._session.close, code, reason)

    def drop(self) -> None:
        """Cut the connection without a close frame."""
        self._portal.call(self._session.drop)


class TestClient:
    """A client for tests that are not asynchronous: the application runs in a thread.

        with TestClient(app) as client:
            with client.websocket_connect("/ws") as session:
                session.send_text("hello")

    Entering it starts the application's lifespan. It need not be entered: then each conversation
    runs in a thread of its own, without a lifespan.

    Args:
        app: The application.
        base_url: As for `AsyncTestClient`, and so are all but the next two.
        raise_server_exceptions: Whether what the application raises is raised in the test.
        root_path: The path at which the application seems to be mounted.
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
        self._make_client()  # wrong arguments are an error here, not later
        self._start_portal = partial(start_blocking_portal, backend, backend_options)
        self._entered: tuple[BlockingPortal, AsyncTestClient] | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._entered = stack.enter_context(self._open(lifespan=True))
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
        timeout: float | None = None,
    ) -> WebSocketTestSession:
        """Begin a conversation.

        Args:
            url: The path with its query, or a whole URL.
            subprotocols: The subprotocols to offer, the best first.
            headers: Further headers of the handshake, in place of the client's own of that name.
            timeout: How many seconds anything may take in this conversation.

        Returns:
            The session, to be entered with `with`. Entering it raises `WebSocketDenialResponse`
            where the application refuses.
        """
        entered = self._entered

        def open_client() -> AbstractContextManager[tuple[BlockingPortal, AsyncTestClient]]:
            return self._open(lifespan=False) if entered is None else nullcontext(entered)

        return WebSocketTestSession(
            open_client,
            lambda client: client.websocket_connect(url, subprotocols, headers, timeout=timeout),
        )

    @contextmanager
    def _open(self, lifespan: bool) -> Generator[tuple[BlockingPortal, AsyncTestClient]]:
        with self._start_portal() as portal:
            client = self._make_client(lifespan=lifespan)
            with portal.wrap_async_context_manager(client):
                yield portal, client
