"""The read-only view of a connection: its scope, and the values read from it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from duologue._asgi.scopes import client_of
from duologue.datastructures import URL, Address, Headers, QueryParams, State
from duologue.types import Scope

# What is not allowed in a cookie, in the quotes of the standard library: an octal code, or itself.
_ESCAPE = re.compile(r"\\(?:([0-3][0-7]{2})|(.))")


class Connection(Mapping[str, Any]):
    """One connection, read from its scope.

    It is a mapping over the scope: `connection["path"]`. Its properties read the same scope in a
    more convenient form. Only `type`, `path` and `headers` are required (ASGI, "Connection Scope").

    Args:
        scope: The scope that the server made for the connection.
    """

    # What the properties have read is kept in slots. (`functools.cached_property` takes a lock on
    # Python 3.11, which costs more than most of these.) `__dict__` lets applications add their own,
    # and has what few of them read, to have less to do for each connection.
    __slots__ = ("__dict__", "__weakref__", "_headers", "_query_params", "_url", "scope")

    _base_url: URL | None = None
    _cookies: dict[str, str] | None = None
    _state: State | None = None

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._url: URL | None = None
        self._headers: Headers | None = None
        self._query_params: QueryParams | None = None

    def _move(self, scope: Scope) -> None:
        """Read from another scope of the same connection, and forget what was read before."""
        self.scope = scope
        self._url = self._base_url = None
        self._headers = self._query_params = self._cookies = self._state = None

    def __getitem__(self, key: str) -> Any:
        return self.scope[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.scope)

    def __len__(self) -> int:
        return len(self.scope)

    # A connection is itself alone, whatever another one's scope says.
    __eq__ = object.__eq__
    __hash__ = object.__hash__  # pyright: ignore[reportAssignmentType]

    @property
    def url(self) -> URL:
        """The URL that the client asked for: a `str` with properties for its parts."""
        if self._url is None:
            self._url = URL.from_scope(self.scope)
        return self._url

    @property
    def base_url(self) -> URL:
        """The URL at which the application is mounted. It ends with a slash.

        It is the same for all routes of the application, including those inside a `Mount`.
        """
        if self._base_url is None:
            # A mount changes the `root_path`, and keeps the application's.
            root = self.scope.get("app_root_path", self.scope.get("root_path")) or ""
            path = root if root.endswith("/") else root + "/"
            at_root = {**self.scope, "path": path, "root_path": "", "query_string": b""}
            self._base_url = URL.from_scope(at_root)
        return self._base_url

    def url_for(self, name: str, /, **path_params: Any) -> URL:
        """Return the whole URL that leads to a route.

        Args:
            name: The name of the route, with the names of its mounts: `outer:inner`.
            path_params: The parameters of its path.

        Raises:
            NoMatchFound: There is no such route. The error lists the routes.
            ValueError: A value is not possible in the path.
            RuntimeError: The connection did not come through a router.
        """
        # Before the router of an application has run, in its middleware, the application knows.
        router: Any = self.scope.get("router") or self.scope.get("app")
        if not hasattr(router, "url_path_for"):
            raise RuntimeError(
                "Only a router knows the URLs of routes, and none has led to this connection. Put "
                "the endpoint behind a Router or an application."
            )
        path: Any = router.url_path_for(name, **path_params)
        return URL(str(path.make_absolute_url(self.base_url)))

    @property
    def app(self) -> Any:
        """The application that the connection belongs to.

        Raises:
            KeyError: There is no application.
        """
        return self.scope["app"]

    @property
    def headers(self) -> Headers:
        """The headers of the handshake. Their names are case-insensitive."""
        if self._headers is None:
            self._headers = Headers((), self.scope.get("headers") or ())
        return self._headers

    @property
    def query_params(self) -> QueryParams:
        """The parameters of the query string."""
        if self._query_params is None:
            self._query_params = QueryParams(self.scope.get("query_string") or b"")
        return self._query_params

    @property
    def path_params(self) -> dict[str, Any]:
        """The parameters that the router took from the path, by name."""
        return self.scope.get("path_params") or {}

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that the client sent, by name (RFC 6265 section 5.4).

        If several cookies have the same name, the first one counts: clients send the most specific
        one first. A quoted value is read as `Response.set_cookie` writes it. A cookie without a
        name has the empty name.
        """
        if self._cookies is None:
            self._cookies = {}
            for header in self.headers.getlist("cookie"):
                for pair in header.split(";"):
                    name, equals, value = pair.partition("=")
                    if not equals:  # browsers write a cookie without a name so
                        name, value = "", name
                    if name.strip() or value.strip():
                        self._cookies.setdefault(name.strip(), _read_cookie(value.strip()))
        return self._cookies

    @property
    def subprotocols(self) -> Sequence[str]:
        """The subprotocols that the client offers, in its order of preference."""
        return self.scope.get("subprotocols") or []

    @property
    def client(self) -> Address | None:
        """The address of the client, or `None` if the server does not tell."""
        return client_of(self.scope)

    @property
    def state(self) -> State:
        """The state that the application shares: the lifespan's state, and values added later."""
        if self._state is None:
            self._state = State(self.scope.setdefault("state", {}))
        return self._state

    @property
    def session(self) -> Any:
        """The session that a session middleware, such as Starlette's, has put into the scope.

        Raises:
            RuntimeError: There is no such middleware around the endpoint.
        """
        return self._from_middleware("session")

    @property
    def user(self) -> Any:
        """The user, according to an authentication middleware such as Starlette's.

        Raises:
            RuntimeError: There is no such middleware around the endpoint.
        """
        return self._from_middleware("user")

    @property
    def auth(self) -> Any:
        """The permissions of the user, according to an authentication middleware.

        Raises:
            RuntimeError: There is no such middleware around the endpoint.
        """
        return self._from_middleware("auth")

    def _from_middleware(self, key: str) -> Any:
        try:
            return self.scope[key]
        except KeyError:
            raise RuntimeError(
                f"There is no {key!r} in the scope: put the middleware that provides it around "
                "the endpoint, as in Duologue(middleware=[...])."
            ) from None


def _read_cookie(value: str) -> str:
    quoted = re.fullmatch(r'"(.*)"', value)
    return value if quoted is None else _ESCAPE.sub(_unescape, quoted[1])


def _unescape(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 8)) if escape[1] else escape[2]
