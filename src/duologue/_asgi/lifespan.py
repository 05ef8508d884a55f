"""The lifespan protocol of ASGI: startup and shutdown of an application."""

import inspect
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

from duologue._concurrency import background
from duologue._tracebacks import tell_failure
from duologue.types import ASGIApp, Message, Receive, Scope, Send

Lifespan: TypeAlias = Callable[[Any], AbstractAsyncContextManager[Mapping[str, Any] | None]]
"""Makes the context manager around the life of an application; the value it yields is shared."""


_FOR_THE_PROCESS = (SystemExit, KeyboardInterrupt, BaseExceptionGroup)


async def serve_lifespan(
    lifespan: Lifespan | None, app: object, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer a scope of type `lifespan` (ASGI, "Lifespan Protocol").

    The dict that the context manager yields is put into `scope["state"]`, from where the server
    copies it for each connection. `run_lifespan`, further out, handles what it raises.

    Args:
        lifespan: Makes the context manager to enter, if there is one.
        app: The argument for it.
        scope: The scope of the lifespan. A server that cannot share state sends none; here it has
            one afterwards.
        receive: The server's `receive`.
        send: The server's `send`.

    Raises:
        TypeError: The context manager yields a value that is not a mapping.

    Cancelling it exits the context manager.
    """
    shared: dict[str, Any] = scope.setdefault("state", {})
    await receive()
    async with _nothing() if lifespan is None else lifespan(app) as given:
        shared.update(check_shared(given))
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})


@asynccontextmanager
async def _nothing() -> AsyncGenerator[None]:
    yield


async def run_lifespan(
    lifespan: Lifespan | None, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Let an application answer a scope of type `lifespan`, and tell the server if it fails.

    If an application only raises, a server concludes that it does not support lifespans (ASGI,
    "Lifespan Protocol"), and serves it. So every exception of the application is reported as a
    failure, with its traceback if that is needed.

    Args:
        lifespan: The lifespan that the application has to run. Without one, the middleware around
            it may not support lifespans.
        app: The application, with its middleware.
        scope: The scope of the lifespan.
        receive: The server's `receive`.
        send: The server's `send`.

    Raises:
        RuntimeError: The application wants to end the process, or has returned without an answer.
            Servers do not expect `SystemExit` and its kin here, and some lose their way with them.
        Exception: The exception that the application raised.

    Cancelling it cancels the application. Between startup and shutdown nothing is announced then.
    """
    unanswered = ["startup", "shutdown"]
    needed = lifespan is not None
    dropped: list[type[BaseException]] = []

    async def watched_receive() -> Message:
        nonlocal needed
        needed = True
        try:
            return await receive()
        except BaseException as error:
            dropped.append(type(error))
            raise

    async def watched_send(message: Message) -> None:
        kind = message["type"]
        failed = kind.endswith(".failed")
        unanswered[:] = [
            each for each in unanswered if not failed and kind != f"lifespan.{each}.complete"
        ]
        await send(message)

    try:
        await app(scope, watched_receive, watched_send)
        if needed and "startup" in unanswered:
            raise RuntimeError(  # noqa: TRY301 - a failure like any other
                "The lifespan was not run: a middleware keeps it from the application."
            )
    except BaseException as error:
        # Where the server gives up an application that it serves, it asks for no answer.
        given_up = unanswered == ["shutdown"] and type(error) in dropped
        if needed and unanswered and (isinstance(error, Exception) or not given_up):
            failed = f"lifespan.{unanswered[0]}.failed"
            await send({"type": failed, "message": tell_failure(error)})
        if not isinstance(error, _FOR_THE_PROCESS) or isinstance(error, Exception):
            raise
        raise RuntimeError(f"The lifespan failed: {error!r}") from error


class Life:
    """One life of an application; it may have several at once.

    Args:
        outer: The application that it is mounted in, if that is known.

    Attributes:
        shared: The values in the state of each of its connections, in addition to those of the
            scope.
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
