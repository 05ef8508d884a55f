"""`url_for`: from the name of a route and its parameters to its URL."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Self
from urllib.parse import quote

from duologue._interop.starlette import also_no_match
from duologue.datastructures import URL

# What may stand in a path as it is, beside letters, digits and "-._~" (RFC 3986 section 3.3).
_PATH_SAFE = "/:@!$&'()*+,;="
_SCHEMES = {
    ("http", False): "http",
    ("http", True): "https",
    ("websocket", False): "ws",
    ("websocket", True): "wss",
}
_MOST_NAMES = 20

Protocol = Literal["http", "websocket", ""]


class URLPath(str):
    """The path of a URL, percent-encoded: a string that may also contain the protocol and the host.

    Attributes:
        protocol: The protocol of the route, `http` or `websocket`, or empty if it may be either.
        host: The host that the route requires, or empty if it takes any host.
    """

    __slots__ = ("host", "protocol")

    host: str
    protocol: Protocol

    def __new__(cls, path: str, protocol: Protocol = "", host: str = "") -> Self:
        if path.startswith("//"):
            path = "/%2F" + path[2:]  # else what follows would be taken for a host
        made = super().__new__(cls, path)
        made.protocol = protocol
        made.host = host
        return made

    @classmethod
    def from_text(cls, text: str, protocol: Protocol = "") -> "URLPath":
        """Percent-encode a path.

        Args:
            text: The path, decoded.
            protocol: The protocol of the route.

        Raises:
            ValueError: A URL cannot contain this path.
        """
        if not {".", ".."}.isdisjoint(text.split("/")):  # RFC 3986 section 5.2.4
            raise ValueError(
                f"No URL can carry the path {text!r}: clients take the segments '.' and '..' out, "
                "encoded or not. Use another value for the parameter."
            )
        return cls(quote(text, safe=_PATH_SAFE), protocol)

    def below(self, prefix: str) -> "URLPath":
        """Return the path below a prefix, which is percent-encoded too."""
        return URLPath(prefix + self, self.protocol, self.host)

    def make_absolute_url(self, base_url: str) -> URL:
        """Return the whole URL.

        Args:
            base_url: The URL at which the application is mounted. It determines whether the
                connection is secure, and the host if the route takes any host.
        """
        base = base_url if isinstance(base_url, URL) else URL(base_url)
        scheme = _SCHEMES.get((self.protocol, base.is_secure), base.scheme)
        path = base.path.rstrip("/") + self
        netloc = self.host or base.netloc
        if not netloc:
            return URL(path)
        return URL(f"{scheme}://{netloc}{path}" if scheme else f"//{netloc}{path}")


class NoMatchFound(LookupError):  # noqa: N818 - the name that the field knows
    """No route has this name and takes these parameters.

    Args:
        name: The name.
        path_params: The parameters of the call.
        known: The existing routes: their names, each with the names of its parameters.
    """

    def __init__(
        self,
        name: str,
        path_params: Mapping[str, Any],
        known: Iterable[tuple[str, Iterable[str]]] = (),
    ) -> None:
        shown = sorted({(found, tuple(parameters)) for found, parameters in known})
        namesakes = [route for route in shown if route[0] == name]
        some = [f"{found}({', '.join(names)})" for found, names in namesakes or shown]
        there_is = ", ".join(some[:_MOST_NAMES]) or "no route with a name"
        if len(some) > _MOST_NAMES:
            there_is += f" and {len(some) - _MOST_NAMES} more"
        # Not `super()`: Starlette's error may come next, and takes other arguments.
        LookupError.__init__(
            self,
            f'No route exists for name "{name}" and params "{", ".join(path_params)}". '
            f"There is: {there_is}.",
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _make_again, self.args, self.__dict__


def _make_again(*args: Any) -> NoMatchFound:
    """Make a copy of an error, which may be Starlette's, too, where it is made."""
    kind = also_no_match(NoMatchFound)
    return kind.__new__(kind, *args)
