"""The application: routes, with middleware, exception handlers and the lifespan around them."""

from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import Any

from duologue import status
from duologue._adapters import direct, wrap
from duologue._asgi.lifespan import Life, Lifespan, check_shared, find_life, run_lifespan
from duologue._codec import CODEC_KEY, Codec
from duologue.datastructures import State
from duologue.middleware import Middleware
from duologue.middleware.boundary import Boundary, Handler
from duologue.origins import OriginMiddleware
from duologue.routing import BaseRoute, Router, URLPath
from duologue.shutdown.drain import DEFAULT_DRAIN, Drain, GracefulShutdown
from duologue.types import Receive, Scope, Send
from duologue.websockets import is_bounded


class Duologue(Boundary):
    """An application of WebSocket endpoints, for any ASGI server.

        app = Duologue(routes=[WebSocketRoute("/ws", endpoint)])

    From the outside to the inside it consists of the error boundary, which closes every connection
    properly, the check of origins, the middleware, and the router.

    Args:
        routes: The routes: `WebSocketRoute`, `Mount` and `Host`.
        debug: Whether to show tracebacks of unexpected errors to clients, and in the log. Never do
            so in production.
        middleware: Middleware to put around the routes; the first one is outermost.
        exception_handlers: Functions by the type of an exception, or by the status of an
            `HTTPException`. Each takes the WebSocket, the same object that the endpoint has, and
            the exception. It may return a response, which denies a handshake that is not answered
            yet.
        lifespan: A function that takes the application and returns an asynchronous context manager.
            It is entered before the first connection, and exited after the last one. The dict that
            it yields becomes the state of each connection.
        allowed_origins: The origins whose pages may connect, in addition to the host's own; see
            `duologue.origins.AllowedOrigins`.
        trusted_proxies: The proxies that are trusted to say which host the browser asked for; see
            `duologue.origins.OriginMiddleware`.
        allowed_hosts: The hosts that the application serves; see `duologue.origins.AllowedHosts`.
            The default is any host.
        json_loads: Parses JSON for `receive_json` and `iter_json`. It takes `str` or `bytes`, and
            raises a `ValueError` if that is not JSON. The default is the standard library's.
        json_dumps: Writes JSON for `send_json`, as `str` or `bytes`. The default is the standard
            library's.
        state: The initial content of `app.state`.
        drain: How to shut down gracefully when the server is told to terminate; `None` to leave it
            to the server.

    Attributes:
        connections: The WebSockets that are open now.
        state: Values that the application shares under any names, as `websocket.app.state`.
        router: The router inside all middleware.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An origin, a proxy, a host, or the status of an exception handler is invalid.
    """

    def __init__(
        self,
        routes: Sequence[BaseRoute] | None = None,
        *,
        debug: bool = False,
        middleware: Sequence[Middleware] | None = None,
        exception_handlers: Mapping[Any, Handler] | None = None,
        lifespan: Lifespan | None = None,
        allowed_origins: Iterable[str] = (),
        trusted_proxies: Iterable[str] = (),
        allowed_hosts: Iterable[str] = (),
        json_loads: Callable[[str | bytes], Any] | None = None,
        json_dumps: Callable[[Any], str | bytes] | None = None,
        state: Mapping[str, Any] | None = None,
        drain: Drain | None = DEFAULT_DRAIN,
    ) -> None:
        self.router = Router(routes, lifespan=lifespan)
        super().__init__(
            OriginMiddleware(
                direct(wrap(self.router.serve, middleware)),
                allowed_origins,
                trusted_proxies,
                allowed_hosts=allowed_hosts,
            ).serve,
            exception_handlers,
            debug=debug,
        )
        self._shutdown = GracefulShutdown(self._connections, drain) if drain is not None else None
        if state is not None and not isinstance(state, Mapping):
            raise TypeError(f"The state is a dict, with a value for each name, not {state!r}.")
        self.state = State(dict(state or {}))
        self._lives: list[Life] = []
        self._codec = Codec(json_loads, json_dumps) if json_loads or json_dumps else None

    @property
    def debug(self) -> bool:
        """Whether tracebacks are shown."""
        return self._debug

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """The routes of its router."""
        return self.router.routes

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """Return the URL path of the route with a name; see `Router.url_path_for`."""
        return self.router.url_path_for(name, **path_params)

    async def close_all(
        self,
        code: int = status.WS_1012_SERVICE_RESTART,
        reason: str | None = None,
        grace: float = 5.0,
    ) -> None:
        """Close all connections, and wait for their endpoints; see `Connections.close_all`."""
        await self.connections.close_all(code, reason, grace)

    @asynccontextmanager
    async def lifespan_context(self, outer: object = None) -> AsyncGenerator[dict[str, Any] | Any]:
        """Run the lifespan of this application when it is mounted in another one.

        A server tells only the outermost application when to start and stop, and few frameworks
        pass that on to mounted applications. This is a lifespan for the outer application. Use it
        directly, or inside one of your own:

            app = FastAPI(lifespan=chat.lifespan_context)
            app.mount("/chat", chat)

        Args:
            outer: The argument with which a framework calls its lifespan. It is ignored.

        Returns:
            An asynchronous context manager. It enters the context manager of `lifespan`, and adds
                the dict that this yields to the state of each connection, next to the state of the
                outer application. It yields the same dict, or `None` without one.

        Raises:
            TypeError: The lifespan yields a value that is not a mapping.

        Cancelling it exits the lifespan.
        """
        # The annotation has `Any` for the `None`: Starlette's type of a lifespan is a function that
        # yields mappings, or one that yields `None`, and not one that may yield either. `{}` in
        # place of `None` would be no help: Starlette starts with it only on servers with state.
        lifespan = self.router.lifespan
        with self._life(outer) as life:
            if lifespan is None:
                yield None
                return
            async with lifespan(self) as given:
                life.shared = dict(check_shared(given))
                yield dict(life.shared) or None

    def _enter(self, scope: Scope) -> None:
        if self._lives:
            shared = find_life(self._lives, scope.get("app")).shared
            if shared or "state" not in scope:
                scope["state"] = {**scope.get("state", {}), **shared}
        elif "state" not in scope:
            scope["state"] = {}
        scope["app"] = self
        if self._codec is not None:
            scope[CODEC_KEY] = self._codec
        shutdown = self._shutdown
        if shutdown is not None and not shutdown.settled and not is_bounded(scope):
            shutdown.settle()  # else that is for the outer application

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            self._enter(scope)
            await super()._pass_on(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._life(scope.get("app")) as life:
            if "state" not in scope:  # the server cannot share the state of the lifespan
                life.shared = scope["state"] = {}
            scope["app"] = self
            await run_lifespan(self.router.lifespan, self._app, scope, receive, send)

    @contextmanager
    def _life(self, outer: object) -> Generator[Life]:
        """Live once, with a state and a shutdown that no other life touches."""
        life = Life(outer)
        self._lives.append(life)
        try:
            with nullcontext() if self._shutdown is None else self._shutdown.life():
                yield life
        finally:
            self._lives.remove(life)
