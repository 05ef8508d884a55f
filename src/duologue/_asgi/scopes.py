"""Reading scopes: the result is the same, however servers write them.

"ASGI" is the specification of HTTP and WebSocket for ASGI, version 2.5.
"""

from typing import Any, NamedTuple

from duologue.types import Scope

_SCHEMES = {
    "http": {"http": "http", "https": "https", "ws": "http", "wss": "https"},
    "websocket": {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"},
}

# A name has at most 255 bytes (RFC 1035 section 2.3.4), and much longer ones are slow to encode.
_MAX_HOST = 512


class Address(NamedTuple):
    """A host and a port: the address of the client."""

    host: str
    port: int | None


def client_of(scope: Scope) -> Address | None:
    """Return the address of the client.

    Returns:
        Its address, or `None` if the server does not tell, as with a unix socket.
    """
    return _read_address(scope.get("client"))


def server_of(scope: Scope) -> Address | None:
    """Return the address of the server.

    Returns:
        Its address, or `None` if the server does not tell. For a unix socket it is the path,
            without a port.
    """
    return _read_address(scope.get("server"))


def scheme_of(scope: Scope) -> str:
    """Tell the scheme of the URL that the client asked for, in lower case.

    A WebSocket's is `ws` or `wss` (ASGI, "WebSocket Connection Scope"), even if a server or a
    middleware for proxies says `http` or `https`.
    """
    try:
        return _SCHEMES[scope["type"]][scope["scheme"]]
    except KeyError:
        kind: str = scope.get("type", "")
        scheme: str = (scope.get("scheme") or ("http" if kind == "http" else "ws")).lower()
        return _SCHEMES.get(kind, {}).get(scheme, scheme)


def host_of(scope: Scope) -> str | None:
    """Return the host that the client asked for, with or without a port, from its `Host` header.

    Browsers send an international name as `xn--…` (RFC 5891 section 4.4). One server decodes that,
    so it is encoded again.
    """
    value = host_header(scope)
    if value is None:
        return None
    return value.decode() if value.isascii() else _read_host(value)


def host_header(scope: Scope) -> bytes | None:
    """Return the first `Host` header, unchanged."""
    for name, value in scope.get("headers") or ():
        if name == b"host" or name.lower() == b"host":
            found: bytes = value
            return found
    return None


def path_of(scope: Scope) -> str:
    """Tell the whole path that the client asked for.

    It begins with the path at which the application is mounted (ASGI, "HTTP Connection Scope"),
    even if a proxy has removed that, and the server has not restored it.
    """
    path: str = scope["path"]
    root = _root_of(scope)
    if root and not is_below(path, root):
        path = root + path if path[:1] == "/" else f"{root}/{path}"
    return path


def route_path(scope: Scope) -> str:
    """Tell which path is left below the place at which the application is mounted.

    If nothing is left, it is a slash, because a WebSocket cannot be redirected.
    """
    path: str = scope["path"]
    if scope.get("root_path"):
        root = _root_of(scope)
        if is_below(path, root):
            path = path[len(root) :]
    return path or "/"


def is_below(path: str, root: str) -> bool:
    """Return whether a path is equal to another one without a trailing slash, or below it."""
    return path.startswith(root) and path[len(root) : len(root) + 1] in {"", "/"}


def _root_of(scope: Scope) -> str:
    root: str = scope.get("root_path") or ""
    return root.rstrip("/") if root else ""


def _read_host(value: bytes) -> str:
    if len(value) > _MAX_HOST:
        return value.decode("latin-1")
    try:
        name, colon, port = value.decode().partition(":")
        return f"{name.encode('idna').decode()}{colon}{port}"
    except UnicodeError:
        return value.decode("latin-1")


def _read_address(pair: Any) -> Address | None:
    # Behind a unix socket, one server says ('', '0'), and others leave it out. (One takes the
    # first two letters of the socket's path for an address.)
    if not pair:
        return None
    host, port = pair
    return Address(host, _read_port(port)) if host else None


def _read_port(port: Any) -> int | None:
    # A port may come as text, and where none is known as 0, which is none (RFC 6335 section 6).
    try:
        number = int(port)
    except (TypeError, ValueError):
        return None
    return number if 0 < number <= 65535 else None
