"""Trusted proxies: the `Forwarded` and `X-Forwarded` headers of those before the server."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from duologue._asgi.scopes import client_of, host_of, scheme_of
from duologue.datastructures import Headers
from duologue.types import Scope

# `host=example.com` or `host="example.com:8443"`, one of the pairs of an element (RFC 7239
# section 4). The elements are in the order of the proxies, the one nearest to the client first.
_FORWARDED = r'(?:^|[;,])\s*{}=(?:"([^"\\]*)"|([^\s;,"]+))'
_FORWARDED_HOST = re.compile(_FORWARDED.format("host"), re.IGNORECASE)
_FORWARDED_PROTO = re.compile(_FORWARDED.format("proto"), re.IGNORECASE)


class TrustedProxies:
    """The proxies that are trusted to describe the client's request.

    Args:
        addresses: IP addresses (`10.0.0.7`), networks (`10.0.0.0/8`), or `*` for any. Use `*` only
            if nothing but the proxy can reach the server.

    Raises:
        TypeError: `addresses` is a single string, or not a list at all.
        ValueError: One of them is neither an address nor a network.
    """

    def __init__(self, addresses: Iterable[str] = ()) -> None:
        if isinstance(addresses, str):
            raise TypeError(f"The trusted proxies are a list: write [{addresses!r}].")
        if not isinstance(addresses, Iterable):
            raise TypeError(f"The trusted proxies are a list, not {addresses!r}.")
        names = list(addresses)
        self._everybody = "*" in names
        self._networks = [_network(name) for name in names if name != "*"]

    def __bool__(self) -> bool:
        return self._everybody or bool(self._networks)

    def trust(self, scope: Scope) -> bool:
        """Return whether the connection comes from a trusted proxy."""
        if self._everybody:
            return True
        client = client_of(scope)
        if client is None or not self._networks:
            return False
        try:
            address = ip_address(client.host)
        except ValueError:
            return False  # a Unix socket, or a name
        # What a socket for both versions of IP makes of an address of version 4.
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        return any(address in network for network in self._networks)

    def host(self, scope: Scope, headers: Headers) -> str | None:
        """Return the host of the request, from a trusted proxy or from the `Host` header.

        Args:
            scope: The scope of the connection.
            headers: Its headers.

        Returns:
            The host, with or without a port; `None` if no header names one.
        """
        forwarded = self._forwarded(scope, headers, _FORWARDED_HOST, "x-forwarded-host")
        return host_of(scope) if forwarded is None else forwarded

    def is_secure(self, scope: Scope, headers: Headers) -> bool:
        """Return whether the client's connection is known to be encrypted.

        Args:
            scope: The scope of the connection.
            headers: Its headers.

        Returns:
            Whether the server or a trusted proxy says so. Some proxies do not.
        """
        forwarded = self._forwarded(scope, headers, _FORWARDED_PROTO, "x-forwarded-proto")
        scheme = scheme_of(scope) if forwarded is None else forwarded.lower()
        return scheme in {"https", "wss"}

    def _forwarded(
        self, scope: Scope, headers: Headers, pair: re.Pattern[str], header: str
    ) -> str | None:
        if self.trust(scope):
            forwarded = pair.search(headers.get("forwarded", ""))
            if forwarded is not None:
                return forwarded[1] or forwarded[2]
            if header in headers:
                return headers[header].split(",")[0].strip()
        return None


def _network(name: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(name)
    except ValueError as error:
        raise ValueError(
            f"{name!r} is not an address of a proxy ({error}). "
            "Give an address ('10.0.0.7'), a network ('10.0.0.0/8'), or '*'."
        ) from None
