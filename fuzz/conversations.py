"""Whole conversations by chance: what endpoints, clients and servers do, in any order.

An endpoint of random steps, in two tasks, is served by a `Duologue` application on a
`StrictServer`. Any await may be cancelled. Whatever happens, these hold in the end:

- The server was told nothing that ASGI does not allow, and the client got one end at most: exactly
  one where it did not leave by itself.
- Of a conversation that the application has closed, it is the one with the code that was given.
- Nothing was lost, doubled or put in another order, and nothing goes on.
- An error comes out of the application if, and only if, it was logged.
"""

import logging
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import anyio

from duologue import Duologue, HTTPException, WebSocket, WebSocketDisconnect, WebSocketException
from duologue.exceptions import WebSocketStateError
from duologue.limits import LimitMiddleware, Limits
from duologue.middleware import Middleware
from duologue.responses import PlainTextResponse, StreamingResponse
from duologue.routing import WebSocketRoute
from fuzz.strict_server import StrictServer, pause

PATIENCE = 5.0
_UNREADABLE, _DISCARDING = -1, -2  # in the place of the number of a message
BACKENDS: dict[str, dict[str, Any]] = {
    "asyncio": {"backend": "asyncio"},
    "uvloop": {"backend": "asyncio", "backend_options": {"use_uvloop": True}},
    "trio": {"backend": "trio"},
}

Step = Callable[["Endpoint"], Awaitable[None]]


class PlantedError(Exception):
    """The error that an endpoint raises by chance."""


class Endpoint:
    """An endpoint that does steps by chance, and notes what it has received and done.

    Args:
        random: Where chance comes from.
        websocket: The conversation.
        server: The other side of it.
    """

    def __init__(self, random: Random, websocket: WebSocket, server: StrictServer) -> None:
        self.random = random
        self.websocket = websocket
        self.server = server
        self.received: list[int] = []
        self.sent: list[int] = []  # what the server has taken, as far as the endpoint knows
        self.closed_with: list[int] = []  # while the conversation was open and the client there
        self._next = 0

    async def run(self) -> None:
        """Do some steps, mostly after accepting, and perhaps in two tasks."""
        if self.random.random() < 0.9:
            await self._perhaps_cancelled(Endpoint.accept)
        if self.random.random() < 0.5:
            await self._steps(self.random.choice([0, 1, 3, 8]))
        else:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._steps, self.random.choice([1, 3, 8]))
                await self._steps(self.random.choice([0, 1, 3, 8]))
                if self.random.random() < 0.3:
                    tasks.cancel_scope.cancel()
        if self.random.random() < 0.1:
            raise self.random.choice([PlantedError("by chance"), HTTPException(404), _POLICY])

    async def _steps(self, count: int) -> None:
        for _ in range(count):
            step = self.random.choice(_STEPS)
            try:
                await self._perhaps_cancelled(step)
            except (WebSocketStateError, WebSocketDisconnect):
                if self.random.random() < 0.3:
                    raise
            await pause(self.random.choice([0, 0, 1, 4]))

    async def _perhaps_cancelled(self, step: Step) -> None:
        if self.random.random() < 0.7:
            await step(self)
            return
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._cancel, tasks.cancel_scope, self.random.randint(0, 8))
            try:
                await step(self)
            except (WebSocketStateError, WebSocketDisconnect):
                pass  # a group around it would be in the way of who expects it
            finally:
                tasks.cancel_scope.cancel()

    @staticmethod
    async def _cancel(scope: anyio.CancelScope, after: int) -> None:
        await pause(after)
        scope.cancel()

    # The steps.

    async def accept(self) -> None:
        """Accept the conversation."""
        await self.websocket.accept()

    async def receive(self) -> None:
        """Receive a message of one kind, which may be the wrong one."""
        receive = self.random.choice([self.websocket.receive_json, self.websocket.receive_text])
        await self._hear(receive)

    async def _hear(self, receive: Callable[[], Awaitable[Any]]) -> None:
        try:
            said = await receive()
        except WebSocketException:  # of the wrong kind: taken, but not received
            self.received.append(_UNREADABLE)
        else:
            self.received.append(_number(said))

    async def receive_raw(self) -> None:
        """Receive the next message as ASGI has it."""
        message = await self.websocket.receive()
        if message["type"] == "websocket.receive":
            self.received.append(_number(message.get("text") or message["bytes"]))

    async def iterate(self) -> None:
        """Receive some messages in a loop."""
        count = self.random.randint(1, 4)
        try:
            async for said in self.websocket.iter_text():
                self.received.append(_number(said))
                count -= 1
                if not count:
                    break
        except WebSocketException:
            self.received.append(_UNREADABLE)

    async def send(self) -> None:
        """Send a numbered message."""
        number, self._next = self._next, self._next + 1
        send = self.random.choice([self.websocket.send_text, self.websocket.send_json])
        await send(f"{number}" if send == self.websocket.send_text else number)
        self.sent.append(number)

    async def close(self) -> None:
        """Close the conversation with a code of its own."""
        code = self.random.choice([1000, 1001, 4000, 4001])
        if self.websocket.connected:
            self.closed_with.append(code)
        await self.websocket.close(code, self.random.choice([None, "bye"]))

    async def close_at_last(self) -> None:
        """Close it while everything around is being cancelled, as a `finally` does."""
        try:
            await pause(3)
        finally:
            await self.close()

    async def deny(self) -> None:
        """Refuse the handshake with a response."""

        async def parts() -> Any:
            for part in ("a", "b", "c"):
                await pause(1)
                yield part

        response = self.random.choice(
            [PlainTextResponse("No", status_code=403), StreamingResponse(parts(), status_code=403)]
        )
        await self.websocket.send_denial_response(response)

    async def until_closed(self) -> None:
        """Do some steps in a block that lasts until the peer leaves."""
        discard = self.random.random() < 0.3
        async with self.websocket.until_closed(self.random.choice([1, 16]), discard=discard):
            if discard:
                self.received.append(_DISCARDING)
            await self._steps(self.random.choice([1, 3, 8]))
            await pause(self.random.choice([0, 0, 10]))

    async def rest(self) -> None:
        """Do nothing for a while."""
        await pause(self.random.choice([1, 5, 20]))


_POLICY = WebSocketException(1008, "no")
_STEPS: list[Step] = [
    *[Endpoint.receive, Endpoint.send, Endpoint.send] * 3,
    *[Endpoint.iterate, Endpoint.receive_raw, Endpoint.until_closed, Endpoint.rest],
    *[Endpoint.close, Endpoint.close_at_last, Endpoint.deny, Endpoint.accept],
]


def _number(said: Any) -> int:
    text = said["n"] if isinstance(said, dict) else said
    if isinstance(text, bytes):
        text = text.decode()
    return text if isinstance(text, int) else int(text[5:-1])


class Passing:
    """Middleware as others write it: it wraps both callables, and waits at times."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass everything on."""

        async def waiting_send(message: Any) -> None:
            await pause(1)
            await send(message)

        async def waiting_receive() -> Any:
            return await receive()

        await self.app(scope, waiting_receive, waiting_send)


class Played(logging.Handler):
    """One conversation, from the handshake to its end.

    Args:
        seed: What it is made of.
    """

    def __init__(self, seed: str) -> None:
        super().__init__(logging.ERROR)
        self.random = Random(seed)
        self.server = StrictServer(self.random)
        self.endpoint: Endpoint | None = None
        self.logged: list[str] = []
        self.raised: BaseException | None = None
        self.was_cut_off = False  # the server has cancelled the application
        self.has_closed = False
        layers = [[], [], [Middleware(Passing)], [_LIMITS], [_LIMITS, Middleware(Passing)]]
        self.app = Duologue(
            [WebSocketRoute("/", self._serve)], middleware=self.random.choice(layers), drain=None
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Note what has been logged."""
        self.logged.append(record.getMessage())

    async def _serve(self, websocket: WebSocket) -> None:
        self.endpoint = Endpoint(self.random, websocket, self.server)
        await self.endpoint.run()

    async def play(self) -> list[str]:
        """Play it.

        Returns:
            What did not hold, in words.
        """
        logging.getLogger("duologue").addHandler(self)
        try:
            with anyio.move_on_after(PATIENCE) as patience:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self.server.talk)
                    tasks.start_soon(self._disturb)
                    await self._run()
                    tasks.cancel_scope.cancel()
        finally:
            logging.getLogger("duologue").removeHandler(self)
        if patience.cancelled_caught:
            return [f"it had not ended after {PATIENCE} s"]
        return [*self.server.violations, *self._check()]

    @staticmethod
    async def _cancelling(
        scope: anyio.CancelScope, function: Callable[[], Awaitable[None]]
    ) -> None:
        try:
            await function()
        except Exception:
            scope.cancel()
            raise

    async def _run(self) -> None:
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "path": "/",
            "headers": [],
            "subprotocols": [],
            "query_string": b"",
            "extensions": {"websocket.http.response": {}} if self.random.random() < 0.8 else {},
        }
        self.cancel_scope = anyio.CancelScope()
        try:
            with self.cancel_scope:
                await self.app(scope, self.server.receive, self.server.send)
        except Exception as error:  # noqa: BLE001 - it is compared with what is logged
            self.raised = error

    async def _disturb(self) -> None:
        disturbance = self.random.random()
        if disturbance > 0.2:
            return
        await pause(self.random.randint(1, 60))
        if disturbance < 0.1:
            self.was_cut_off = True
            self.cancel_scope.cancel()
        else:
            self.has_closed = True
            await self.app.close_all()

    def _check(self) -> list[str]:
        wrong: list[str] = []
        wire, server = self.server.wire, self.server
        ends = [
            message
            for message in wire
            if message["type"] == "websocket.close"
            or (message["type"].endswith("body") and not message["more_body"])
        ]
        if len(ends) > 1 or not (ends or self.was_cut_off or server.client_left):
            wrong.append(f"{len(ends)} ends")
        if len(self.app.connections):
            wrong.append("a connection is still counted")
        if bool(self.raised) != bool(self.logged) and not self.was_cut_off:
            wrong.append(f"raised {self.raised!r}, but logged {self.logged}")
        if self.endpoint is not None:
            wrong += self._check_endpoint(self.endpoint, ends)
        return wrong

    def _check_endpoint(self, endpoint: Endpoint, ends: list[Any]) -> list[str]:
        wrong: list[str] = []
        told = endpoint.closed_with
        if told and not (self.server.client_left or self.has_closed or self.was_cut_off):
            codes = [end.get("code") for end in ends]
            if codes != told[:1] and not (self.raised and codes == [1011]):
                wrong.append(f"closed with {told[0]}, but the client got {codes}")
        taken = [*self.server.wire, *self.server.dropped]
        sent = [int(m["text"]) for m in taken if m["type"] == "websocket.send"]
        if len(set(sent)) != len(sent):
            wrong.append(f"a message was sent twice: {sent}")
        if not set(endpoint.sent) <= set(sent):
            wrong.append(f"messages were lost: {endpoint.sent} became {sent}")
        received = [number for number in endpoint.received if number != _DISCARDING]
        complete = len(received) == len(endpoint.received)
        if complete and any(
            said not in {place, _UNREADABLE} for place, said in enumerate(received)
        ):
            wrong.append(f"received in another order than said: {received}")
        return wrong


_LIMITS = Middleware(LimitMiddleware, limits=Limits(message_size=1000))


async def play_all(seeds: Any) -> tuple[int, dict[str, list[str]]]:
    """Play conversations.

    Args:
        seeds: What they are made of.

    Returns:
        How many were played, and what did not hold, by seed.
    """
    count, faults = 0, {}
    for seed in seeds:
        if wrong := await Played(seed).play():
            faults[seed] = wrong
        count += 1
    return count, faults
