"""The transport over sockets: the WebSocket server at a URL.

The bytes are anyio's, so it runs on asyncio and trio; the protocol is that of the `websockets`
package, without its input and output.
"""

import logging
import socket
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from os import PathLike, fspath
from types import TracebackType
from typing import Final, Self, cast

import anyio
from anyio.abc import ByteStream, TaskGroup
from anyio.streams.tls import TLSStream

from duologue._asgi.protocol import encode_headers, is_final
from duologue.scripts.transports.connectors import (
    Accepted,
    Answer,
    Broken,
    CannotConnectError,
    Channel,
    Connector,
    Denied,
    Ended,
    Event,
    TextHeaders,
)

try:
    from websockets.client import ClientProtocol
    from websockets.exceptions import InvalidURI
    from websockets.frames import Frame, Opcode
    from websockets.http11 import Response
    from websockets.protocol import State
    from websockets.typing import Subprotocol
    from websockets.uri import WebSocketURI, parse_uri
except ImportError as error:
    raise ImportError(
        "Talking to a server over the network needs the package `websockets`. "
        'Install it with: pip install "duologue[cli]"'
    ) from error

_LOST: Final = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)
_DATA: Final = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)
_SILENT: Final = logging.Logger("duologue.scripts.transports.sockets", level=logging.CRITICAL + 1)


class URLConnector(Connector):
    """Plays against the server at a `ws://` or `wss://` URL.

    The paths of a script are appended to the path of the URL: against `ws://host/live`, `open /ws`
    opens `/live/ws`.

    Args:
        url: The URL of the server.
        ssl_context: The TLS settings for `wss://`. The default is to trust the certificates that
            the system trusts.
        unix_socket: The path of the socket at which the server listens, instead of the host and the
            port of the URL.

    Raises:
        ValueError: The URL is not one of a WebSocket, or has a query or a fragment.
    """

    def __init__(
        self,
        url: str,
        ssl_context: ssl.SSLContext | None = None,
        unix_socket: str | PathLike[str] | None = None,
    ) -> None:
        parsed = _parse(url)
        if parsed is None:
            raise ValueError(f"{url!r} is not the URL of a WebSocket server: write {_suggest(url)}")
        if parsed.query:
            raise ValueError(f"{url!r} has a query; the paths in a script have theirs instead")
        self._uri = parsed
        self._connect = partial(_connect, parsed, ssl_context, unix_socket)
        self._tasks: TaskGroup

    async def __aenter__(self) -> Self:
        self._tasks = await anyio.create_task_group().__aenter__()
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # What was raised in the block is not for the task group: it would wrap it in a group.
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)

    def channel(self, path: str, headers: TextHeaders, subprotocols: Sequence[str]) -> Channel:
        """Make a channel. It is not open yet."""
        uri = replace(self._uri, path=self._uri.path.rstrip("/") + path)
        return _SocketChannel(uri, headers, subprotocols, self._tasks, self._connect)


class _SocketChannel(Channel):
    def __init__(
        self,
        uri: WebSocketURI,
        headers: TextHeaders,
        subprotocols: Sequence[str],
        tasks: TaskGroup,
        connect: Callable[[], Awaitable[ByteStream]],
    ) -> None:
        self._headers = headers
        offered = [Subprotocol(name) for name in subprotocols] or None
        self._protocol = ClientProtocol(uri, subprotocols=offered, max_size=None, logger=_SILENT)
        self._tasks = tasks
        self._connect = connect
        self._tls_error: ssl.SSLError | None = None
        self._stream: ByteStream
        self._sending = anyio.Lock()
        self._answer: Answer | None = None
        self._fragments: list[Frame] = []
        self._events: deque[str | bytes | Broken] = deque()
        self._dropped = False
        self._lost = False
        self._changed = anyio.Event()

    async def open(self) -> Answer:
        self._stream = await self._connect()
        self._tasks.start_soon(self._read)  # which closes the stream, whatever happens
        request = self._protocol.connect()
        for name, _ in self._headers:
            if name in request.headers:
                del request.headers[name]
        self._protocol.send_request(request)
        head = b"".join(self._protocol.data_to_send()).removesuffix(b"\r\n\r\n")
        # As they are: the package would encode their values in its own way.
        own = [name + b": " + value for name, value in encode_headers(self._headers)]
        await self._send(b"\r\n".join([head, *own, b"", b""]))
        while self._answer is None:
            await self._changed.wait()
        if self._tls_error is not None:
            raise CannotConnectError(f"no answer: {_reason(self._tls_error)}")
        return self._answer

    async def send(self, message: str | bytes) -> None:
        if self._protocol.state is not State.OPEN:
            return
        if isinstance(message, str):
            self._protocol.send_text(message.encode())
        else:
            self._protocol.send_binary(message)
        await self._flush()

    async def receive(self) -> Event:
        while not self._events and not self._ended:
            await self._changed.wait()
        if self._events:
            return self._events.popleft()
        closed = self._protocol.close_rcvd
        if self._dropped or closed is None:
            return Ended(1006, ours=self._dropped)
        return Ended(closed.code, closed.reason, ours=not self._protocol.close_rcvd_then_sent)

    async def close(self, code: int | None, reason: str) -> None:
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
            await self._flush()
        while not self._ended:
            await self._changed.wait()

    async def drop(self) -> None:
        self._dropped = not self._ended
        await anyio.aclose_forcefully(self._stream)

    async def finish(self) -> None:
        await anyio.aclose_forcefully(self._stream)

    @property
    def _ended(self) -> bool:
        return self._lost or self._dropped or self._protocol.close_rcvd is not None

    async def _read(self) -> None:
        try:
            while not self._lost:
                self._protocol.receive_data(await self._stream.receive())
                self._take_events()
                await self._flush()
        except _LOST as error:
            if isinstance(error, ssl.SSLError):
                self._tls_error = error  # of the client's certificate: it comes late
            self._protocol.receive_eof()
            self._lost = True
            self._take_events()
        finally:
            # The server may wait for this side to be closed too (RFC 6455 section 7.1.1).
            await anyio.aclose_forcefully(self._stream)

    async def _flush(self) -> None:
        # An empty piece asks for the end of the stream, which `_read` or `finish` closes.
        await self._send(b"".join(self._protocol.data_to_send()))

    async def _send(self, data: bytes) -> None:
        async with self._sending:
            try:
                await self._stream.send(data)
            except _LOST:
                pass  # the reader learns of it too

    def _take_events(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                self._answer = _read_answer(event, self._protocol)
            elif isinstance(event, Frame) and event.opcode in _DATA:
                self._take_frame(event)
        if self._answer is None and self._protocol.handshake_exc is not None:
            lost = isinstance(self._protocol.handshake_exc.__cause__, EOFError)
            what = "no answer: the connection was lost" if lost else "an answer that is not HTTP"
            self._answer = Broken(what)
        mistake = self._protocol.parser_exc
        if mistake is not None and not isinstance(mistake, EOFError):
            self._break(str(mistake))
        self._change()

    def _take_frame(self, frame: Frame) -> None:
        self._fragments.append(frame)
        if not frame.fin:
            return
        data = b"".join(fragment.data for fragment in self._fragments)
        kind = self._fragments[0].opcode
        self._fragments.clear()
        if kind is not Opcode.TEXT:
            self._events.append(data)
            return
        try:
            self._events.append(data.decode())
        except UnicodeDecodeError:
            self._protocol.fail(1007)
            self._break("a text message that is not in UTF-8")

    def _break(self, words: str) -> None:
        self._events.append(Broken(words))
        self._lost = True

    def _change(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()


def _parse(url: str) -> WebSocketURI | None:
    try:
        return parse_uri(url)
    except (InvalidURI, ValueError):
        return None


def _suggest(url: str) -> str:
    """Return what to write instead of an invalid URL of a WebSocket server."""
    scheme, found, rest = url.partition("://")
    secure = found and scheme.lower() in ("https", "wss")
    suggested = f"{'wss' if secure else 'ws'}://{rest if found else url}"
    if scheme.lower() in ("ws", "wss") or _parse(suggested) is None:
        return "ws://HOST:PORT or wss://HOST:PORT"
    return suggested


async def _connect(
    uri: WebSocketURI,
    ssl_context: ssl.SSLContext | None,
    unix_socket: str | PathLike[str] | None,
) -> ByteStream:
    try:
        stream: ByteStream
        if unix_socket is None:
            stream = await anyio.connect_tcp(uri.host, uri.port)
        else:
            stream = await anyio.connect_unix(unix_socket)
        if not uri.secure:
            return stream
        try:
            return await TLSStream.wrap(
                stream, hostname=uri.host, ssl_context=ssl_context, standard_compatible=False
            )
        except BaseException:
            await anyio.aclose_forcefully(stream)
            raise
    except _LOST as error:
        there = f"{'wss' if uri.secure else 'ws'}://{uri.host}:{uri.port}"
        if unix_socket is not None:
            there = f"{there} through {fspath(unix_socket)}"
        raise CannotConnectError(f"cannot connect to {there}: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    """Return the reason why there is no connection, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, BaseExceptionGroup):  # one for each address of the host
        group = cast("BaseExceptionGroup[BaseException]", error)
        return _reason(group.exceptions[0])
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, FileNotFoundError):
        return "there is no such socket"
    if isinstance(error, socket.gaierror):
        return "there is no host of this name"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason})"
    return " ".join(str(error).split()) or type(error).__name__


def _read_answer(response: Response, protocol: ClientProtocol) -> Answer:
    headers = [
        (name.lower(), value.encode("latin-1", "surrogateescape").decode("latin-1"))
        for name, value in response.headers.raw_items()
    ]
    if response.status_code != 101 and not is_final(response.status_code):
        return Broken(f"an answer with status {response.status_code}, which is not final")
    if response.status_code != 101:
        return Denied(response.status_code, headers, bytes(response.body or b""))
    if protocol.handshake_exc is not None:
        return Broken(f"an answer to another handshake: {protocol.handshake_exc}")
    return Accepted(protocol.subprotocol or "", headers)
