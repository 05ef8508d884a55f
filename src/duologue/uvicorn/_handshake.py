"""The opening handshake: the request that uvicorn hands over, and what answers it.

uvicorn has read the request, and found that it asks for a WebSocket.
"""

import asyncio
import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha1
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

from uvicorn.config import Config
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl

from duologue._asgi.protocol import DENIAL_EXTENSION, RawHeaders
from duologue.types import Scope

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""The GUID that turns the key into the accept value (RFC 6455 section 1.3)."""

_WITHOUT_BODY = {204, 304}
"""They never have one, nor a header that tells its length (RFC 9110 section 6.4.1)."""


class HandshakeError(Exception):
    """A request that no application can accept, and the answer to it.

    Args:
        status: The status of the response.
        headers: Further headers of the answer.
    """

    def __init__(self, status: HTTPStatus, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Request:
    """The request of a client.

    Args:
        method: The method.
        path: The path as it was sent, without the query.
        query: The query as it was sent.
        headers: Pairs of a name in lower case and a value.
    """

    method: bytes
    path: bytes
    query: bytes
    headers: RawHeaders

    def all(self, name: bytes) -> list[bytes]:
        """Return the values of all headers of this name."""
        return [value for each, value in self.headers if each == name]

    def list(self, name: bytes) -> list[str]:
        """Return the parts of all headers of this name, which commas separate."""
        parts = b",".join(self.all(name)).decode("latin-1").split(",")
        return [stripped for part in parts if (stripped := part.strip())]

    def accept_key(self) -> bytes:
        """Return what proves that we have understood (RFC 6455 section 4.2.2).

        Raises:
            HandshakeError: The request breaks a rule of RFC 6455 section 4.2.1.
        """
        if self.method != b"GET":
            raise HandshakeError(HTTPStatus.METHOD_NOT_ALLOWED, (b"allow", b"GET"))
        if self.all(b"sec-websocket-version") != [b"13"]:
            raise HandshakeError(
                HTTPStatus.UPGRADE_REQUIRED,
                (b"upgrade", b"websocket"),
                (b"sec-websocket-version", b"13"),
            )
        keys = self.all(b"sec-websocket-key")
        if len(self.all(b"host")) != 1 or len(keys) != 1 or not _is_key(keys[0]):
            raise HandshakeError(HTTPStatus.BAD_REQUEST)
        return base64.b64encode(sha1(keys[0] + _GUID, usedforsecurity=False).digest())


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except binascii.Error:
        return False


def read_request(data: bytes) -> Request:
    """Read the request as uvicorn writes it, having parsed it: there is nothing wrong in it."""
    first, *lines = data.removesuffix(b"\r\n\r\n").split(b"\r\n")
    method, _, rest = first.partition(b" ")
    path, _, query = rest.rpartition(b" ")[0].partition(b"?")
    headers: RawHeaders = []
    for line in lines:
        name, _, value = line.partition(b":")
        headers.append((name.lower(), value.strip(b" \t")))
    return Request(method, path, query, headers)


def make_scope(
    request: Request, config: Config, transport: asyncio.Transport, state: dict[str, Any]
) -> Scope:
    """Make the scope of a connection (ASGI, "Websocket connection scope")."""
    root = config.root_path
    return {
        "type": "websocket",
        "asgi": {"version": config.asgi_version, "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "wss" if is_ssl(transport) else "ws",
        "server": get_local_addr(transport),
        "client": get_remote_addr(transport),
        "root_path": root,
        "path": root + unquote_to_bytes(request.path).decode("utf-8", "replace"),
        "raw_path": root.encode() + request.path,
        "query_string": request.query,
        "headers": request.headers,
        "subprotocols": request.list(b"sec-websocket-protocol"),
        "state": state.copy(),
        "extensions": {DENIAL_EXTENSION: {}},
    }


def write_acceptance(
    key: bytes, subprotocol: str | None, extension: bytes | None, headers: RawHeaders
) -> bytes:
    """Write the response that accepts the handshake (RFC 6455 section 4.2.2).

    Args:
        key: The accept value.
        subprotocol: The subprotocol that the application chose.
        extension: The agreed extension, as in the header.
        headers: Those of the server and of the application.
    """
    own = [
        (b"upgrade", b"websocket"),
        (b"connection", b"Upgrade"),
        (b"sec-websocket-accept", key),
    ]
    if subprotocol is not None:
        own.append((b"sec-websocket-protocol", subprotocol.encode("ascii")))
    if extension is not None:
        own.append((b"sec-websocket-extensions", extension))
    return _write_head(101, [*own, *headers])


class Denial:
    """A denial response, written part by part.

    Its head is sent with the first part of its body. If the application does not give the length,
    the first part decides: it is the whole body, or the first of several chunks.

    Args:
        status: The status.
        headers: Those of the application.
        defaults: Those of the server, unless the application has some of these names.
    """

    def __init__(self, status: int, headers: RawHeaders, defaults: RawHeaders) -> None:
        self.status = status
        self._names = {name for name, _ in headers}
        self._headers = [each for each in defaults if each[0] not in self._names] + headers
        if b"connection" not in self._names:
            self._headers.append((b"connection", b"close"))
        self._started = self._chunked = False

    def write(self, body: bytes, more: bool) -> bytes:
        """Write the next part of the response.

        Args:
            body: The part of the body.
            more: Whether others will follow.
        """
        if self.status in _WITHOUT_BODY:
            body = b""
        head = b"" if self._started else self._start(body, more)
        if not self._chunked:
            return head + body
        chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
        return head + chunk + (b"" if more else b"0\r\n\r\n")  # RFC 9112 section 7.1

    def _start(self, body: bytes, more: bool) -> bytes:
        self._started = True
        if self.status not in _WITHOUT_BODY and not self._names & {
            b"content-length",
            b"transfer-encoding",
        }:
            self._chunked = more
            self._headers.append(
                (b"transfer-encoding", b"chunked")
                if more
                else (b"content-length", b"%d" % len(body))
            )
        return _write_head(self.status, self._headers)


def normal(headers: Iterable[tuple[bytes, bytes]] | None) -> RawHeaders:
    """Return the headers of an application as they travel: names in lower case, no space around."""
    return [(bytes(name).lower(), bytes(value).strip(b" \t")) for name, value in headers or ()]


def _write_head(status: int, headers: RawHeaders) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase.encode()
    except ValueError:
        phrase = b""
    lines = [b"HTTP/1.1 %d %b\r\n" % (status, phrase)]
    lines += [b"%b: %b\r\n" % pair for pair in headers]
    return b"".join([*lines, b"\r\n"])
