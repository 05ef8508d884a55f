"""Endpoint adapters: they make an ASGI application of any endpoint of a route."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any

from duologue.types import ASGIApp, Receive, Scope, Send
from duologue.websockets import WebSocket

Endpoint = Callable[[WebSocket], Awaitable[None]]


class Application:
    """An ASGI application that is recognised as one of version 3, whatever it is made of.

    Some middleware asks whether a function, or the `__call__` of an object, is an `async def`. If
    it is not, they call it as in version 2, with the scope alone.

    Args:
        serve: What is called, and returns something to await. Who needs nothing recognised calls it
            itself: each coroutine costs time whenever the endpoint waits for something.
    """

    __slots__ = ("serve",)

    def __init__(self, serve: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.serve = serve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection."""
        await self.serve(scope, receive, send)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.serve!r})"


_REMEDY = (
    "An endpoint is an `async def` that takes the websocket, a class such as WebSocketEndpoint, "
    "or an ASGI application, which takes scope, receive and send."
)


def as_application(endpoint: Callable[..., Any]) -> ASGIApp:
    """Make an ASGI application of an endpoint.

    Args:
        endpoint: A function, method, partial or object that takes the WebSocket or the arguments of
            ASGI, or a class that takes the arguments of ASGI, and whose instances can be awaited.

    Raises:
        TypeError: The endpoint is of another type, or a plain `def`.
    """
    if isinstance(endpoint, type):
        if not hasattr(endpoint, "__await__"):
            raise TypeError(
                f"Instances of the class {endpoint.__name__} cannot be awaited. {_REMEDY}"
            )
        return Application(endpoint)
    if not callable(endpoint):
        raise TypeError(f"{endpoint!r} cannot be called. {_REMEDY}")
    if not _takes(endpoint, 1):
        if not _takes(endpoint, 3):
            raise TypeError(
                f"{name_of(endpoint)!r} takes neither one argument nor three. {_REMEDY}"
            )
        return recognisable(endpoint)
    if not _is_async(endpoint):
        raise TypeError(f"{name_of(endpoint)!r} is not an `async def`. {_REMEDY}")
    return Application(_session(endpoint))


def check_application(app: ASGIApp) -> ASGIApp:
    """Check an application: of a test, or below a path or a host.

    Raises:
        TypeError: It cannot be called as ASGI does since version 3.
    """
    if not callable(app):
        raise TypeError(
            f"{app!r} is not an ASGI application, which takes scope, receive and send. Routes go "
            "into Duologue(routes=[...]) or Mount(path, routes=[...])."
        )
    if _is_marked(app) or _takes(app, 3):
        return app
    if _is_of_asgi_2(app):
        raise TypeError(
            f"{name_of(app)!r} takes the scope alone, as applications of ASGI 2 do. Make it one of "
            "ASGI 3 with asgiref.compatibility.guarantee_single_callable(app)."
        )
    raise TypeError(
        f"{name_of(app)!r} is not an ASGI application: it does not take scope, receive and send. "
        "An endpoint goes into a WebSocketRoute."
    )


def name_of(endpoint: Any) -> str:
    """Tell by what name an endpoint is known: its own, or that of its class."""
    while isinstance(endpoint, partial):
        endpoint = endpoint.func
    name: str = getattr(endpoint, "__name__", type(endpoint).__name__)
    return name


def wrap(app: ASGIApp, middleware: Sequence[Iterable[Any]] | None) -> ASGIApp:
    """Put middleware around an application.

    Args:
        app: The application.
        middleware: The middleware, the outermost first. Each contains its class, and its other
            arguments by position and by name, as `duologue.middleware.Middleware` does.

    Raises:
        TypeError: The argument is not a list of middleware, or one of them does not make an
            application.
    """
    try:
        layers = [(make, args, kwargs) for make, args, kwargs in middleware or ()]
    except (TypeError, ValueError):
        raise TypeError(
            "The middleware is a list, with a Middleware(CLASS, its arguments…) for each, "
            f"not {middleware!r}."
        ) from None
    for make, args, kwargs in reversed(layers):
        app = make(recognisable(app), *args, **kwargs)
        if not callable(app):
            raise TypeError(
                f"The middleware {name_of(make)!r} has made {app!r}. It takes an ASGI application, "
                "and is or returns one."
            )
    return app


def recognisable(app: ASGIApp) -> ASGIApp:
    """Wrap an application if others would not recognise it."""
    called: Any = app if inspect.isfunction(app) else type(app).__call__
    return app if inspect.iscoroutinefunction(called) else Application(app)


def direct(app: ASGIApp) -> ASGIApp:
    """Return what to call if nobody has to recognise the application."""
    return app.serve if isinstance(app, Application) else app


def _session(endpoint: Endpoint) -> ASGIApp:
    # No coroutine of its own: each one costs time whenever the endpoint waits for something.
    def app(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return endpoint(WebSocket.of(scope, receive, send))

    return app


def _is_marked(app: Any) -> bool:
    # asgiref believes this mark, whatever the signature says.
    return bool(getattr(app, "_asgi_single_callable", False))


def _is_of_asgi_2(app: Callable[..., Any]) -> bool:
    # An `async def` with one argument is an endpoint, what needs none makes an application.
    return _takes(app, 1) and not _takes(app, 0) and not _is_async(app)


def _takes(function: Callable[..., Any], count: int) -> bool:
    # What a decorator shows to the outside may be called otherwise: the wrapper itself counts.
    try:
        signature = inspect.signature(function, follow_wrapped=False)
    except (TypeError, ValueError):
        return True  # it does not tell
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def _is_async(function: Any) -> bool:
    while isinstance(function, partial):
        function = function.func
    functions = [function, type(function).__call__]
    return any(
        _is_coroutine_function(each) for each in [*functions, *map(inspect.unwrap, functions)]
    )


def _is_coroutine_function(function: Any) -> bool:
    # A mock says so by its code, which not every version of Python believes.
    flags = getattr(getattr(function, "__code__", None), "co_flags", None)
    return inspect.iscoroutinefunction(function) or (
        isinstance(flags, int) and bool(flags & inspect.CO_COROUTINE)
    )
