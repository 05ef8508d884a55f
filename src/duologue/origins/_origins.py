"""Allowed origins and hosts: how they are written, and which handshakes they let in."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from duologue._asgi.protocol import DEFAULT_PORTS

_SCHEME = r"(?P<scheme>[a-z][a-z0-9+.-]*)://"
_NAME = r"(?P<host>\[[0-9a-f:.]+\]|[^\s/?#@:\\\[\]*]+)"
_PORT = r"[0-9]{1,5}"
# A page of a file or the like has no host: `file://`.
_ORIGIN = re.compile(rf"{_SCHEME}(?:{_NAME}(?::(?P<port>{_PORT}))?)?")
_PATTERN = re.compile(rf"{_SCHEME}(?:(?P<subdomains>\*\.)?{_NAME}(?::(?P<port>{_PORT}|\*))?)?")
_WHOLE_SCHEME = re.compile(rf"{_SCHEME}\*")
_HOST = re.compile(rf"{_NAME}(?::(?P<port>{_PORT}))?")
_HOST_PATTERN = re.compile(rf"(?P<subdomains>\*\.)?{_NAME}(?::(?P<port>{_PORT}))?")
# What is longer is no origin of a page: a name has at most 255 bytes (RFC 1035 section 2.3.4).
MAX_LENGTH = 300
# They have a host always (WHATWG URL, "special scheme").
_WITH_HOST = {"http", "https", "ws", "wss", "ftp"}
# An extension has another host in each browser that it is installed in.
_RANDOM_HOSTS = {"moz-extension", "safari-web-extension"}


class Origin(NamedTuple):
    """The origin of a web page (RFC 6454 section 4).

    Attributes:
        scheme: Its scheme, in lower case.
        host: Its host, in lower case; empty if it has none, as for `file://`.
        port: Its port, or the default port of the scheme; `None` if the scheme has none.
    """

    scheme: str
    host: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> "Origin | None":
        """Parse an `Origin` header; return `None` for `null` and for all that is not an origin."""
        found = _ORIGIN.fullmatch(text.lower())
        if found is None:
            return None
        scheme, host, port = found.group("scheme", "host", "port")
        if host is None and scheme in _WITH_HOST:
            return None
        return cls(scheme, host or "", int(port) if port else DEFAULT_PORTS.get(scheme))

    def is_at(self, host: str, secure: bool = False) -> bool:
        """Return whether a handshake comes from a page of the same origin.

        Args:
            host: The `Host` header of the handshake (RFC 9110 section 7.2). Without a port, it
                means the default port of the origin's scheme.
            secure: Whether the handshake is known to have used TLS. Then a page without TLS is of
                another origin, because anyone in control of the network may have written it. If it
                is not known, pages of both schemes match, because a proxy may terminate TLS without
                saying so.
        """
        found = _HOST.fullmatch(host.lower())
        if found is None or self.scheme not in ({"https"} if secure else {"http", "https"}):
            return False
        port = int(found["port"]) if found["port"] else DEFAULT_PORTS[self.scheme]
        return (self.host, self.port) == (found["host"], port)


class OriginPattern(NamedTuple):
    """One origin, or a pattern for several.

    Attributes:
        scheme: The scheme, in lower case.
        host: The host, in lower case; empty without a host.
        port: The port; `None` if the scheme has none.
        subdomains: Whether the pattern matches every subdomain of the host, instead of the host
            itself.
        any_port: Whether the pattern matches every port.
        any_host: Whether the pattern matches every origin of the scheme.
    """

    scheme: str
    host: str
    port: int | None
    subdomains: bool = False
    any_port: bool = False
    any_host: bool = False

    @classmethod
    def parse(cls, text: str) -> "OriginPattern":
        """Parse an origin, `https://*.example.com`, `http://localhost:*` or `moz-extension://*`.

        Raises:
            ValueError: The text has another form; the message says what is wrong.
        """
        whole = _WHOLE_SCHEME.fullmatch(text.lower())
        if whole is not None and whole["scheme"] not in {"ws", "wss"}:
            return cls(whole["scheme"], "", None, any_port=True, any_host=True)
        found = _PATTERN.fullmatch(text.lower())
        if found is None or not text.isascii() or found["scheme"] in {"ws", "wss"}:
            raise ValueError(_what_is_wrong(text))
        scheme, host, port = found.group("scheme", "host", "port")
        if host is None and scheme in _WITH_HOST:
            raise ValueError(_what_is_wrong(text))
        number = int(port) if port and port != "*" else DEFAULT_PORTS.get(scheme)
        return cls(scheme, host or "", number, bool(found["subdomains"]), port == "*")

    def matches(self, origin: Origin) -> bool:
        """Return whether the pattern matches the origin."""
        if self.subdomains:
            same_host = origin.host.endswith("." + self.host)
        else:
            same_host = self.any_host or origin.host == self.host
        same_port = self.any_port or origin.port == self.port
        return origin.scheme == self.scheme and same_host and same_port


class AllowedOrigins:
    """Origins that may open a WebSocket.

    Args:
        allowed: Each is an origin (`https://example.com`, `https://example.com:8443`), all
            subdomains of one (`https://*.example.com`), all ports (`http://localhost:*`), all of a
            scheme (`moz-extension://*`), `null` for pages without an origin of their own, or `*`
            for any page.

    Raises:
        TypeError: `allowed` is a single string, or not a list at all.
        ValueError: One of them is not an origin; the message says what is wrong.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        if isinstance(allowed, str):
            raise TypeError(f"The allowed origins are a list: write [{allowed!r}].")
        if not isinstance(allowed, Iterable):
            raise TypeError(f"The allowed origins are a list, not {allowed!r}.")
        names = list(allowed)
        self._all = "*" in names
        self._null = "null" in names
        self._patterns = [OriginPattern.parse(name) for name in names if name not in {"*", "null"}]

    def allow(self, origin: str) -> bool:
        """Return whether a handshake with this `Origin` header is allowed."""
        if self._all or (self._null and origin == "null"):
            return True
        parsed = Origin.parse(origin)
        return parsed is not None and any(pattern.matches(parsed) for pattern in self._patterns)


def advise(origin: str) -> str:
    """Say what to write so that a page of this origin is let in."""
    if origin != "null" and (len(origin) > MAX_LENGTH or Origin.parse(origin) is None):
        return "That is not the origin of a page, so it cannot be let in by its name."
    advice = f"If you know this origin, let it in: allowed_origins=[{origin!r}]."
    scheme = origin.partition(":")[0].lower()
    if scheme in _RANDOM_HOSTS:
        advice += f" Each browser gives an extension another one: ['{scheme}://*'] are all of them."
    return advice


def advise_host(host: str | None) -> str:
    """Say what to write so that the application answers for this host."""
    if host is None or len(host) > MAX_LENGTH or _HOST.fullmatch(host.lower()) is None:
        return "That is not a host, so it cannot be allowed."
    return f"If it is yours, add it: allowed_hosts=[{host!r}]."


class AllowedHosts:
    """The hosts that an application serves.

    The owner of any domain can point it at the server (DNS rebinding), and a page at that domain is
    then of the same origin.

    Args:
        allowed: Each is a host at any port (`example.com`), a host at one port
            (`example.com:8443`), all subdomains of a host (`*.example.com`), or `*` for any host.
            An empty list also means any host.

    Raises:
        TypeError: `allowed` is a single string, or not a list at all.
        ValueError: One of them is not a host.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        if isinstance(allowed, str):
            raise TypeError(f"The allowed hosts are a list: write [{allowed!r}].")
        if not isinstance(allowed, Iterable):
            raise TypeError(f"The allowed hosts are a list, not {allowed!r}.")
        names = list(allowed)
        self._all = not names or "*" in names
        self._patterns = [_parse_host(name) for name in names if name != "*"]

    def __bool__(self) -> bool:
        return not self._all

    def allow(self, host: str | None) -> bool:
        """Return whether a handshake for this host is allowed."""
        if self._all:
            return True
        found = _HOST.fullmatch((host or "").lower())
        return found is not None and any(
            (found["host"].endswith("." + name) if subdomains else found["host"] == name)
            and port in {None, found["port"]}
            for name, port, subdomains in self._patterns
        )


def _parse_host(name: str) -> tuple[str, str | None, bool]:
    found = _HOST_PATTERN.fullmatch(name.lower())
    if found is None or not name.isascii():
        raise ValueError(
            f"{name!r} is not a host: a host is 'example.com', 'example.com:8443', or "
            "'*.example.com' for all subdomains, in ASCII (xn--…), without a scheme and a path."
        )
    return found["host"], found["port"], bool(found["subdomains"])


def _what_is_wrong(text: str) -> str:
    wrong = f"{text!r} is not an origin: an origin is scheme://host or scheme://host:port"
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
    return (
        f"{wrong}. A star stands for all subdomains ('https://*.example.com'), for all ports, or "
        f"for all of a scheme ('{scheme}://*')."
    )
