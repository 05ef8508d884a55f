"""Routes: a WebSocket endpoint, a mounted application, and the routes of a host."""

import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from duologue._adapters import as_application, check_application, name_of, wrap
from duologue._asgi.scopes import host_of
from duologue.middleware import Middleware
from duologue.responses import Response
from duologue.routing._paths import PathTemplate
from duologue.routing._router import (
    EVERY_KIND,
    BaseRoute,
    InnerScope,
    Match,
    Router,
    extend,
    find_url,
)
from duologue.routing._url_for import NoMatchFound, URLPath
from duologue.routing.convertors import PathConvertor
from duologue.types import ASGIApp, Scope

__all__ = [
    "BaseRoute",
    "Host",
    "Match",
    "Mount",
    "NoMatchFound",
    "Router",
    "URLPath",
    "WebSocketRoute",
]

# A `Host` header: a name or an address, and a port, which does not matter (RFC 9110 section 7.2).
_HOST = re.compile(r"(\[[0-9A-Za-z:._~!$&'()*+,;=-]+\]|[0-9A-Za-z._~!$&'()*+,;=%-]+)(?::[0-9]*)?")
_PORT = re.compile(r":[0-9]+\Z")


class WebSocketRoute(BaseRoute):
    """A path, and the endpoint for WebSocket connections to it.

    Args:
        path: The path, with its leading slash, not percent-encoded. It may have parameters:
            `/rooms/{room}`, `/days/{day:int}`.
        endpoint: An `async def` that takes the WebSocket; a method or partial that does; a class
            such as `WebSocketEndpoint`; or any ASGI application.
        name: The name for `url_path_for`. The default is the name of the endpoint.
        middleware: Middleware to put around this endpoint only.

    Raises:
        ValueError: The path has no leading slash, or its parameters are wrong.
        TypeError: The endpoint is of another type, or a plain `def`.
    """

    kinds = frozenset({"websocket"})

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        name: str | None = None,
        middleware: Sequence[Middleware] | None = None,
    ) -> None:
        if not isinstance(path, str):
            raise TypeError(f"The path of a route is a str, not {path!r}; it comes first.")
        if not path.startswith("/"):
            raise ValueError(f"The path of a route begins with a slash: write {'/' + path!r}.")
        self.path = path
        self.endpoint = endpoint
        self.name = name_of(endpoint) if name is None else name
        self.named = name is not None
        self.app = wrap(as_application(endpoint), middleware)
        self._template = PathTemplate(path)

    def child_scope(self, scope: Scope, path: str) -> Scope | None:
        """Match a connection by its whole path."""
        parameters = self._template.match(path)
        if parameters is None:
            return None
        return extend(scope, parameters, self.endpoint, self)

    def find_url_path(self, name: str, parameters: Mapping[str, Any]) -> URLPath | None:
        """Return the URL if the name and the names of the parameters are those of the route."""
        if name != self.name or parameters.keys() != self._template.convertors.keys():
            return None
        return URLPath.from_text(self._template.fill(parameters), "websocket")

    def segments(self) -> tuple[Sequence[str | None], bool]:
        """Describe its path."""
        return self._template.segments()

    def names(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Return its name."""
        yield str(self.name), tuple(self._template.convertors)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(path={self.path!r}, name={self.name!r})"


class _Branch(BaseRoute):
    """A route to other routes, or to an application that knows by itself what to do."""

    _app: ASGIApp
    _template: PathTemplate

    @property
    def routes(self) -> Sequence[Any]:
        """The routes inside it, if the application has some."""
        return getattr(self._app, "routes", None) or ()

    @abstractmethod
    def prepend(self, parameters: Mapping[str, Any], path: URLPath) -> URLPath:
        """Make the URL of something inside this route."""

    def find_url_path(self, name: str, parameters: Mapping[str, Any]) -> URLPath | None:
        """Look for the name inside it, or, if the name is its own, for a path inside it."""
        own = set(self._template.convertors)
        if name == self.name and set(parameters) == own | {"path"}:
            path = "/" + str(parameters["path"]).removeprefix("/")
            return self.prepend(parameters, URLPath.from_text(path))
        if self.name is not None:
            if not name.startswith(f"{self.name}:"):
                return None
            name = name.removeprefix(f"{self.name}:")
        if not own <= set(parameters):
            return None
        others = {key: value for key, value in parameters.items() if key not in own}
        found = find_url(self.routes, name, others)
        return None if found is None else self.prepend(parameters, found)

    def names(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Return the names inside it, with its own in front, and its own for a path."""
        own = tuple(self._template.convertors)
        if self.name is not None:
            yield self.name, (*own, "path")
        for route in self.routes:
            if isinstance(route, BaseRoute):
                for name, parameters in route.names():
                    yield name if self.name is None else f"{self.name}:{name}", own + parameters


class Mount(_Branch):
    """A path, and the application or the routes for all paths below it.

    The application finds the path of the mount in `root_path`, as ASGI requires. It gets HTTP
    requests and WebSocket connections; a `Response` gets only HTTP requests.

    Args:
        path: The path, with its leading slash; empty or a slash for everything. It may have
            parameters, but none that matches the rest of the path.
        app: Any ASGI application.
        routes: Routes instead of an application. Their paths continue this path.
        name: The name for `url_path_for`. Its routes have it in front: `name:room`.
        middleware: Middleware to put around the application.

    Raises:
        ValueError: The path has no leading slash, or its parameters are wrong.
        TypeError: Both an application and routes are given, or neither.
    """

    def __init__(
        self,
        path: str,
        app: ASGIApp | None = None,
        routes: Sequence[BaseRoute] | None = None,
        name: str | None = None,
        *,
        middleware: Sequence[Middleware] | None = None,
    ) -> None:
        if path and not path.startswith("/"):
            raise ValueError(f"The path of a mount begins with a slash: write {'/' + path!r}.")
        if (app is None) == (routes is None):
            raise TypeError(
                "A mount has either an application or routes: write Mount(path, app=...) or "
                "Mount(path, routes=[...])."
            )
        self.path = path.rstrip("/")
        self.name = name
        self.named = name is not None
        self._app = Router(routes) if app is None else check_application(app)
        self.app = wrap(self._app, middleware)
        self.kinds = frozenset({"http"}) if isinstance(app, Response) else EVERY_KIND
        self._template = PathTemplate(self.path)
        self._check_parameters()

    def child_scope(self, scope: Scope, path: str) -> Scope | None:
        """Match a connection by the start of its path."""
        found = self._template.match_start(path)
        if found is None:
            return None
        start, parameters = found
        child = extend(InnerScope(scope), parameters, self.app, self)
        root = scope.get("root_path") or ""
        child.setdefault("app_root_path", root)
        child["root_path"] = root.rstrip("/") + start
        return child

    def segments(self) -> tuple[Sequence[str | None], bool]:
        """Describe the start of the path."""
        return self._template.segments()[0], True

    def prepend(self, parameters: Mapping[str, Any], path: URLPath) -> URLPath:
        """Put the path of the mount in front of another one."""
        return path.below(URLPath.from_text(self._template.fill(parameters)))

    def _check_parameters(self) -> None:
        own = self._template.convertors
        if "path" in own or any(type(convertor) is PathConvertor for convertor in own.values()):
            raise ValueError(
                f"The path {self.path!r} of a mount takes everything below it already: leave the "
                "parameter `path`, or of type `path`, out."
            )
        for name, parameters in self.names():
            twice = sorted(own.keys() & set(parameters[len(own) :]))
            if twice:
                raise ValueError(
                    f"Duplicated param name {', '.join(twice)} at path {self.path} and its route "
                    f"{name}: give each parameter a name of its own."
                )

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(path={self.path!r}, name={self.name or ''!r}, app={self.app!r})"
        )


class Host(_Branch):
    """A host, and the application for the connections to it.

    Args:
        host: The host, case-insensitive. It may have parameters: `{team}.example.com`. A port is
            used only in URLs: a connection matches whatever its port is.
        app: Any ASGI application.
        name: The name for `url_path_for`. Its routes have it in front: `name:room`.

    Raises:
        ValueError: The host begins with a slash, or its parameters are wrong.
    """

    def __init__(self, host: str, app: ASGIApp, name: str | None = None) -> None:
        if "/" in host:
            raise ValueError(
                f"{host!r} is not a host: write one like 'example.com', or use Mount for a path."
            )
        self.host = host
        self.name = name
        self.named = name is not None
        self.app = self._app = check_application(app)
        self.kinds = frozenset({"http"}) if isinstance(app, Response) else EVERY_KIND
        self._port = "".join(_PORT.findall(host))
        self._template = PathTemplate(host.removesuffix(self._port), ignore_case=True)

    def child_scope(self, scope: Scope, path: str) -> Scope | None:
        """Match a connection by its `Host` header."""
        host = _host_name(scope)
        parameters = None if host is None else self._template.match(host)
        if parameters is None:
            return None
        return extend(scope, parameters, self.app, self)

    def segments(self) -> tuple[Sequence[str | None], bool]:
        """Say that any path may match."""
        return (), True

    def prepend(self, parameters: Mapping[str, Any], path: URLPath) -> URLPath:
        """Put the host in front of a path."""
        host = self._template.fill(parameters).lower() + self._port
        if _HOST.fullmatch(host) is None:
            raise ValueError(f"{host!r} is not a host. Use other values for the parameters.")
        return URLPath(path, path.protocol, host)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(host={self.host!r}, name={self.name or ''!r}, app={self.app!r})"
        )


def _host_name(scope: Scope) -> str | None:
    host = _HOST.fullmatch(host_of(scope) or "")
    return host and host[1].lower()
