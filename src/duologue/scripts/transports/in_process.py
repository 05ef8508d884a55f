"""The transport in process: an ASGI application in the event loop of the caller."""

import math
from collections.abc import Sequence
from types import TracebackType
from typing import Self, cast

from duologue._asgi import protocol
from duologue._asgi.protocol import RawHeaders
from duologue._concurrency.idle import wait_until_idle
from duologue._in_process.server import ClientGoneError, WebSocketServer
from duologue._in_process.stopwatch import stopwatch
from duologue.exceptions import WebSocketDisconnect
from duologue.scripts.transports.connectors import (
    Accepted,
    Answer,
    Broken,
    Channel,
    Connector,
    Denied,
    Ended,
    Event,
    StartError,
    TextHeaders,
)
from duologue.testclient import (
    AsyncTestClient,
    AsyncWebSocketTestSession,
    WebSocketDenialResponse,
)
from duologue.types import ASGIApp

OUTSIDE = 0.1
"""How many seconds a thread, a timer or the network has to wake an application that waits for it.

Whether one of them will, nothing in the event loop knows.
"""


class AppConnector(Connector):
    """Plays against an ASGI application, in the caller's event loop.

    If the application raises an exception, or returns without closing the connection, the client
    sees the same as on uvicorn: status 500, or later a lost connection, which is 1006.

    Args:
        app: The application.
        timeout: How many seconds its lifespan may take to start, and to stop.
    """

    def __init__(self, app: ASGIApp, timeout: float = 5.0) -> None:
        self._client = AsyncTestClient(app, raise_server_exceptions=False, timeout=timeout)

    async def __aenter__(self) -> Self:
        try:
            await self._client.__aenter__()
        except (Exception, SystemExit) as error:
            raise StartError("the application did not start") from error
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._client.__aexit__(exception_type, exception, traceback)
        except (Exception, SystemExit) as error:
            raise StartError("the application did not stop as it should") from error

    def channel(self, path: str, headers: TextHeaders, subprotocols: Sequence[str]) -> Channel:
        """Make a channel. It is not open yet."""
        encoded = protocol.encode_headers(headers)
        # The player has time limits of its own.
        session = self._client.websocket_connect(path, subprotocols, encoded, timeout=math.inf)
        return _AppChannel(session)


class _AppChannel(Channel):
    def __init__(self, session: AsyncWebSocketTestSession) -> None:
        self._session = session
        self._accepted = False
        self._left = False

    @property
    def crash(self) -> BaseException | None:
        server = self._server
        if server is None or server.crash is None:
            return None
        if server.has_been_left and _tells_of_leaving(server.crash):
            return None  # a real server writes it into its log, and no client sees anything of it
        return server.crash

    @property
    def hint(self) -> str | None:
        server = self._server
        if server is not None and server.has_ended and not server.finished.is_set():
            return "the application has ended the conversation, but has not returned"
        return None

    async def open(self) -> Answer:
        try:
            await self._session.__aenter__()
        except WebSocketDenialResponse as denial:
            return Denied(denial.status_code, _decode(denial.headers.raw), denial.content)
        except WebSocketDisconnect:
            return Broken("no answer: the connection was lost")
        self._accepted = True
        subprotocol = self._session.accepted_subprotocol or ""
        return Accepted(subprotocol, _decode(self._session.extra_headers))

    async def send(self, message: str | bytes) -> None:
        try:
            if isinstance(message, str):
                await self._session.send_text(message)
            else:
                await self._session.send_bytes(message)
        except WebSocketDisconnect:
            return  # it is lost

    async def receive(self) -> Event:
        try:
            message = await self._session.receive()
        except WebSocketDisconnect as end:
            return Ended(end.code, end.reason, ours=self._left)
        if message["type"] == "websocket.close":
            return Ended(message.get("code", 1000), message.get("reason") or "")
        text: str | None = message.get("text")
        data: bytes = message.get("bytes") or b""
        return data if text is None else text

    async def close(self, code: int | None, reason: str) -> None:
        if self.crash is None:  # otherwise the connection has been lost before
            self._left = True
            await self._session.close(code, reason)

    async def drop(self) -> None:
        self._left = True
        await self._session.drop()

    async def settle(self) -> None:
        # On a socket the application has had this time before it can receive more.
        await wait_until_idle()
        with stopwatch.move_on_after(OUTSIDE):
            await cast("WebSocketServer", self._server).settle()

    async def finish(self) -> None:
        if self._accepted:
            await self._session.__aexit__(None, None, None)

    @property
    def _server(self) -> WebSocketServer | None:
        server: WebSocketServer | None = getattr(self._session, "_server", None)
        return server


def _tells_of_leaving(error: BaseException) -> bool:
    """Return whether an error only says that the client disconnected, in any framework."""
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        return all(_tells_of_leaving(each) for each in group.exceptions)
    return isinstance(error, ClientGoneError) or "WebSocketDisconnect" in type(error).__name__


def _decode(headers: RawHeaders) -> TextHeaders:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
