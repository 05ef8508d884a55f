"""The handshake of a test client: headers, cookies and parameters, as HTTPX takes them."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast
from urllib.parse import urlencode

from duologue._asgi.protocol import RawHeaders

Params: TypeAlias = str | Mapping[str, Any] | Iterable[tuple[str, Any]] | None
"""Parameters of a query: text, a mapping, whose values may be lists, or pairs."""


def add_params(query: str, params: Params) -> str:
    """Add parameters to those of a query."""
    if isinstance(params, str):
        added = params.removeprefix("?")
    else:
        pairs = cast(
            "Iterable[tuple[str, Any]]",
            params.items() if isinstance(params, Mapping) else params or (),
        )
        added = urlencode([(name, _text(each)) for name, value in pairs for each in _all(value)])
    return "&".join(part for part in (query, added) if part)


def cookie_headers(cookies: Mapping[str, str]) -> RawHeaders:
    """Make the header that sends cookies, if there are any."""
    pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return [(b"cookie", pairs.encode("latin-1"))] if pairs else []


def authorization_headers(auth: tuple[str, str] | None) -> RawHeaders:
    """Make the header that sends a user's name and password (RFC 7617).

    Raises:
        TypeError: It is not a pair of them.
    """
    match auth:
        case None:
            return []
        case (str(user), str(password)):
            credentials = b64encode(f"{user}:{password}".encode())
            return [(b"authorization", b"Basic " + credentials)]
        case _:
            raise TypeError(
                f"auth is a pair of a user's name and a password, not {type(auth).__name__}. "
                "For anything else send the header `authorization`."
            )


def _all(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else [value]


def _text(value: object) -> str:
    """Write a value as HTTPX does."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
