"""Origins that are not allowed are refused before the application hears of the handshake."""

import logging
import re
from collections.abc import Awaitable, Iterable

from duologue.datastructures import Headers
from duologue.origins import AllowedOrigins, Origin
from duologue.proxies import TrustedProxies
from duologue.refusal import refuse
from duologue.responses import PlainTextResponse
from duologue.types import ASGIApp, Receive, Scope, Send
from duologue.websockets import WebSocket

logger = logging.getLogger("duologue.origins")

_MAX_KNOWN = 1024


class OriginMiddleware:
    """Refuses handshakes from other sites' pages with 403 (RFC 6455 section 10.2).

    A page of the same host is let in, and so is a client that sends no `Origin`: it is no browser,
    so nobody's cookies are at stake.

    Args:
        app: The application to protect.
        allowed_origins: Further origins to let in, see `duologue.origins.AllowedOrigins`.
        trusted_proxies: Addresses or networks of proxies, or `*` for any: where the handshake comes
            from one of them, the host that the browser asked for is read from its `Forwarded` or
            `X-Forwarded-Host` header (RFC 7239 section 5.3).

    Raises:
        TypeError: One of the lists is a single string.
        ValueError: An origin or an address is none.
    """

    def __init__(
        self,
        app: ASGIApp,
        allowed_origins: Iterable[str] = (),
        trusted_proxies: Iterable[str] = (),
    ) -> None:
        self.app = app
        self.allowed = AllowedOrigins(allowed_origins)
        self.proxies = TrustedProxies(trusted_proxies)
        # Origins that were let in, each with the host that was asked for. Most handshakes have the
        # same two, and to look at them closely takes longer than all the rest of a connection.
        self._known: set[tuple[bytes | None, bytes | None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the handshake through, or refuse it."""
        await self.serve(scope, receive, send)

    def serve(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Do what calling it does.

        It is no coroutine of its own: each one costs time whenever the endpoint waits.
        """
        if scope["type"] == "websocket":
            pairs = scope["headers"]
            headers: dict[bytes, bytes] = dict(pairs)
            page = headers.get(b"origin"), headers.get(b"host")
            # Where a name stands twice, a dict does not tell all.
            alone = len(headers) == len(pairs)
            if not (alone and page in self._known):
                if not self._lets_in(scope):
                    response = PlainTextResponse("This origin is not allowed.", status_code=403)
                    return refuse(WebSocket.of(scope, receive, send), response)
                if alone and page[0] is not None and not self.proxies:
                    self._remember(page)
        return self.app(scope, receive, send)

    def _remember(self, page: tuple[bytes | None, bytes | None]) -> None:
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        self._known.add(page)

    def _lets_in(self, scope: Scope) -> bool:
        if not any(name.lower() == b"origin" for name, _ in scope["headers"]):
            return True  # no browser
        headers = Headers(raw=scope["headers"])
        origins = headers.getlist("origin")
        host = self.proxies.host(scope, headers)
        if len(origins) == 1:
            origin = Origin.parse(origins[0])
            if origin is not None and host is not None and origin.is_at(host):
                return True
            if self.allowed.allow(origins[0]):
                return True
        logger.warning(
            "Refused the handshake for %r: the page is from %r, but the host asked for is %r. %s",
            scope["path"],
            ", ".join(origins),
            host,
            self._remedy(scope, headers),
        )
        return False

    def _remedy(self, scope: Scope, headers: Headers) -> str:
        remedy = "If you know this origin, name it in allowed_origins."
        forwarded = "forwarded" in headers or "x-forwarded-host" in headers
        if forwarded and not self.proxies.trust(scope):
            proxy = (scope.get("client") or ["*"])[0]
            # A server that believes the proxy says who the client is, and not who the proxy is.
            if proxy in re.split(r"[\s,]+", headers.get("x-forwarded-for", "")):
                proxy = "*"
            remedy += (
                f" If it is your proxy that changes the host, set trusted_proxies=[{proxy!r}]."
            )
        return remedy
