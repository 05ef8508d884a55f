"""Middleware that denies the handshake of an origin or a host that is not allowed."""

import logging
import re
from collections.abc import Awaitable, Iterable
from typing import TypeAlias

from duologue._asgi.scopes import client_of
from duologue.datastructures import Headers
from duologue.origins._origins import (
    MAX_LENGTH,
    AllowedHosts,
    AllowedOrigins,
    Origin,
    advise,
    advise_host,
)
from duologue.origins._proxies import TrustedProxies
from duologue.responses import PlainTextResponse
from duologue.types import ASGIApp, Receive, Scope, Send
from duologue.websockets import WebSocket
from duologue.websockets.denial import deny

logger = logging.getLogger("duologue.origins")

# What is remembered takes half a megabyte at most: longer headers are looked at each time.
_MAX_KNOWN = 1024
_MAX_REMEMBERED = 256


class OriginMiddleware:
    """Denies handshakes from other sites' pages with 403 (RFC 6455 section 10.2).

    Pages of the same host are allowed, see `duologue.origins.Origin.is_at`. A client that sends no
    `Origin` is allowed, too: it is not a browser, so no user's cookies are at risk.

    Args:
        app: The application to protect.
        allowed_origins: Further origins to allow, see `duologue.origins.AllowedOrigins`.
        trusted_proxies: Addresses or networks of proxies, or `*` for any. If the handshake comes
            from one of them, its `Forwarded` header (RFC 7239 section 5), or `X-Forwarded-Host` and
            `X-Forwarded-Proto`, say which host the browser asked for, and whether it used TLS.
        allowed_hosts: The hosts that the application serves, see `duologue.origins.AllowedHosts`.
            An empty list allows any host. A handshake for another host is denied, from any client.

    Raises:
        TypeError: One of the lists is a single string.
        ValueError: An origin, an address or a host is invalid.
    """

    def __init__(
        self,
        app: ASGIApp,
        allowed_origins: Iterable[str] = (),
        trusted_proxies: Iterable[str] = (),
        *,
        allowed_hosts: Iterable[str] = (),
    ) -> None:
        self.app = app
        self.allowed = AllowedOrigins(allowed_origins)
        self.proxies = TrustedProxies(trusted_proxies)
        self.hosts = AllowedHosts(allowed_hosts)
        # Origins that were let in, each with the host and the scheme that were asked for. Most
        # handshakes have the same three, and to look at them closely takes longer than all the
        # rest of a connection.
        self._known: set[_Page] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the handshake through, or deny it."""
        await self.serve(scope, receive, send)

    def serve(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Do the same as calling it.

        It is not a coroutine itself, because each coroutine costs time at every `await` of the
        endpoint.
        """
        if scope["type"] == "websocket":
            pairs = scope["headers"]
            headers: dict[bytes, bytes] = dict(pairs)
            page = headers.get(b"origin"), headers.get(b"host"), scope.get("scheme")
            # Where a name stands twice, a dict does not tell all.
            alone = len(headers) == len(pairs)
            if not (alone and page in self._known):
                wrong = self._find_wrong(scope)
                if wrong is not None:
                    response = PlainTextResponse(f"This {wrong} is not allowed.", status_code=403)
                    return deny(WebSocket.of(scope, receive, send), response)
                if alone and page[0] is not None and not self.proxies:
                    self._remember(page)
        return self.app(scope, receive, send)

    def _remember(self, page: "_Page") -> None:
        if sum(len(part or "") for part in page) > _MAX_REMEMBERED:
            return
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        self._known.add(page)

    def _find_wrong(self, scope: Scope) -> str | None:
        """Find what the handshake is denied for: its host, its origin, or nothing."""
        is_browser = any(name.lower() == b"origin" for name, _ in scope["headers"])
        if not is_browser and not self.hosts:
            return None
        headers = Headers(raw=scope["headers"])
        host = self.proxies.host(scope, headers)
        if not self.hosts.allow(host):
            logger.warning(
                "Denied the handshake for %r: the host asked for is %r, which is none of "
                "allowed_hosts. %s",
                scope["path"],
                host and _shorten(host),
                advise_host(host),
            )
            return "host"
        if not is_browser:
            return None
        origins = headers.getlist("origin")
        secure = self.proxies.is_secure(scope, headers)
        if len(origins) == 1:
            origin = Origin.parse(origins[0])
            if origin is not None and host is not None and origin.is_at(host, secure):
                return None
            if self.allowed.allow(origins[0]):
                return None
        logger.warning(
            "Denied the handshake for %r: the page is from %r, but the host asked for is %r%s. %s",
            scope["path"],
            _shorten(", ".join(origins)),
            host and _shorten(host),
            ", over TLS" if secure else "",
            advise(", ".join(origins)) + self._advise_proxy(scope, headers),
        )
        return "origin"

    def _advise_proxy(self, scope: Scope, headers: Headers) -> str:
        forwarded = "forwarded" in headers or "x-forwarded-host" in headers
        if not forwarded or self.proxies.trust(scope):
            return ""
        client = client_of(scope)
        proxy = "*" if client is None else client.host
        # A server that believes the proxy says who the client is, and not who the proxy is.
        if proxy in re.split(r"[\s,]+", headers.get("x-forwarded-for", "")):
            proxy = "*"
        return f" If it is your proxy that changes the host, set trusted_proxies=[{proxy!r}]."


def _shorten(text: str) -> str:
    # Who denies a lot should not have to store a lot.
    return text if len(text) <= MAX_LENGTH else text[:MAX_LENGTH] + "…"


# An `Origin`, a `Host`, and the scheme that the server tells.
_Page: TypeAlias = tuple[bytes | None, bytes | None, str | None]
