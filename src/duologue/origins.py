"""Origins: from which web pages a browser's handshake may come.

A browser opens a WebSocket for any page, whoever wrote it, and sends the user's cookies along; no
CORS rule holds it back. But it always says where the page came from, in the `Origin` header, which
no page can change (RFC 6455 section 10.2).
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from duologue.urls import DEFAULT_PORTS

_SCHEME = r"(?P<scheme>[a-z][a-z0-9+.-]*)://"
_NAME = r"(?P<host>\[[0-9a-f:.]+\]|[^\s/?#@:\\\[\]*]+)"
_ORIGIN = re.compile(rf"{_SCHEME}{_NAME}(?::(?P<port>[0-9]{{1,5}}))?")
_PATTERN = re.compile(rf"{_SCHEME}(?P<subdomains>\*\.)?{_NAME}(?::(?P<port>[0-9]{{1,5}}|\*))?")
_HOST = re.compile(rf"{_NAME}(?::(?P<port>[0-9]{{1,5}}))?")


class Origin(NamedTuple):
    """Where a web page came from (RFC 6454 section 4).

    Attributes:
        scheme: Its scheme, in lower case.
        host: Its host, in lower case.
        port: Its port: the scheme's own where none was given, `None` where the scheme has none.
    """

    scheme: str
    host: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> "Origin | None":
        """Read an `Origin` header; `null`, and whatever else is no origin, gives `None`."""
        found = _ORIGIN.fullmatch(text.lower())
        if found is None:
            return None
        scheme, host, port = found.group("scheme", "host", "port")
        return cls(scheme, host, int(port) if port else DEFAULT_PORTS.get(scheme))

    def is_at(self, host: str) -> bool:
        """Tell whether a `Host` header names the host of this origin (RFC 9110 section 7.2).

        Where the header has no port, it means the one that the origin's scheme has of its own:
        behind a proxy that ends TLS, the application does not know the scheme that the browser
        used.
        """
        found = _HOST.fullmatch(host.lower())
        if found is None:
            return False
        port = int(found["port"]) if found["port"] else DEFAULT_PORTS.get(self.scheme)
        return (self.host, self.port) == (found["host"], port)


class OriginPattern(NamedTuple):
    """One origin, or many of a kind.

    Attributes:
        scheme: The scheme, in lower case.
        host: The host, in lower case.
        port: The port; `None` where the scheme has none.
        subdomains: Whether every subdomain of the host is meant, instead of the host itself.
        any_port: Whether every port is meant.
    """

    scheme: str
    host: str
    port: int | None
    subdomains: bool = False
    any_port: bool = False

    @classmethod
    def parse(cls, text: str) -> "OriginPattern":
        """Read an origin, `https://*.example.com` or `http://localhost:*`.

        Raises:
            ValueError: It is none of these; the message says what is wrong.
        """
        found = _PATTERN.fullmatch(text.lower())
        if found is None or not found["host"].isascii() or found["scheme"] in {"ws", "wss"}:
            raise ValueError(_what_is_wrong(text))
        scheme, host, port = found.group("scheme", "host", "port")
        number = int(port) if port and port != "*" else DEFAULT_PORTS.get(scheme)
        return cls(scheme, host, number, bool(found["subdomains"]), port == "*")

    def matches(self, origin: Origin) -> bool:
        """Tell whether the origin is meant."""
        if self.subdomains:
            same_host = origin.host.endswith("." + self.host)
        else:
            same_host = origin.host == self.host
        same_port = self.any_port or origin.port == self.port
        return origin.scheme == self.scheme and same_host and same_port


class AllowedOrigins:
    """Origins that may open a WebSocket.

    Args:
        allowed: Each is an origin (`https://example.com`, `https://example.com:8443`), all
            subdomains of one (`https://*.example.com`), all ports (`http://localhost:*`), `null`
            for pages without an origin of their own, or `*` for every page of the world.

    Raises:
        TypeError: `allowed` is a single string: it has to be a list.
        ValueError: One of them is no origin; the message says what is wrong.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        if isinstance(allowed, str):
            raise TypeError(f"The allowed origins are a list: write [{allowed!r}].")
        names = list(allowed)
        self._all = "*" in names
        self._null = "null" in names
        self._patterns = [OriginPattern.parse(name) for name in names if name not in {"*", "null"}]

    def allow(self, origin: str) -> bool:
        """Tell whether a handshake with this `Origin` header may go on."""
        if self._all or (self._null and origin == "null"):
            return True
        parsed = Origin.parse(origin)
        return parsed is not None and any(pattern.matches(parsed) for pattern in self._patterns)


def _what_is_wrong(text: str) -> str:
    wrong = f"{text!r} is no origin: an origin is scheme://host or scheme://host:port"
    if not text.isascii():
        return f"{wrong}, in ASCII, as browsers send it (xn--…)."
    if "://" not in text:
        return f"{wrong}. Did you mean 'https://{text}'?"
    scheme, _, rest = text.partition("://")
    if scheme.lower() in {"ws", "wss"}:
        return f"{wrong} of a page, not of a WebSocket. Did you mean 'http{scheme[2:]}://{rest}'?"
    host, slash, _ = rest.partition("/")
    if slash and "*" not in host:
        return f"{wrong}, without a path. Did you mean '{scheme}://{host}'?"
    return f"{wrong}. A star stands for all subdomains ('https://*.example.com'), or for all ports."
