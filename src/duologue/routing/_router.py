"""The router: finds the route that a connection belongs to, and the URL that leads to a route."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from duologue._adapters import Application, direct, wrap
from duologue._asgi.lifespan import Lifespan, check_lifespan, run_lifespan, serve_lifespan
from duologue._asgi.scopes import path_of, route_path
from duologue._interop.starlette import also_no_match, match_type, url_path_of
from duologue.exceptions import HTTPException
from duologue.middleware import Middleware
from duologue.responses import PlainTextResponse
from duologue.routing._index import RouteIndex
from duologue.routing._url_for import NoMatchFound, URLPath
from duologue.types import ASGIApp, Receive, Scope, Send
from duologue.websockets import WebSocket, is_bounded
from duologue.websockets.denial import deny

# What a scope is told of where the connection has come to.
_FOUND = frozenset({"endpoint", "path_params", "route"})

EVERY_KIND = frozenset({"http", "websocket"})
"""The types of the scopes that a router knows."""


class Match(Enum):
    """Whether a route takes a connection."""

    NONE = 0
    PARTIAL = 1
    FULL = 2


class BaseRoute(ABC):
    """The base class of all routes.

    A route is also an ASGI application, which takes the connections that match and denies all
    others with 404.
    """

    name: str | None
    """The name for `url_path_for`."""

    app: ASGIApp
    """The application that the route passes a connection to."""

    kinds: frozenset[str]
    """The types of scopes that the route takes."""

    named: bool
    """Whether the name was set explicitly."""

    @abstractmethod
    def child_scope(self, scope: Scope, path: str) -> Scope | None:
        """Match a connection.

        Args:
            scope: The scope of a connection. The route must take its type.
            path: The rest of the path, below the router.

        Returns:
            The scope for the application of the route, which may be the same object; or `None` if
                it does not match.
        """

    @abstractmethod
    def find_url_path(self, name: str, parameters: Mapping[str, Any]) -> URLPath | None:
        """Return the URL of a name like `url_path_for`, or `None` if this route does not match."""

    @abstractmethod
    def segments(self) -> tuple[Sequence[str | None], bool]:
        """Describe the paths that match, as `PathTemplate.segments` does."""

    @abstractmethod
    def names(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Iterate over the names of `url_path_for`, each with its parameters."""

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """Return the URL path of the route with a name; see `Router.url_path_for`."""
        found = self.find_url_path(name, path_params)
        if found is None:
            raise also_no_match(NoMatchFound)(name, path_params, self.names())
        return found

    def matches(self, scope: Scope) -> tuple[Enum, Scope]:
        """Return whether a connection matches, for code that is written for Starlette's routes.

        Args:
            scope: The scope. It is not changed.

        Returns:
            Starlette's `Match.FULL` or `Match.NONE`, if Starlette is imported; and the scope for
                the application of the route, or nothing.
        """
        match = match_type(Match)
        child = None
        if scope["type"] in self.kinds:
            child = self.child_scope({**scope}, route_path(scope))
        return (match.NONE, {}) if child is None else (match.FULL, child)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the connection if it matches; otherwise deny it."""
        matches = scope["type"] in self.kinds
        child = self.child_scope(scope, route_path(scope)) if matches else None
        await (not_found if child is None else self.app)(child or scope, receive, send)


class Router:
    """An ASGI application that passes each connection to the first route that matches.

    It does not try one route after the other, so its speed does not depend on the number of routes.

    Args:
        routes: The routes, in order.
        default: The application for connections that no route matches. By default they are denied
            with 404.
        lifespan: A function that takes the application and returns an asynchronous context manager,
            entered at startup and exited at shutdown. The dict that it yields is in the state of
            each connection.
        middleware: Middleware to put around the routes.

    Raises:
        TypeError: One of the routes is not a route, or the lifespan is not a context manager.
        ValueError: Two routes have the same name and parameters.
    """

    def __init__(
        self,
        routes: Iterable[BaseRoute] | None = None,
        *,
        default: ASGIApp | None = None,
        lifespan: Lifespan | None = None,
        middleware: Sequence[Middleware] | None = None,
    ) -> None:
        self.default = not_found if default is None else default
        self.lifespan = check_lifespan(lifespan)
        self._routes: list[BaseRoute] = []
        self._keys: set[tuple[str, frozenset[str]]] = set()
        self._indexes: dict[str, RouteIndex[BaseRoute]] = {}
        self._app = direct(wrap(self.serve, middleware))
        if isinstance(routes, BaseRoute):
            raise TypeError(f"The routes are a list: write [{routes!r}].")
        if routes is not None and not isinstance(routes, Iterable):
            raise TypeError(f"The routes are a list, not {routes!r}.")
        for route in routes or ():
            self.add(route)

    @property
    def routes(self) -> tuple[BaseRoute, ...]:
        """The routes, in order. To add one, call `add`."""
        return tuple(self._routes)

    def add(self, route: BaseRoute) -> None:
        """Add a route after the others.

        Args:
            route: The route.

        Raises:
            TypeError: The argument is not a route.
            ValueError: Another route has the same name and parameters.
        """
        if not isinstance(route, BaseRoute):
            raise TypeError(
                f"A router takes WebSocketRoute, Mount and Host, not {route!r}. Endpoints of HTTP "
                "belong to an application of another framework: Mount it."
            )
        if route.named:
            name, parameters = next(route.names())
            key = name, frozenset(parameters)
            if key in self._keys:
                raise ValueError(
                    f"Two routes are called {name!r} and have the same parameters, so "
                    "url_path_for could not tell them apart. Give one of them another name."
                )
            self._keys.add(key)
        self._routes.append(route)
        self._indexes = {}

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """Return the URL path of the route with a name.

        A connection to that path matches the route with the same parameters.

        Args:
            name: The name of a route. If a mount or host has a name, its routes have that name and
                a colon in front: `outer:inner`. The name of a mount or host itself takes a `path`.
            path_params: The parameters: exactly those that the route has.

        Raises:
            NoMatchFound: No route has this name and these parameters. The error lists the routes.
            ValueError: A value is not possible in the path.
        """
        found = find_url(self._routes, name, path_params)
        if found is None:
            known = (known for route in self._routes for known in route.names())
            raise also_no_match(NoMatchFound)(name, path_params, known)
        return found

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[Any]],  # a framework has its own types for messages
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Pass a connection to its route, or run the lifespan.

        Raises:
            ValueError: The type of the scope is unknown (ASGI, "Applications").
        """
        if scope["type"] == "lifespan":
            await run_lifespan(self.lifespan, self._app, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def serve(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Do the same as calling the router, without its middleware.

        It is not a coroutine itself, because each coroutine costs time at every `await` of the
        endpoint.
        """
        kind = scope["type"]
        if kind == "lifespan":
            return self._serve_lifespan(scope, receive, send)
        index = self._indexes.get(kind) or self._index(kind)
        # What `route_path` does where nothing is mounted, without the call.
        path = route_path(scope) if scope.get("root_path") else scope["path"] or "/"
        scope.setdefault("router", self)  # the outermost one knows all names
        for _, route in index.candidates(path):
            child = route.child_scope(scope, path)
            if child is not None:
                app = route.app
                return (app.serve if isinstance(app, Application) else app)(child, receive, send)
        return self.default(scope, receive, send)

    async def _serve_lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        await serve_lifespan(self.lifespan, scope.get("app", self), scope, receive, send)

    def _index(self, kind: str) -> RouteIndex[BaseRoute]:
        if kind not in EVERY_KIND:
            raise ValueError(f"A router takes scopes of type http and websocket, not {kind!r}.")
        index = RouteIndex(
            (route, *route.segments()) for route in self._routes if kind in route.kinds
        )
        self._indexes[kind] = index
        return index


def find_url(routes: Iterable[Any], name: str, parameters: Mapping[str, Any]) -> URLPath | None:
    """Look for the URL of a name in routes, ours or Starlette's; `None` if it is not there."""
    for route in routes:
        if isinstance(route, BaseRoute):
            found = route.find_url_path(name, parameters)
        else:
            theirs = url_path_of(route, name, parameters)
            found = None if theirs is None else URLPath(theirs, theirs.protocol, theirs.host)
        if found is not None:
            return found
    return None


class InnerScope(dict[str, Any]):
    """A scope with another path or `root_path`, which the code around it does not need.

    The route that a connection has reached is also written into the scope around it.

    Args:
        outer: The scope around it, which is copied (ASGI, "Middleware").
        changes: The differences of this one.
    """

    __slots__ = ("_outer",)

    def __init__(self, outer: Scope, **changes: Any) -> None:
        super().__init__(outer, **changes)
        self._outer = outer

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        if key in _FOUND:
            self._outer[key] = value

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set what is given, as for any `dict`."""
        for key, value in dict(*args, **kwargs).items():
            self[key] = value


def extend(scope: Scope, parameters: dict[str, Any], endpoint: object, route: BaseRoute) -> Scope:
    """Write the route that a connection has reached into its scope.

    The code around a router sees it, too, as with Starlette, so a monitor can name the route.

    Returns:
        The same scope, or, if it does not have the whole path, a copy that has.
    """
    if scope.get("root_path"):
        path = path_of(scope)
        if path != scope["path"]:
            scope = InnerScope(scope, path=path)
    known = scope.get("path_params")
    scope["path_params"] = {**known, **parameters} if known else parameters
    scope["endpoint"] = endpoint
    scope["route"] = route
    return scope


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """Deny a connection that belongs nowhere with 404.

    Raises:
        HTTPException: An application around will answer the handshake.
    """
    response = PlainTextResponse("Not Found", status_code=404)
    if scope["type"] == "http":
        await response(scope, receive, send)
    elif is_bounded(scope):
        raise HTTPException(404)
    else:
        await deny(WebSocket.of(scope, receive, send), response)
