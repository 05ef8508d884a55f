"""The life of an application on a server: what is set up before, and taken down after."""

import inspect
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

from duologue import background
from duologue.types import Receive, Scope, Send

Lifespan: TypeAlias = Callable[[Any], AbstractAsyncContextManager[Mapping[str, Any] | None]]
"""Makes the context manager around the life of an application; what it yields is shared."""


async def serve_lifespan(
    lifespan: Lifespan | None, app: object, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer a scope of type `lifespan` (ASGI, "Lifespan Protocol").

    What the context manager yields goes into `scope["state"]`, from where the server copies it for
    each connection. What it raises is announced to the server with its traceback, and raised again.

    Args:
        lifespan: Makes the context manager to enter, where there is one.
        app: What it is called with.
        scope: The scope of the lifespan. A server that cannot share state sends none; here it has
            one afterwards.
        receive: The server's `receive`.
        send: The server's `send`.

    Raises:
        TypeError: What the context manager yields is no mapping.

    Cancelling it leaves the context manager, and announces nothing.
    """
    shared: dict[str, Any] = scope.setdefault("state", {})
    await receive()
    step = "startup"
    try:
        if lifespan is None:
            await send({"type": "lifespan.startup.complete"})
            step = "shutdown"
            await receive()
        else:
            async with lifespan(app) as given:
                shared.update(check_shared(given))
                await send({"type": "lifespan.startup.complete"})
                step = "shutdown"
                await receive()
    except Exception:
        await send({"type": f"lifespan.{step}.failed", "message": traceback.format_exc()})
        raise
    await send({"type": "lifespan.shutdown.complete"})


class Life:
    """One life of an application; it may have several at once.

    Args:
        outer: The application that it is mounted in, where that is known.

    Attributes:
        shared: What each of its connections has in its state, beside what comes with the scope.
    """

    def __init__(self, outer: object) -> None:
        self.outer = outer
        self.loop = background.current_loop()
        self.shared: Mapping[str, Any] = {}


def find_life(lives: Sequence[Life], outer: object) -> Life:
    """Find the life that a connection belongs to, of those that there are now.

    Args:
        lives: All of them, at least one, the newest one last.
        outer: The application that the connection comes through.
    """
    if len(lives) == 1:
        return lives[0]
    loop = background.current_loop()
    return max(reversed(lives), key=lambda life: (life.outer is outer, life.loop is loop))


def check_lifespan(lifespan: Lifespan | None) -> Lifespan | None:
    """Check what shall make the context manager, before a server starts with it.

    Raises:
        TypeError: It cannot be called, or its decorator is missing.
    """
    if inspect.isasyncgenfunction(lifespan) or inspect.isgeneratorfunction(lifespan):
        raise TypeError(
            f"The lifespan {lifespan.__name__!r} is a bare generator. "
            "Put @contextlib.asynccontextmanager above it, and let it be `async def`."
        )
    if inspect.iscoroutinefunction(lifespan):
        raise TypeError(
            f"The lifespan {lifespan.__name__!r} does not yield. Put "
            "@contextlib.asynccontextmanager above it, and let it `yield` between startup and "
            "shutdown."
        )
    if lifespan is not None and not callable(lifespan):
        raise TypeError(
            "A lifespan is a function that takes the application and returns an asynchronous "
            f"context manager, not {lifespan!r}."
        )
    return lifespan


def check_shared(given: object) -> Mapping[str, Any]:
    """Check what a lifespan yields: a mapping, or nothing.

    Raises:
        TypeError: It is something else.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise TypeError(
            f"A lifespan yields a dict, to be shared as state, or nothing; not {given!r}."
        )
    return given  # pyright: ignore[reportUnknownVariableType]
