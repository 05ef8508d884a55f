"""Build the site and serve it with every snippet live: ``python -m docs_tools.serve``.

``PORT`` chooses the port (8000 where it is not set).
"""

from __future__ import annotations

import errno
import logging
import mimetypes
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse, PlainTextResponse
from starlette.routing import Mount
from starlette.staticfiles import NotModifiedResponse, StaticFiles

from docs_tools.build import BuildError, build, interrupted_by_sigterm, say, tell_interrupted
from docs_tools.playground.archives import PLACE
from docs_tools.project.languages import ROOT, languages
from docs_tools.site.live import Live
from duologue._asgi.scopes import host_of, server_of
from duologue.origins import AllowedHosts
from duologue.uvicorn import PicowsProtocol

if TYPE_CHECKING:
    from starlette.responses import Response

    from duologue.types import ASGIApp, Receive, Scope, Send

HOST = "127.0.0.1"
# What this machine is called by itself.
LOCAL = AllowedHosts([HOST, "localhost", "[::1]"])

mimetypes.add_type("text/markdown", ".md")  # not every system knows it


class PortError(Exception):
    """There is no address to serve at; the message says why and what to do."""


class Site:
    """The site and its snippets as one ASGI application.

    Args:
        folder: The built site.
        root: The folder that holds ``docs_src``.
    """

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        self.live = Live(root)
        # A language of its own is a site of its own, with its own page for what is not there.
        routes = [
            Mount(
                "/" + each.prefix.rstrip("/"),
                StaticFiles(directory=folder / each.prefix, html=True),
            )
            for each in sorted(languages(root), key=lambda each: each.prefix, reverse=True)
        ]
        self.pages: ASGIApp = GZipMiddleware(Starlette(routes=routes))
        python = Mount("/" + PLACE, Pressed(directory=folder / PLACE, check_dir=False))
        self.python: ASGIApp = Starlette(routes=[python])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a page, or hand over to a snippet, unless the host is that of others."""
        if scope["type"] != "lifespan" and is_rebound(scope):
            await refuse(scope, receive, send)
            return
        is_live = scope["type"] in ("websocket", "lifespan") or (
            scope["type"] == "http" and scope["path"].startswith("/live/")
        )
        is_python = scope["type"] == "http" and scope["path"].startswith(f"/{PLACE}/")
        app = self.live if is_live else self.python if is_python else self.pages
        await app(scope, receive, send)


class Pressed(StaticFiles):
    """Files of which some lie there compressed, too: then these are sent."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Make the response for a file."""
        pressed = Path(f"{os.fspath(full_path)}.gz")
        asked = Headers(scope=scope)
        if "gzip" not in asked.get("accept-encoding", "") or not pressed.is_file():
            return super().file_response(full_path, stat_result, scope, status_code)
        response = FileResponse(
            pressed,
            status_code,
            {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"},
            mimetypes.guess_type(full_path)[0],
            stat_result=pressed.stat(),
        )
        return (
            NotModifiedResponse(response.headers)
            if self.is_not_modified(response.headers, asked)
            else response
        )


def is_rebound(scope: Scope) -> bool:
    """Tell whether a page of others may ask, whose name leads to this machine (DNS rebinding).

    A browser names the port, if it is none of the scheme's own. A WebSocket for another host
    without one is a script that is played from a terminal.
    """
    host = host_of(scope) or ""
    if LOCAL.allow(host):
        return False
    server = server_of(scope)
    at_port_80 = server is not None and server.port == 80
    return scope["type"] == "http" or ":" in host or at_port_80


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse what asks for the host of others."""
    if scope["type"] == "http":
        response = PlainTextResponse(f"This site is called {HOST} or localhost.", 403)
        await response(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": ""})


def listen(port: str) -> socket.socket:
    """Take the port, before time is spent on building.

    Raises:
        PortError: It is not a port, or another program has it.
    """
    if not port.isdecimal() or not 0 <= int(port) <= 65535:
        raise PortError(f"PORT={port} is not a port. Choose a number, as in: make run PORT=8001")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, int(port)))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortError(
                f"Port {port} is in use. Choose another, as in: make run PORT={int(port) + 1}"
            ) from None
        raise PortError(f"Port {port} cannot be used: {error.strerror}.") from None
    return listener


def main() -> int:
    """Build, then serve until Ctrl-C."""
    folder = ROOT / "site"
    try:
        with listen(os.environ.get("PORT") or "8000") as listener:
            with interrupted_by_sigterm():
                build(folder, url=address_of(listener))
            with suppress(KeyboardInterrupt):
                serve(Site(folder), listener)
    except (PortError, BuildError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return tell_interrupted()
    return 0


def address_of(listener: socket.socket) -> str:
    """Where a browser finds what listens."""
    host, port = listener.getsockname()
    return f"http://{host}:{port}/"


def serve(site: Site, listener: socket.socket) -> None:
    """Say where the site is, and serve it."""
    address = address_of(listener)
    live = address.replace("http", "ws") + "live"
    say("")
    say(f"The site:        {address}")
    for each in languages()[1:]:
        say(f"                 {address}{each.prefix}")
    say(f"Snippets, live:  {live}/PAGE/NAME ({len(site.live.programs)} of them), as in")
    example = next(iter(site.live.programs), "websockets/echo")
    say(f"  duologue play docs_src/{example}.duo --url {live}/{example}")
    say("Ctrl-C stops.")
    logging.disable(logging.INFO)  # the frameworks of some snippets tell how they start
    config = uvicorn.Config(site, ws=PicowsProtocol, log_level="warning")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    sys.exit(main())
