"""The handshake of a test client: headers, cookies and parameters, as HTTPX takes them."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast
from urllib.parse import urlencode

from duologue._asgi.protocol import DENIAL_EXTENSION, RawHeaders

Params: TypeAlias = str | Mapping[str, Any] | Iterable[tuple[str, Any]] | None
"""Parameters of a query: text, a mapping, whose values may be lists, or pairs."""


def add_params(query: str, params: Params) -> str:
    """Add parameters to those of a query.

    Raises:
        TypeError: One of them is not a pair of a name and a value.
    """
    if isinstance(params, str):
        added = params.removeprefix("?")
    else:
        pairs = cast(
            "Iterable[tuple[str, Any]]",
            params.items() if isinstance(params, Mapping) else params or (),
        )
        added = urlencode([pair for each in pairs for pair in _param(each)])
    return "&".join(part for part in (query, added) if part)


def read_cookies(cookies: Mapping[str, str] | None) -> dict[str, str]:
    """Copy cookies as the caller gives them.

    Raises:
        TypeError: They are a single string.
    """
    if isinstance(cookies, str):
        raise TypeError("The cookies are a dict of names and values, not str.")
    return dict(cookies or {})


def check_subprotocols(subprotocols: Sequence[str] | None) -> Sequence[str]:
    """Return the subprotocols to offer, which may be none.

    Raises:
        TypeError: They are a single string.
    """
    if isinstance(subprotocols, str):
        raise TypeError(f"The subprotocols are a list: write [{subprotocols!r}].")
    return subprotocols or []


def check_client(client: tuple[str, int]) -> tuple[str, int]:
    """Return the address that the client appears to have.

    Raises:
        TypeError: It is a single string.
    """
    if isinstance(client, str):
        raise TypeError(f"The client is an address and a port: write ({client!r}, 50000).")
    return client


def check_extensions(extensions: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return the extensions that the server appears to have; the default is denial responses.

    Raises:
        TypeError: They are not a mapping.
    """
    if extensions is None:
        return {DENIAL_EXTENSION: {}}
    if not isinstance(extensions, Mapping):
        raise TypeError(f"The extensions are a dict: write {{{DENIAL_EXTENSION!r}: {{}}}}.")
    return extensions


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


def _param(pair: tuple[str, Any]) -> list[tuple[str, str]]:
    match pair:
        case (name, value):
            return [(name, _text(each)) for each in _all(value)]
        case _:
            raise TypeError(
                f"A parameter is a pair of a name and a value, not {type(pair).__name__}."
            )


def _all(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else [value]


def _text(value: object) -> str:
    """Write a value as HTTPX does."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
