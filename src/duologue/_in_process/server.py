"""A server for one connection, in process: the other side of the application in tests.

It does what a real server does, as strictly as the strictest of them: what one of them would refuse
is an error here.
"""

import math
from collections import deque
from typing import Literal

import anyio
from anyio import get_cancelled_exc_class
from anyio.lowlevel import checkpoint

from duologue import status
from duologue._asgi import protocol
from duologue._concurrency.eventloops import EventLoop
from duologue.types import ASGIApp, Message, Scope

Stage = Literal["handshake", "open", "denying", "ended"]

BACKLOG = 1024
"""How many messages may wait for the client before the application has to."""


class ClientGoneError(OSError):
    """The client has disconnected: nothing can be sent to it any more."""


def read_close(message: Message) -> tuple[int, str]:
    """Read the code and the reason of a `websocket.close`; the default is 1000 without a reason."""
    return message.get("code", status.WS_1000_NORMAL_CLOSURE), message.get("reason") or ""


def _failure(error: BaseException) -> BaseException:
    """Make what the client gets for an error of the application; call it where that is handled.

    A cancellation of the task itself is not a failure: it is raised again.
    """
    if not isinstance(error, get_cancelled_exc_class()):
        return error
    if anyio.current_effective_deadline() == -math.inf:
        raise error
    # On asyncio, who awaits a task that has been cancelled gets the same exception.
    failure = RuntimeError("The application let out a cancellation that was not meant for it.")
    failure.__cause__ = error
    return failure


class LifespanServer:
    """Runs the lifespan of an application: its start-up and its shutdown.

    Args:
        app: The application.
        state: The state that the lifespan shares with each connection.
    """

    def __init__(self, app: ASGIApp, state: dict[str, object]) -> None:
        self._app = app
        self._scope: Scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": state,
        }
        self._phase = "startup"
        self._received = False
        self._answered = False
        self._supported = True
        self._failure: BaseException | None = None
        self._started = anyio.Event()
        self._stopping = anyio.Event()
        self._stopped = anyio.Event()

    async def run(self) -> None:
        """Run the application's part; to be started as a task of its own."""
        try:
            await self._app(self._scope, self._receive, self._send)
        except BaseException as raised:  # noqa: BLE001 - whatever it is, the client gets it
            error = _failure(raised)
            # Who raises before it has received anything does not know the protocol at all
            # (ASGI, "Lifespan Protocol").
            if not isinstance(error, Exception) or (self._received and self._supported):
                self._failure = error  # it says more than what has been announced of it
        self._started.set()
        self._stopped.set()

    async def start(self) -> None:
        """Wait for the start-up; raise what it raises."""
        await self._started.wait()
        self._raise_failure()

    async def stop(self) -> None:
        """Let the application shut down, and wait for it; raise what it raises."""
        self._phase = "shutdown"
        self._answered = False
        self._stopping.set()
        await self._stopped.wait()
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    async def _receive(self) -> Message:
        await checkpoint()
        if not self._received:
            self._received = True
            return {"type": "lifespan.startup"}
        await self._stopping.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Message) -> None:
        try:
            self._follow(message)
        except RuntimeError:
            await checkpoint()  # who tries again and again can be cancelled
            raise

    def _follow(self, message: Message) -> None:
        kind: str = message["type"]
        if self._answered:
            raise RuntimeError(f"The {self._phase} has been answered already, but came {kind!r}.")
        if kind == f"lifespan.{self._phase}.failed":
            reason = message.get("message") or "it gives no reason"
            self._failure = RuntimeError(f"The {self._phase} of the application failed: {reason}")
        elif kind != f"lifespan.{self._phase}.complete":
            # Who answers with something else altogether takes every scope for a connection.
            self._supported = kind.startswith("lifespan.")
            raise RuntimeError(f'Expected "lifespan.{self._phase}.complete", but got {kind!r}.')
        self._answered = True
        (self._started if self._phase == "startup" else self._stopped).set()


class WebSocketServer:
    """Serves one WebSocket connection.

    Args:
        app: The application.
        scope: The scope of the connection.
        keep_failure: Whether to keep what the application raises in `failure`. If not, the client
            gets what uvicorn makes of it: an answer with status 500, later a lost connection.

    Attributes:
        finished: Whether the application has ended.
        crash: The exception of the application, or the rule that it has broken.
        failure: The exception that the client raises.
    """

    def __init__(self, app: ASGIApp, scope: Scope, keep_failure: bool) -> None:
        self._app = app
        self._scope = scope
        self._keep_failure = keep_failure
        self._stage: Stage = "handshake"
        self._loop = EventLoop.current()
        self._to_app: deque[Message] = deque([{"type": "websocket.connect"}])
        self._to_client: deque[Message] = deque()
        self._changed = anyio.Event()
        self._waiting = 0
        self._disconnect: Message | None = None
        self._client_left = False
        self.finished = anyio.Event()
        self.crash: BaseException | None = None
        self.failure: BaseException | None = None

    async def run(self) -> None:
        """Run the application; to be started as a task of its own."""
        try:
            await self._app(self._scope, self._receive, self._send)
            self._check_end()
        except BaseException as raised:  # noqa: BLE001 - whatever it is, the client gets it
            error = _failure(raised)
            self.crash = error
            if self._keep_failure or not isinstance(error, (Exception, SystemExit)):
                self.failure = error
            elif self._stage == "handshake":
                self._to_client.append(
                    {"type": "websocket.http.response.start", "status": 500, "headers": []}
                )
                self._to_client.append({"type": "websocket.http.response.body"})
        finally:
            self.finished.set()
            self._change()

    def deliver(self, message: Message) -> None:
        """Hand a message of the client to the application, unless that has ended it."""
        if self._stage != "ended":
            self._to_app.append(message)
            self._change()

    def leave(self, message: Message) -> None:
        """Tell the application that the client has disconnected.

        Args:
            message: The `websocket.disconnect` that says so.
        """
        self._client_left = True
        self._disconnect = self._disconnect or message
        self._change()

    @property
    def has_messages(self) -> bool:
        """Whether messages of the application are waiting for the client."""
        return bool(self._to_client)

    @property
    def has_been_left(self) -> bool:
        """Whether the client has disconnected."""
        return self._client_left

    @property
    def has_ended(self) -> bool:
        """Whether the application has closed or denied the connection; it may still be running."""
        return self._stage == "ended"

    async def settle(self) -> None:
        """Wait until the application has taken what it was told, and waits for more.

        After the end of the connection nothing more comes: wait until the application has ended.
        """
        while not self.finished.is_set() and (
            self._disconnect is not None or self._to_app or not self._waiting
        ):
            await self._changed.wait()

    async def next_message(self) -> Message | None:
        """Wait for the application's next message; `None` if there will be none."""
        await checkpoint()  # who takes one message after the other can be cancelled too
        while not self._to_client:
            if self.finished.is_set() or self._client_left:
                return None
            await self._changed.wait()
        message = self._to_client.popleft()
        self._change()
        return message

    def _change(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

    def _check_end(self) -> None:
        if self._client_left or self._stage == "ended":
            return
        if self._stage == "handshake":
            raise RuntimeError(
                "The application returned without an answer to the handshake: "
                "accept(), close() or send_denial_response()."
            )
        if self._stage == "denying":
            raise RuntimeError("The application returned before the end of its denial response.")
        raise RuntimeError(
            "The application returned without closing the connection. Servers differ in what they "
            "make of that; some leave the client waiting. Call close() at the end."
        )

    def _check_loop(self) -> None:
        """Refuse to be used from another event loop: waiters in this one would not wake up."""
        here = EventLoop.current()
        if here != self._loop:
            raise RuntimeError(
                f"The connection to {self._scope['path']!r} belongs to one event loop "
                f"({self._loop.name}) and was used in another ({here.name}). Open connections that "
                "share something in one: put `with TestClient(app) as client:` around them."
            )

    async def _receive(self) -> Message:
        self._check_loop()
        await checkpoint()
        self._waiting += 1
        self._change()
        try:
            while not self._to_app:
                if self._disconnect is not None:
                    return dict(self._disconnect)  # whoever asks again gets it again
                await self._changed.wait()
            return self._to_app.popleft()
        finally:
            self._waiting -= 1

    async def _send(self, message: Message) -> None:
        self._check_loop()
        await checkpoint()
        stage = self._next_stage(message)
        while len(self._to_client) >= BACKLOG:
            await self._changed.wait()
            stage = self._next_stage(message)
        if stage == "ended":
            self._end(message)
        self._stage = stage
        self._to_client.append(message)
        self._change()

    def _end(self, message: Message) -> None:
        """Let the application receive the end that it has made, as servers do."""
        code, reason = status.WS_1006_ABNORMAL_CLOSURE, ""  # what no close frame has ended
        if self._stage == "open":
            code, reason = read_close(message)
        self._disconnect = {"type": "websocket.disconnect", "code": code, "reason": reason}

    def _next_stage(self, message: Message) -> Stage:
        """Check a message of the application, and tell the stage that it leads to."""
        if self._client_left:
            raise ClientGoneError("The client has disconnected.")
        stage: Stage
        match self._stage, message["type"]:
            case "handshake", "websocket.accept":
                protocol.check_accept(message, self._scope["subprotocols"])
                stage = "open"
            case "handshake", "websocket.http.response.start":
                if not protocol.supports_denial(self._scope):
                    raise RuntimeError("This server has no Websocket Denial Response extension.")
                protocol.check_denial(message)
                stage = "denying"
            case "denying", "websocket.http.response.body":
                stage = "denying" if message.get("more_body") else "ended"
            case "handshake", "websocket.close":
                stage = "ended"  # a plain 403: its code and its reason travel in no frame
            case "open", "websocket.close":
                protocol.check_close(message.get("code", 1000), message.get("reason"))
                stage = "ended"
            case "open", "websocket.send":
                protocol.check_data(message)
                stage = "open"
            case _:
                raise RuntimeError(
                    f"Unexpected ASGI message {message['type']!r}: the stage is {self._stage}."
                )
        return stage
