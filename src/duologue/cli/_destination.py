"""Options for a server: its URL, TLS and Unix socket, and the headers that are sent to it."""

import argparse
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from shlex import quote
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar, cast
from urllib.parse import urlsplit

from duologue._targets import read_urls
from duologue.cli._output import remark
from duologue.cli._transcript import UserError
from duologue.scripts import Open, ScriptSyntaxError
from duologue.scripts.language.parser import parse_turn
from duologue.scripts.transports.connectors import Channel, Connector, TextHeaders

if TYPE_CHECKING:
    from duologue.scripts.transports.sockets import URLConnector

Result = TypeVar("Result")

_OF_SERVERS = ("cacert", "insecure", "cert", "key", "unix_socket")
_OF_TLS = ("cacert", "insecure", "cert", "key")


class Presenting(Connector):
    """Sends headers and subprotocols in every handshake that has none of these itself.

    Args:
        connector: The other side.
        presented: The headers and the subprotocols.
    """

    def __init__(self, connector: Connector, presented: Open) -> None:
        self._connector = connector
        self._presented = presented

    async def __aenter__(self) -> Self:
        await self._connector.__aenter__()
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._connector.__aexit__(exception_type, exception, traceback)

    def channel(self, path: str, headers: TextHeaders, subprotocols: Sequence[str]) -> Channel:
        """Make a channel. It is not open yet."""
        given = {name for name, _ in headers}
        added = [pair for pair in self._presented.headers if pair[0] not in given]
        return self._connector.channel(
            path, [*headers, *added], subprotocols or self._presented.subprotocols
        )


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how to reach a server, and what to present to it."""
    parser.add_argument(
        "-H",
        "--header",
        metavar="'NAME: VALUE'",
        action="append",
        default=[],
        help="send this header; may be given more than once",
    )
    parser.add_argument(
        "-s",
        "--subprotocol",
        metavar="NAME",
        action="append",
        default=[],
        help="offer this subprotocol; may be given more than once",
    )
    parser.add_argument(
        "--cacert",
        metavar="FILE",
        type=some_text,
        help="trust the certificates in this file, and no others",
    )
    parser.add_argument(
        "-k",
        "--insecure",
        action="store_true",
        help="do not verify the server's certificate",
    )
    parser.add_argument("--cert", metavar="FILE", type=some_text, help="the client's certificate")
    parser.add_argument(
        "--key", metavar="FILE", type=some_text, help="the key of --cert, if that file has none"
    )
    parser.add_argument(
        "--unix-socket",
        metavar="PATH",
        type=some_text,
        help="connect through this socket, not to the host and port of the URL",
    )


def some_text(text: str) -> str:
    """Read the value of an option that means something else if it is left out.

    It is empty where a variable of the shell is not set.

    Raises:
        argparse.ArgumentTypeError: It is empty.
    """
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    return text


def some_path(text: str) -> Path:
    """Read a path, which is not empty: that would be the current folder.

    Raises:
        argparse.ArgumentTypeError: It is empty.
    """
    return Path(some_text(text))


def connectors_for(urls: Sequence[str], options: argparse.Namespace) -> dict[str, Connector]:
    """Make what reaches the servers of all `--url`, by the names of the clients.

    Raises:
        UserError: A client cannot have this name, or has two URLs; or as `connector_for`.
    """
    try:
        read = read_urls(urls)
    except ValueError as error:
        raise UserError(f"--url: {error}") from None
    if len(read) > 1 and options.unix_socket:
        raise UserError("--unix-socket goes with one --url: it leads every client to one server")
    return {client: connector_for(url, options) for client, url in read.items()}


def connector_for(url: str, options: argparse.Namespace) -> "URLConnector":
    """Make what reaches the server at a URL.

    Raises:
        UserError: It is a file, the options do not fit, or one of their files cannot be read.
    """
    if "://" not in url and Path(url).is_file():
        raise UserError(f"{url} is a file, and not the URL of a server, like ws://127.0.0.1:8000/")
    try:
        from duologue.scripts.transports.sockets import URLConnector  # an optional dependency

        URLConnector(url)  # before files are read: what is said first is wrong first
        return URLConnector(url, _ssl_context(url, options), options.unix_socket)
    except (ImportError, ValueError) as error:
        raise UserError(str(error)) from None


def remind(options: argparse.Namespace) -> None:
    """With `--insecure`, warn that certificates are not verified."""
    if options.insecure:
        remark("duologue: --insecure: the server's certificate is not verified")


def check_no_server(options: argparse.Namespace) -> None:
    """Refuse options for a server if there is none.

    Raises:
        UserError: Such an option is given.
    """
    for name in _given(options, _OF_SERVERS):
        raise UserError(f"{name} goes with --url: in process there is no connection")


def present(connector: Connector, options: argparse.Namespace) -> Connector:
    """Add the headers and the subprotocols of the options to what a script presents."""
    if not (options.header or options.subprotocol):
        return connector
    return Presenting(connector, _read_handshake("/", options))


def read_address(options: argparse.Namespace) -> tuple[str, Open]:
    """Cut a URL into the server and what is opened there.

    Raises:
        UserError: It cannot be cut, or a header cannot be written in a script.
    """
    url = str(options.url)
    try:
        host = urlsplit(url).netloc
    except ValueError as error:
        raise UserError(f"{url!r} is not a URL: {error}") from None
    scheme, _, rest = url.partition("://")
    if scheme.lower() not in ("ws", "wss"):
        return url, Open("", "/")  # which `connector_for` refuses, and says why
    path = rest.removeprefix(host)
    if not path.startswith("/"):
        path = f"/{path}"
    return f"{scheme}://{host}", _read_handshake(path, options)


def playing_again(server: str, options: argparse.Namespace) -> str:
    """Write the options with which `duologue play` reaches the same server."""
    words = ["--url", server]
    for option, value in _given(options, _OF_SERVERS).items():
        words += [option] if value is True else [option, str(value)]
    return " ".join(map(quote, words))


def _given(options: argparse.Namespace, names: Sequence[str]) -> dict[str, str | bool]:
    """Those of some options that are given, as one writes them."""
    found = {f"--{name.replace('_', '-')}": getattr(options, name) for name in names}
    return {option: value for option, value in found.items() if value}


def _read_handshake(path: str, options: argparse.Namespace) -> Open:
    offered = ", ".join(options.subprotocol)
    below = [*([f"subprotocols: {offered}"] if offered else []), *options.header]
    try:
        return cast("Open", parse_turn("\n    ".join([f"> open {path}", *below])))
    except ScriptSyntaxError as error:
        raise UserError(f"{error.text.strip()}: {error.message}") from None


def _ssl_context(url: str, options: argparse.Namespace) -> ssl.SSLContext | None:
    given = _given(options, _OF_TLS)
    for name in given:
        if not url.lower().startswith("wss:"):
            raise UserError(f"{name} goes with a wss:// URL: {url} is not encrypted")
    if options.key and not options.cert:
        raise UserError("--key goes with --cert, which it is the key of")
    if not given:
        return None
    context = ssl.create_default_context()
    if options.cacert:
        context = _read(options.cacert, lambda file: ssl.create_default_context(cafile=file))
    if options.cert:
        _read(options.key or options.cert, Path.read_bytes)  # the next line would not say which
        _read(options.cert, lambda file: context.load_cert_chain(file, options.key))
    if options.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _read(path: str, read: Callable[[Path], Result]) -> Result:
    try:
        return read(Path(path))
    except ssl.SSLError as error:
        reason = (error.reason or "no certificate in it").replace("_", " ").lower()
        raise UserError(f"cannot use {path}: {reason}") from None
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
