"""Runs applications without an event loop: nothing here ever has to wait."""

from collections.abc import Coroutine
from typing import Any

BROWSER_HEADERS = [
    (b"host", b"chat.example.com"),
    (b"connection", b"Upgrade"),
    (b"pragma", b"no-cache"),
    (b"cache-control", b"no-cache"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    (b"upgrade", b"websocket"),
    (b"origin", b"https://chat.example.com"),
    (b"sec-websocket-version", b"13"),
    (b"accept-encoding", b"gzip, deflate, br, zstd"),
    (b"accept-language", b"en-GB,en;q=0.9,ko;q=0.8"),
    (b"cookie", b"session=b1946ac92492d2347c6235b4d2611184"),
    (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
    (b"sec-websocket-extensions", b"permessage-deflate; client_max_window_bits"),
]


def make_scope(path: str, query: bytes) -> dict[str, Any]:
    """Make the scope of a browser's handshake, as a server makes it: anew for each connection."""
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "wss",
        "server": ("192.0.2.1", 443),
        "client": ("198.51.100.7", 51234),
        "root_path": "",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": list(BROWSER_HEADERS),
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
        "state": {},
    }


def drive(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end. What it waits for has always come already."""
    try:
        while coroutine.send(None) is None:
            pass
    except StopIteration:
        return
    raise RuntimeError("The application waits for something: this cannot be measured here.")
