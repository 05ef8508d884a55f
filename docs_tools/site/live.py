"""Every snippet live on one server: ``/live/PAGE/NAME`` leads to the program's own paths."""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

import anyio

from docs_tools.project.languages import ROOT
from docs_tools.project.snippets import REMEMBERS, Snippet, snippets
from duologue.testclient import AsyncTestClient

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Generator
    from pathlib import Path

    from duologue.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger(__name__)

PREFIX = "/live/"
LIST = PREFIX + "snippets.json"


@dataclass
class Program:
    """A program that is served.

    Attributes:
        client: The test client that runs its lifespan.
        talking: How many connections it has.
        started: Set when its lifespan has started.
        deserted: Set when its last connection has ended.
    """

    app: ASGIApp
    client: AsyncTestClient = field(init=False)
    talking: int = 0
    started: anyio.Event = field(default_factory=anyio.Event)
    deserted: anyio.Event = field(default_factory=anyio.Event)

    def __post_init__(self) -> None:
        # The test client is what runs the lifespan of an application that is given to it.
        self.client = AsyncTestClient(self.app)


class Live:
    """The snippets' programs as one ASGI application.

    A program sees the path as if it ran alone: ``/live/websockets/echo/ws`` is its ``/ws``, with
    an empty ``root_path``. ``/live/snippets.json`` lists the names of what is live. A program that
    remembers its conversations is started anew when all of its clients have left.

    Args:
        root: The folder that holds ``docs_src``; it must be importable.
        remember: The snippets whose programs remember. The call of the first connection to one ends
            with the last connection; some servers answer a close only after that.
    """

    def __init__(self, root: Path = ROOT, remember: Collection[str] = REMEMBERS) -> None:
        self.root = root
        self.remember = remember
        self.programs = {
            snippet.name: Program(load_app(snippet))
            for snippet in snippets(root)
            if snippet.script.is_file()
        }
        self.anew: dict[str, Program] = {}  # those that remember, while somebody talks to them

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a connection to the snippet that its path names, or refuse it."""
        if scope["type"] == "lifespan":
            await self.run_lifespans(receive, send)
            return
        found = self.find(scope["path"])
        if scope["type"] == "websocket" and found:
            name, path = found
            raw_path = strip(scope.get("raw_path"), name)
            async with self.talk_to(name) as program:
                shared = program.client.state.copy()
                inner = {"path": path, "raw_path": raw_path, "root_path": "", "state": shared}
                await program.app({**scope, **inner}, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000, "reason": ""})
        elif scope["path"] == LIST:
            await answer(send, 200, b"application/json", json.dumps(sorted(self.programs)).encode())
        else:
            await answer(send, 404, b"text/plain; charset=utf-8", b"There is nothing at this path.")

    async def run_lifespans(self, receive: Receive, send: Send) -> None:
        """Start every program when the server starts, and stop them all when it stops.

        One that fails to start is logged by its name, and the others are served.
        """
        await receive()
        async with AsyncExitStack() as running:
            for name, program in self.programs.items():
                if name in self.remember:
                    continue
                try:
                    await running.enter_async_context(program.client)
                except Exception:
                    log.exception("The lifespan of %s failed to start", name)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def talk_to(self, name: str) -> AsyncGenerator[Program]:
        """Give the program that a connection belongs to.

        The first connection to one that remembers runs its lifespan, until all have left.
        """
        if name not in self.remember:
            yield self.programs[name]
            return
        program = self.anew.get(name)
        if program is not None:
            with self.count(name, program):
                await program.started.wait()
                yield program
            return
        program = self.anew[name] = Program(load_app(Snippet(name, self.root), anew=True))
        async with AsyncExitStack() as running:
            with self.count(name, program):
                try:
                    await running.enter_async_context(program.client)
                finally:
                    program.started.set()
                yield program
            await program.deserted.wait()

    @contextmanager
    def count(self, name: str, program: Program) -> Generator[None]:
        """Count a connection to a program that remembers, which ends with the last of them."""
        program.talking += 1
        try:
            yield
        finally:
            program.talking -= 1
            if not program.talking:
                del self.anew[name]
                program.deserted.set()

    def find(self, path: str) -> tuple[str, str] | None:
        """Find the snippet that a path names, and the path that is left for it."""
        page, _, rest = path.removeprefix(PREFIX).partition("/")
        name, slash, inner = rest.partition("/")
        name = f"{page}/{name}"
        return (name, slash + inner) if name in self.programs else None


def load_app(snippet: Snippet, *, anew: bool = False) -> ASGIApp:
    """Import a snippet's program, perhaps anew.

    Raises:
        ValueError: The program has no ``app``.
    """
    module = importlib.import_module(snippet.module)
    spec = module.__spec__ if anew else None
    if spec and spec.loader:
        module = importlib.util.module_from_spec(spec)  # beside the one that others have
        spec.loader.exec_module(module)
    if not hasattr(module, "app"):
        raise ValueError(f"{snippet.program} has no `app`, so it cannot be served")
    app: ASGIApp = module.app
    return app


def strip(raw_path: bytes | None, name: str) -> bytes | None:
    """Take the address of a snippet off the path as it was sent."""
    prefix = quote(PREFIX + name).encode()
    return raw_path.removeprefix(prefix) if raw_path is not None else None


async def answer(send: Send, status: int, kind: bytes, body: bytes) -> None:
    """Answer an HTTP request."""
    headers = [
        (b"content-type", kind),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
