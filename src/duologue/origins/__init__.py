"""Origins: which web pages may open a WebSocket in a browser.

A browser opens a WebSocket for any page, from any author, and sends the user's cookies with it;
CORS does not restrict this. But it always sends the origin of the page in the `Origin` header,
which no page can change (RFC 6455 section 10.2).
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
