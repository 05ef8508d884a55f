"""The opening of a connection: its request, until the application accepts or denies it."""

import asyncio
import logging
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from uvicorn.config import Config
from uvicorn.protocols.utils import get_client_addr
from uvicorn.server import ServerState

from duologue._asgi.protocol import check_accept, check_denial
from duologue.types import Message
from duologue.uvicorn._deflate import Deflate, agree
from duologue.uvicorn._handshake import (
    Denial,
    make_scope,
    normal,
    read_request,
    write_acceptance,
)
from duologue.uvicorn._parser import MOST


class Opening:
    """A handshake that is not answered yet, or not wholly.

    Args:
        data: The request as uvicorn writes it.
        config: uvicorn's settings.
        server_state: The state that all connections of the server share.
        app_state: The state from the lifespan of the application.
        transport: The connection.

    Attributes:
        scope: The scope for the application.
        early: The data that the client sends before it is accepted.
    """

    __slots__ = (
        "_config",
        "_default_headers",
        "_denial",
        "_key",
        "_request",
        "_transport",
        "early",
        "scope",
    )

    _key: bytes  # what proves that we have understood the handshake
    _denial: Denial

    def __init__(
        self,
        data: bytes,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        transport: asyncio.Transport,
    ) -> None:
        self._request = read_request(data)
        self._config = config
        self._default_headers = server_state.default_headers
        self._transport = transport
        self.scope = make_scope(self._request, config, transport, app_state)
        self.early = b""

    def check(self) -> None:
        """Check the request.

        Raises:
            HandshakeError: No application can accept it.
        """
        self._key = self._request.accept_key()

    def keep(self, data: bytes) -> None:
        """Keep what comes too early, which is not much."""
        self.early += data
        if len(self.early) > MOST:
            self._transport.pause_reading()

    def accept(self, message: Message) -> Deflate | None:
        """Accept for the application; return the compression, if one is agreed upon."""
        subprotocol, headers = message.get("subprotocol"), normal(message.get("headers"))
        checked = {"subprotocol": subprotocol, "headers": headers}
        check_accept(checked, self.scope["subprotocols"])
        agreement = None
        if self._config.ws_per_message_deflate:
            agreement = agree(self._request.list(b"sec-websocket-extensions"))
        extension = None if agreement is None else agreement.answer
        headers = [*self._default_headers, *headers]
        self._log("[accepted]")
        self._transport.write(write_acceptance(self._key, subprotocol, extension, headers))
        return None if agreement is None else Deflate(agreement)

    def deny(self, message: Message) -> None:
        """Deny for the application, whose body follows."""
        headers = normal(message.get("headers"))
        check_denial({"status": message["status"], "headers": headers})
        self._log(str(message["status"]))
        self._denial = Denial(message["status"], headers, self._default_headers)

    def deny_further(self, body: bytes, more: bool) -> None:
        """Write a part of the body, and return whether more will follow."""
        self._transport.write(self._denial.write(body, more))

    def deny_with(
        self, status: HTTPStatus, *headers: tuple[bytes, bytes], body: bytes | None = None
    ) -> None:
        """Deny by ourselves."""
        body = status.phrase.encode() if body is None else body
        about = [*headers, (b"content-type", b"text/plain; charset=utf-8")]
        self.deny({"status": int(status), "headers": about})
        self.deny_further(body, False)

    def _log(self, outcome: str) -> None:
        scope = self.scope
        query = scope["query_string"].decode("latin-1")
        path = quote(scope["path"]) + (f"?{query}" if query else "")
        client = get_client_addr(scope)  # type: ignore[arg-type]
        logger = logging.getLogger("uvicorn.error")
        logger.info('%s - "WebSocket %s" %s', client, path, outcome)
