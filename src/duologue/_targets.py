"""Which server each client of a script talks to: one for all, or one for each name."""

from collections.abc import Container, Iterable

OTHERS = ""
"""The name for the server of all other clients."""

_PARTS_OF_URLS = frozenset(":/?#")


def read_urls(given: Iterable[str]) -> dict[str, str]:
    """Read the URLs of a command line: `URL`, or `CLIENT=URL`.

    Returns:
        The URLs by the names of the clients; the one for all others is at `""`.

    Raises:
        ValueError: A client cannot have this name, or has two URLs.
    """
    urls: dict[str, str] = {}
    for text in given:
        client, sign, url = text.partition("=")
        if not sign or not _PARTS_OF_URLS.isdisjoint(client):
            client, url = OTHERS, text
        elif not client.isidentifier():
            raise ValueError(
                f"{client!r} is not a name for a client: letters, digits and _ make one"
            )
        if client in urls:
            raise ValueError(
                f"the client {client} has two URLs: leave one away"
                if client
                else f"two URLs for all clients: say who has the second one, as in ada={url}"
            )
        urls[client] = url
    return urls


def lacking(clients: Iterable[str], targets: Container[str]) -> str | None:
    """Name the first client that has no target; it may be `""`."""
    if OTHERS in targets:
        return None
    return next((client for client in clients if client not in targets), None)


def explain_lacking(client: str, option: str) -> str:
    """Return the error for a client without a URL, and its remedy."""
    if not client:
        return f"a client without a name has no URL: add {option} ws://127.0.0.1:8000"
    return (
        f"the client {client} has no URL: add {option} {client}=ws://127.0.0.1:8000, "
        "or one without a name for all others"
    )


def explain_unknown(urls: Iterable[str], clients: Iterable[str], option: str) -> str | None:
    """Raise an error if a URL is for a client that no script has."""
    known = dict.fromkeys(client for client in clients if client)
    for client in urls:
        if client and client not in known:
            there = f"there are {', '.join(known)}" if known else "none of them has a name"
            return f"{option} {client}=…: no script has a client {client}; {there}"
    return None
