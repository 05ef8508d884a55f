"""An ASGI application as the other side, in process."""

import math
from collections.abc import Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import Self

from anyio.lowlevel import checkpoint

from duologue import protocol
from duologue.exceptions import WebSocketDisconnect
from duologue.protocol import RawHeaders
from duologue.scripts.connectors import (
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
from duologue.types import ASGIApp, Message, Receive, Scope, Send

REACTION = 50
"""How many turns of the event loop an application has to react to what a client does."""


class AppConnector(Connector):
    """Plays against an ASGI application, in the caller's event loop.

    What the application raises is announced as a good server does it: a 500 denial, or the close
    code 1011.

    Args:
        app: The application.
        timeout: How many seconds its lifespan may take to start, and to stop.
    """

    def __init__(self, app: ASGIApp, timeout: float = 5.0) -> None:
        self._client = AsyncTestClient(_Watched(app), timeout=timeout)

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
        """Make a channel, which is not open yet."""
        encoded = protocol.encode_headers(headers)
        # The player has time limits of its own.
        session = self._client.websocket_connect(path, subprotocols, encoded, timeout=math.inf)
        return _AppChannel(session)


class _Watch:
    """What is known of one run of the application."""

    def __init__(self) -> None:
        self.said = 1  # the handshake
        self.taken = 0
        self.waiting = False
        self.stage = "handshake"
        self.done = False
        self.crash: BaseException | None = None

    @property
    def idle(self) -> bool:
        """Whether the application has taken everything, and waits for more or has returned."""
        return self.done or (self.waiting and self.taken == self.said)

    def follow(self, message: Message) -> None:
        """Move the stage on by a message of the application."""
        kind = message["type"]
        if kind == "websocket.accept":
            self.stage = "open"
        elif kind == "websocket.close" or (
            kind == "websocket.http.response.body" and not message.get("more_body")
        ):
            self.stage = "ended"
        elif kind == "websocket.http.response.start":
            self.stage = "denying"


_watches: ContextVar[_Watch] = ContextVar("_watches")


class _Watched:
    """An application that is watched: what it raises becomes the end of the conversation."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        watch = _watches.get()

        async def watched_receive() -> Message:
            watch.waiting = True
            try:
                message = await receive()
            finally:
                watch.waiting = False
            watch.taken += 1
            return message

        async def watched_send(message: Message) -> None:
            await send(message)
            watch.follow(message)

        try:
            await self._app(scope, watched_receive, watched_send)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the script hears of it
            watch.crash = error
            await _announce(watch.stage, send)
        finally:
            watch.done = True


async def _announce(stage: str, send: Send) -> None:
    try:
        if stage == "handshake":
            await send({"type": "websocket.http.response.start", "status": 500, "headers": []})
        if stage in ("handshake", "denying"):
            await send({"type": "websocket.http.response.body"})
        elif stage == "open":
            await send({"type": "websocket.close", "code": 1011})
    except OSError:
        pass  # the client has gone


class _AppChannel(Channel):
    def __init__(self, session: AsyncWebSocketTestSession) -> None:
        self._session = session
        self._watch = _Watch()
        self._open = False

    @property
    def crash(self) -> BaseException | None:
        return self._watch.crash

    @property
    def hint(self) -> str | None:
        if self._watch.stage == "ended" and not self._watch.done:
            return "the application has ended the conversation, but has not returned"
        return None

    async def open(self) -> Answer:
        _watches.set(self._watch)
        try:
            await self._session.__aenter__()
        except WebSocketDenialResponse as denial:
            return Denied(denial.status_code, _decode(denial.headers.raw), denial.content)
        except Exception as error:  # noqa: BLE001 - the rules that the application broke
            return Broken(str(error))
        self._open = True
        subprotocol = self._session.accepted_subprotocol or ""
        return Accepted(subprotocol, _decode(self._session.extra_headers))

    async def say(self, message: str | bytes) -> None:
        self._watch.said += 1
        try:
            if isinstance(message, str):
                await self._session.send_text(message)
            else:
                await self._session.send_bytes(message)
        except WebSocketDisconnect:
            return  # it is lost
        await self._react()

    async def hear(self) -> Event:
        try:
            message = await self._session.receive()
        except WebSocketDisconnect as end:
            return Ended(end.code, end.reason, ours=True)
        except Exception as error:  # noqa: BLE001 - the rules that the application broke
            return Broken(str(error))
        if message["type"] == "websocket.close":
            return Ended(message.get("code", 1000), message.get("reason") or "")
        text: str | None = message.get("text")
        data: bytes = message.get("bytes") or b""
        return data if text is None else text

    async def close(self, code: int | None, reason: str) -> None:
        self._watch.said += 1
        await self._session.close(code, reason)
        await self._react()

    async def drop(self) -> None:
        self._watch.said += 1
        await self._session.drop()
        await self._react()

    async def finish(self) -> Broken | None:
        if self._open:
            try:
                await self._session.__aexit__(None, None, None)
            except Exception as error:  # noqa: BLE001 - the rules that the application broke
                return Broken(str(error))
        return None

    async def _react(self) -> None:
        # On a socket the application has had this time before it can hear more.
        for _ in range(REACTION):
            await checkpoint()
            if self._watch.idle:
                return


def _decode(headers: RawHeaders) -> TextHeaders:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
