"""The router: finds the route that a connection belongs to, and the URL that leads to a route."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
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
    """What all routes have in common.

    A route is an ASGI application too, which takes what matches and denies all else with 404.
    """

    name: str | None
    """What it is called in `url_path_for`."""

    app: ASGIApp
    """What it hands a connection to."""

    kinds: frozenset[str]
    """The types of scopes that it takes."""

    named: bool
    """Whether the name was chosen for it."""

    @abstractmethod
    def child_scope(self, scope: Scope, path: str) -> Scope | None:
        """Match a connection.

        Args:
            scope: The scope of a connection, of a type that the route takes.
            path: The path that is left of it below the router.

        Returns:
            The scope for the application behind the route, perhaps the same one; or `None` where
                it does not match.
        """

    @abstractmethod
    def find_url_path(self, name: str, parameters: Mapping[str, Any]) -> URLPath | None:
        """Look for the URL of a name, as `url_path_for` does; `None` where it is not here."""

    @abstractmethod
    def segments(self) -> tuple[Sequence[str | None], bool]:
        """Tell what matching paths look like, as `PathTemplate.segments` does."""

    @abstractmethod
    def names(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Go through the names that can be looked for, each with its parameters."""

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """Return the path of the URL that leads to a name; see `Router.url_path_for`."""
        found = self.find_url_path(name, path_params)
        if found is None:
            raise also_no_match(NoMatchFound)(name, path_params, self.names())
        return found

    def matches(self, scope: Scope) -> tuple[Enum, Scope]:
        """Tell whether a connection matches, for what is made for the routes of Starlette.

        Args:
            scope: The scope. It stays as it is.

        Returns:
            `Match.FULL` or `Match.NONE`, of Starlette where that is loaded; and what the scope for
                the application behind the route would be, or nothing.
        """
        match = match_type(Match)
        child = None
        if scope["type"] in self.kinds:
            child = self.child_scope({**scope}, route_path(scope))
        return (match.NONE, {}) if child is None else (match.FULL, child)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the connection if it matches, or deny it."""
        matches = scope["type"] in self.kinds
        child = self.child_scope(scope, route_path(scope)) if matches else None
        await (not_found if child is None else self.app)(child or scope, receive, send)


class Router:
    """An ASGI application that hands each connection to the first route that matches it.

    It finds that route without trying one after the other, so it takes the same time however many
    there are.

    Args:
        routes: The routes, in order.
        default: What gets the connections that no route matches, instead of a denial with 404.
        lifespan: A function that takes the application and returns an asynchronous context manager,
            entered at startup and left at shutdown. What that yields is in the state of each
            connection.
        middleware: What to put around the routes.

    Raises:
        TypeError: A route is none, or the lifespan is no context manager.
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
        for route in routes or ():
            self.add(route)

    @property
    def routes(self) -> tuple[BaseRoute, ...]:
        """The routes, in order. To add one, call `add`."""
        return tuple(self._routes)

    def add(self, route: BaseRoute) -> None:
        """Add a route behind the others.

        Args:
            route: The route.

        Raises:
            TypeError: It is no route.
            ValueError: Another one has the same name and parameters.
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
        """Return the path of the URL that leads to a name.

        A connection that is made to it is matched with the same parameters.

        Args:
            name: The name of a route. Those behind a mount or host that has a name stand behind it
                and a colon: `outer:inner`. The name of a mount or host itself takes a `path`.
            path_params: The parameters, all of those that the route has and no others.

        Raises:
            NoMatchFound: No route has this name and these parameters. The error says which there
                are.
            ValueError: A value cannot stand in the path.
        """
        found = find_url(self._routes, name, path_params)
        if found is None:
            known = (known for route in self._routes for known in route.names())
            raise also_no_match(NoMatchFound)(name, path_params, known)
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a connection to its route, or answer the lifespan.

        Raises:
            ValueError: The scope is of a type that is not known here (ASGI, "Applications").
        """
        if scope["type"] == "lifespan":
            await run_lifespan(self.lifespan, self._app, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def serve(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Do what calling the router does, without its middleware.

        It is no coroutine of its own: each one costs time whenever the endpoint waits.
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
    """Look for the URL of a name in routes, ours or Starlette's; `None` where it is not there."""
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
    """A scope with another path or `root_path`, of which what stands around has no use.

    Where the connection has come to is told to the scope around it too, whoever finds that out.

    Args:
        outer: The scope around it, which is copied (ASGI, "Middleware").
        changes: What is different in this one.
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
    """Tell a scope where the connection has come to.

    What stands around a router sees it too, as with Starlette: so a monitor can name the route.

    Returns:
        The same scope, or, where it does not have the whole path, another one that has.
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
