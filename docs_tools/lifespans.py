"""The lifespans of many applications on a server that knows of one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import anyio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duologue.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)


class Life:
    """The life of one application (ASGI, "Lifespan Protocol").

    Args:
        app: The application. One that raises or returns has no lifespan, which is no mistake.

    Attributes:
        state: What the application shares with its connections.
        failure: What it says where it could not start, else empty.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.state: dict[str, Any] = {}
        self.failure = ""
        self._asked = False
        self._started = anyio.Event()
        self._stopping = anyio.Event()
        self._ended = anyio.Event()

    async def run(self) -> None:
        """Run it, as a task of its own; what it raises after its start is raised."""
        asgi = {"version": "3.0", "spec_version": "2.0"}
        scope = {"type": "lifespan", "asgi": asgi, "state": self.state}
        try:
            await self.app(scope, self._receive, self._send)
        except Exception:
            if self._started.is_set() and not self.failure:
                raise
        finally:
            self._started.set()
            self._ended.set()

    async def start(self) -> None:
        """Wait until it has started, or has turned out to have no lifespan."""
        await self._started.wait()

    async def stop(self) -> None:
        """Let it take down what it has set up, and wait for that."""
        self._stopping.set()
        await self._ended.wait()

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "lifespan.startup"}
        await self._stopping.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "lifespan.startup.failed":
            self.failure = message.get("message") or "It did not say why."
        self._started.set()


async def run_lives(lives: Mapping[str, Life], receive: Receive, send: Send) -> None:
    """Answer the server's lifespan for all of them: start them, and stop them when it stops.

    One that fails to start is logged by its name, and the others are served.
    """
    await receive()
    async with anyio.create_task_group() as tasks:
        for name, life in lives.items():
            tasks.start_soon(life.run)
            await life.start()
            if life.failure:
                log.error("The lifespan of %s failed to start: %s", name, life.failure)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for life in lives.values():
            await life.stop()
    await send({"type": "lifespan.shutdown.complete"})


def share(scope: Scope, life: Life) -> Scope:
    """Give a connection what its application shares, as a server does: a copy for each."""
    return {**scope, "state": {**life.state}} if life.state else scope
