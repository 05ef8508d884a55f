"""Origins: from which web pages a browser's handshake may come.

A browser opens a WebSocket for any page, whoever wrote it, and sends the user's cookies along; no
CORS rule holds it back. But it always says where the page came from, in the `Origin` header, which
no page can change (RFC 6455 section 10.2).
"""

from duologue.origins._middleware import OriginMiddleware
from duologue.origins._origins import AllowedHosts, AllowedOrigins, Origin, OriginPattern
from duologue.origins._proxies import TrustedProxies

__all__ = [
    "AllowedHosts",
    "AllowedOrigins",
    "Origin",
    "OriginMiddleware",
    "OriginPattern",
    "TrustedProxies",
]
