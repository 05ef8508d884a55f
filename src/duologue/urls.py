"""The URL of a connection: a real string that also knows its parts."""

import re
from collections.abc import Container, Iterable
from typing import Any, SupportsIndex, overload
from urllib.parse import SplitResult, quote, unquote_plus, urlencode, urlsplit

from duologue.types import Scope

DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
# A host as it may stand in a `Host` header: a name or an address, and perhaps a port
# (RFC 9110 section 7.2). The name is not checked further than that it cannot end the authority.
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._~!$&'()*+,;=%-]+)(?::(\d{0,5}))?"
# The password of a URL, and what stands before it. (Line breaks and tabs in a URL do not count.)
_PASSWORD = re.compile(r"^([^/?#]*/[\t\r\n]*/[^/?#:]*:)[^/?#]+@")
# Unreserved characters are safe everywhere (RFC 3986 section 2.3), these in a path (section 3.3).
_UNRESERVED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
_PATH_SAFE = "/:@!$&'()*+,;="
# A query stays as the client sent it, as far as it is printable.
QUERY_SAFE = _PATH_SAFE + '?%[]"<>\\^`{|}'
# What consists of these alone, as most does, is used as it is: stripped of them, it is empty.
_PLAIN_HOST = _UNRESERVED.encode()
_PLAIN_PATH = _UNRESERVED + _PATH_SAFE
_PLAIN_QUERY = (_UNRESERVED + QUERY_SAFE).encode()


class URL(str):
    """A URL: a string that also knows its parts.

    It is a `str` through and through: it compares, hashes, formats and serialises as one. What a
    broken URL does not have is `None` or empty; reading a part never raises. `URL("ws://host/path")`
    makes one from text.
    """

    __slots__ = ("_split",)

    _split: tuple[str, str, str, str, str]

    @classmethod
    def from_scope(cls, scope: Scope) -> "URL":
        """Put together the URL that the client asked for.

        The host is that of the `Host` header, or else the server's own address, without the
        scheme's default port; it is empty where neither can stand in a URL. What may not stand in
        the path and the query is percent-encoded.

        Args:
            scope: The scope of a connection; only `path` must be there.
        """
        scheme = scope.get("scheme") or ("http" if scope.get("type") == "http" else "ws")
        authority = _authority(scope, scheme)
        path: str = scope["path"]
        if path.rstrip(_PLAIN_PATH):
            path = quote(path, safe=_PATH_SAFE, errors="replace")
        if path[:1] != "/" and path:
            path = "/" + path  # else it would run on from the host
        given: bytes = scope.get("query_string") or b""
        query = quote(given, safe=QUERY_SAFE) if given.rstrip(_PLAIN_QUERY) else given.decode()
        url = cls(
            f"{scheme}://{authority}{path}?{query}" if query else f"{scheme}://{authority}{path}"
        )
        url._split = (scheme, authority, path, query, "")
        return url

    @property
    def components(self) -> SplitResult:
        """The parts of the URL, as the standard library splits them."""
        return SplitResult(*self._parts)

    @property
    def _parts(self) -> tuple[str, str, str, str, str]:
        try:
            return self._split
        except AttributeError:
            self._split = _split(str(self))
            return self._split

    @property
    def scheme(self) -> str:
        """The scheme, like `wss`."""
        return self._parts[0]

    @property
    def netloc(self) -> str:
        """The authority: user, host and port, as they stand in the URL."""
        return self._parts[1]

    @property
    def path(self) -> str:
        """The path, percent-encoded."""
        return self._parts[2]

    @property
    def query(self) -> str:
        """The query, without the question mark."""
        return self._parts[3]

    @property
    def fragment(self) -> str:
        """The fragment, without the hash sign."""
        return self._parts[4]

    @property
    def username(self) -> str | None:
        """The name of the user, or `None`."""
        return self.components.username

    @property
    def password(self) -> str | None:
        """The password of the user, or `None`."""
        return self.components.password

    @property
    def hostname(self) -> str | None:
        """The host in lower case, without brackets, or `None`."""
        return self.components.hostname

    @property
    def port(self) -> int | None:
        """The port that the URL names, or `None` where it names none or none that can be."""
        try:
            return self.components.port
        except ValueError:
            return None

    @property
    def is_secure(self) -> bool:
        """Whether the connection is encrypted: `https` or `wss`."""
        return self.scheme in {"https", "wss"}

    @overload
    def replace(self, old: str, new: str, count: SupportsIndex = -1, /) -> str: ...
    @overload
    def replace(
        self,
        *,
        scheme: str = ...,
        netloc: str = ...,
        path: str = ...,
        query: str = ...,
        fragment: str = ...,
        username: str | None = ...,
        password: str | None = ...,
        hostname: str | None = ...,
        port: int | None = ...,
    ) -> "URL": ...
    def replace(self, *args: Any, **parts: Any) -> str:
        """Return the URL with other parts, or, called with two texts, what `str.replace` does.

        Args:
            args: As for `str.replace`.
            parts: The parts to set, by the names of the properties.

        Raises:
            TypeError: A part has an unknown name.
        """
        if args:
            return str.replace(self, *args, **parts)
        authority = {"username", "password", "hostname", "port"} & parts.keys()
        if authority:
            parts["netloc"] = self._netloc_with(**{name: parts.pop(name) for name in authority})
        unknown = parts.keys() - {"scheme", "netloc", "path", "query", "fragment"}
        if unknown:
            raise TypeError(f"A URL has no part {', '.join(sorted(unknown))}.")
        return URL(self.components._replace(**parts).geturl())

    def _netloc_with(self, **parts: Any) -> str:
        hostname = parts.get("hostname", self.hostname) or ""
        if ":" in hostname and not hostname.startswith("["):
            hostname = f"[{hostname}]"
        port = parts.get("port", self.port)
        username = parts.get("username", self.username)
        password = parts.get("password", self.password)
        netloc = hostname if port is None else f"{hostname}:{port}"
        if username is None and password is None:
            return netloc
        user = username or ""
        return f"{user}@{netloc}" if password is None else f"{user}:{password}@{netloc}"

    def include_query_params(self, /, **params: Any) -> "URL":
        """Return the URL with these query parameters set: they replace those of the same names.

        The other parameters stay as they are.
        """
        pairs = [*self._query_without(params), *_encode_params(params)]
        return self.replace(query="&".join(pairs))

    def replace_query_params(self, /, **params: Any) -> "URL":
        """Return the URL with these query parameters and no others."""
        return self.replace(query="&".join(_encode_params(params)))

    def remove_query_params(self, keys: str | Iterable[str]) -> "URL":
        """Return the URL without the query parameters of these names."""
        gone = {keys} if isinstance(keys, str) else set(keys)
        return self.replace(query="&".join(self._query_without(gone)))

    def _query_without(self, names: Container[str]) -> list[str]:
        # Pairs that stay are not decoded: some could not be encoded as they were.
        pairs = self.query.split("&")
        return [pair for pair in pairs if pair and _name_of(pair) not in names]

    def __repr__(self) -> str:
        shown = _PASSWORD.sub(r"\1********@", self)
        return f"{type(self).__name__}({shown!r})"


def _name_of(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])


def _encode_params(params: dict[str, Any]) -> list[str]:
    return [urlencode([pair], errors="replace") for pair in params.items()]


def _split(url: str) -> tuple[str, str, str, str, str]:
    try:
        return urlsplit(url)
    except ValueError:
        # An authority that is none, like "//[::1": all of it counts as the path.
        return ("", "", url, "", "")


def _authority(scope: Scope, scheme: str) -> str:
    for name, value in scope.get("headers") or ():
        if name == b"host" or name.lower() == b"host":
            host: str = value.decode("latin-1")
            if (host and not value.rstrip(_PLAIN_HOST)) or _is_authority(host):
                return host
            break
    return _server_authority(scope, scheme)


def _server_authority(scope: Scope, scheme: str) -> str:
    server: tuple[str | None, int | None] = scope.get("server") or (None, None)
    host, port = server
    if not host or port is None:  # none, or the path of a unix socket
        return ""
    if ":" in host:
        host = f"[{host}]"
    authority = host if port == DEFAULT_PORTS.get(scheme) else f"{host}:{port}"
    return authority if _is_authority(authority) else ""


def _is_authority(host: str) -> bool:
    match = re.fullmatch(_HOST, host)
    if match is None or int(match[1] or 0) > 65535:
        return False
    # Not everything in brackets is an address.
    return host[0] != "[" or bool(_split(f"//{host}")[1])
