"""The URL of a connection: a real string that also knows its parts."""

import re
from collections.abc import Container, Iterable
from functools import lru_cache
from typing import Any, SupportsIndex, overload
from urllib.parse import SplitResult, quote, unquote_plus, urlencode, urlsplit

from duologue._asgi.protocol import DEFAULT_PORTS
from duologue._asgi.scopes import host_header, host_of, path_of, scheme_of, server_of
from duologue.types import Scope

# A host as it may stand in a `Host` header: a name or an address, and perhaps a port
# (RFC 9110 section 7.2). The name is not checked further than that it cannot end the authority.
_ADDRESS = r"\[(?:[0-9A-Fa-f:.]+|v[0-9A-Fa-f]+\.[0-9A-Za-z._~!$&'()*+,;=:-]+)\]"
_HOST = rf"(?:{_ADDRESS}|[0-9A-Za-z._~!$&'()*+,;=%-]+)(?::(\d{{0,5}}))?"
# What would end a part of the authority, and be read as the next one (RFC 3986 section 3.2).
_HOST_ENDS = re.compile(r"[\s/?#@:\[\]\\]")
_USERNAME_ENDS = _HOST_ENDS
_PASSWORD_ENDS = re.compile(r"[\s/?#@\[\]\\]")
# The password of a URL, and what stands before it. (Line breaks and tabs in a URL do not count.)
_PASSWORD = re.compile(r"^([^/?#]*/[\t\r\n]*/[^/?#:]*:)[^/?#]+@")
# Unreserved characters are safe everywhere (RFC 3986 section 2.3), these in a path (section 3.3).
_UNRESERVED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
_PATH_SAFE = "/:@!$&'()*+,;="
# A query stays as the client sent it, as far as it is printable.
QUERY_SAFE = _PATH_SAFE + '?%[]"<>\\^`{|}'
_OWN_SCHEMES = ("ws", "wss")
# What consists of these alone, as most does, is used as it is: stripped of them, it is empty.
_PLAIN_HOST = _UNRESERVED.encode()
_PLAIN_PATH = _UNRESERVED + _PATH_SAFE
_PLAIN_QUERY = (_UNRESERVED + QUERY_SAFE).encode()

# What is longer is not remembered: it could be many thousand letters.
_MAX_REMEMBERED = 256


class URL(str):
    """A URL: a string with properties for its parts.

    It is a `str`: it compares, hashes, formats and serialises like one. Parts that a broken URL
    does not have are `None` or empty; reading a part never raises. To make one from text, call
    `URL("ws://host/path")`.
    """

    __slots__ = ("_split",)

    _split: tuple[str, str, str, str, str]

    @classmethod
    def from_scope(cls, scope: Scope) -> "URL":
        """Build the URL that the client asked for.

        The host is that of the `Host` header, or else the server's own address, without the
        scheme's default port. If neither is possible in a URL, the text is only the path and the
        query, and `scheme` is still set. Characters that are not allowed in the path or the query
        are percent-encoded.

        Args:
            scope: The scope of a connection. Only `path` is required.
        """
        scheme = scope.get("scheme")
        if scheme not in _OWN_SCHEMES or scope.get("type") != "websocket":
            scheme = scheme_of(scope)
        path: str = path_of(scope) if scope.get("root_path") else scope["path"]
        given: bytes = scope.get("query_string") or b""
        query = quote(given, safe=QUERY_SAFE) if given.rstrip(_PLAIN_QUERY) else given.decode()
        host = host_header(scope) or b""
        plain = None
        if len(host) + len(path) <= _MAX_REMEMBERED:
            plain = _plain_start(scheme, host, path)
        if plain is not None:
            authority, text = plain
        else:
            authority = _authority(scope, scheme)
            if path.rstrip(_PLAIN_PATH):
                path = quote(path, safe=_PATH_SAFE, errors="replace")
            if path[:1] != "/" and path:
                path = "/" + path  # else it would run on from the host
            if not authority:
                path = _without_host(path)
            text = f"{scheme}://{authority}{path}" if authority else path
        url = cls(f"{text}?{query}" if query else text)
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
        """The scheme, such as `wss`."""
        return self._parts[0]

    @property
    def netloc(self) -> str:
        """The authority: user, host and port, as written in the URL."""
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
        """The port in the URL, or `None` if it is missing or invalid."""
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
        """Return the URL with these parts replaced, or, with two texts, what `str.replace` does.

        Args:
            args: The arguments of `str.replace`.
            parts: The parts to replace, by the names of the properties.

        Raises:
            TypeError: A part has an unknown name.
            ValueError: A name, a password, a host or a port is invalid, for example a host that
                contains a port.
        """
        if args:
            return str.replace(self, *args, **parts)
        authority = {"username", "password", "hostname", "port"} & parts.keys()
        if authority:
            parts["netloc"] = self._netloc_with(**{name: parts.pop(name) for name in authority})
        unknown = parts.keys() - {"scheme", "netloc", "path", "query", "fragment"}
        if unknown:
            raise TypeError(f"A URL has no part {', '.join(sorted(unknown))}.")
        split = self.components._replace(**parts)
        if not split.netloc:
            # What has come from a scope may know a scheme without a host to go with it.
            scheme = parts.get("scheme", _split(str(self))[0])
            split = split._replace(scheme=scheme, path=_without_host(split.path))
        return URL(split.geturl())

    def _netloc_with(self, **parts: Any) -> str:
        if "hostname" in parts:
            hostname = _check_hostname(parts["hostname"] or "")
        else:
            hostname = self.hostname or ""
            if "[" in self.netloc:
                hostname = f"[{hostname}]"
        port = _check_port(parts["port"]) if "port" in parts else self.port
        username = _check_user(parts, "username", _USERNAME_ENDS, self.username)
        password = _check_user(parts, "password", _PASSWORD_ENDS, self.password)
        netloc = hostname if port is None else f"{hostname}:{port}"
        if username is None and password is None:
            return netloc
        user = username or ""
        return f"{user}@{netloc}" if password is None else f"{user}:{password}@{netloc}"

    def include_query_params(self, /, **params: Any) -> "URL":
        """Return the URL with these query parameters set, in place of those of the same names.

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


@lru_cache(maxsize=256)
def _plain_start(scheme: str, host: bytes, path: str) -> tuple[str, str] | None:
    """Make the authority of a URL and all of it before the query, of what needs no encoding.

    Most connections have these in common with others. To look at each letter takes longer.
    """
    if not host or host.rstrip(_PLAIN_HOST) or path[:1] != "/" or path.rstrip(_PLAIN_PATH):
        return None
    authority = host.decode()
    return authority, f"{scheme}://{authority}{path}"


def _authority(scope: Scope, scheme: str) -> str:
    host = host_of(scope)
    return host if host and _is_authority(host) else _server_authority(scope, scheme)


def _server_authority(scope: Scope, scheme: str) -> str:
    host, port = server_of(scope) or ("", None)
    if port is None:  # none, or the path of a unix socket
        return ""
    if ":" in host:
        host = f"[{host}]"
    authority = host if port == DEFAULT_PORTS.get(scheme) else f"{host}:{port}"
    return authority if _is_authority(authority) else ""


def _without_host(path: str) -> str:
    # What follows two slashes would be read as the host.
    return "/%2F" + path[2:] if path[:2] == "//" else path


def _check_hostname(hostname: str) -> str:
    if re.fullmatch(_ADDRESS, hostname):
        return hostname
    if re.fullmatch(r"[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(%[0-9A-Za-z._~%-]+)?", hostname):
        return f"[{hostname}]"
    if _HOST_ENDS.search(hostname):
        raise ValueError(
            f"{hostname!r} is not the name of a host. It has neither a port nor a user: give those "
            "as port=, username= and password=, or all together as netloc=."
        )
    return hostname


def _check_port(port: Any) -> int | None:
    if port is None:
        return None
    if not str(port).isdecimal() or int(port) > 65535:
        raise ValueError(f"{port!r} is not a port: it is a number up to 65535, or None.")
    return int(port)


def _check_user(
    parts: dict[str, Any], name: str, ends: re.Pattern[str], former: str | None
) -> str | None:
    if name not in parts:
        return former
    given: str | None = parts[name]
    if given is not None and ends.search(given):
        raise ValueError(
            f"The {name} has characters that cannot stand in a URL: encode them with "
            "urllib.parse.quote(…, safe='')."
        )
    return given


def _is_authority(host: str) -> bool:
    match = re.fullmatch(_HOST, host)
    if match is None or int(match[1] or 0) > 65535:
        return False
    # Not everything in brackets is an address.
    return host[0] != "[" or bool(_split(f"//{host}")[1])
