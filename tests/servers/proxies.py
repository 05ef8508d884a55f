"""Real proxies, nginx and Caddy, with the configuration that the guides show.

Where there is none, the tests fail: `.ci/run` installs the Debian packages `nginx-light` and
`caddy`.
"""

import os
import shutil
import signal
import socket
import ssl
import subprocess
from contextlib import contextmanager
from functools import partial
from http.client import HTTPResponse

import anyio
import trustme
from anyio.from_thread import start_blocking_portal
from listening import await_answer, free_port, knock
from patience import MOMENT, PROCESS
from websockets.asyncio.client import connect

from docs_tools.project.languages import ROOT

GUIDES = ROOT / "docs_src" / "how_to"
HOST = "chat.example"
ASK = """\
GET /ws HTTP/1.1
Host: {host}
Origin: {origin}
Connection: Upgrade
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

"""

# What the whole configuration of nginx has around a file of `conf.d`; all it writes is in a folder.
NGINX = """\
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}
"""


def change(text, changes):
    """Put other values into a configuration, each of which is there."""
    for old, new in changes.items():
        assert old in text, f"{old!r} is not in the configuration"
        text = text.replace(old, str(new))
    return text


class Proxy:
    """A proxy in front of two servers.

    Attributes:
        port: Where it listens, with TLS.
        process: The process.
    """

    def __init__(self, folder):
        self.port = free_port()
        self.folder = folder
        self.process = None
        authority = trustme.CA()
        certificate = authority.issue_cert(HOST)
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        for blob in certificate.cert_chain_pems:
            blob.write_to_path(folder / "certificate.pem", append=True)
        self.context = ssl.create_default_context()
        authority.configure_trust(self.context)

    def start(self, command):
        program = shutil.which(command[0], path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, f"there is no {command[0]}: .ci/run installs it"
        environment = os.environ | {"HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder)}
        with (self.folder / "log").open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [program, *command[1:]], cwd=self.folder, env=environment, stderr=log
            )
        written = partial((self.folder / "log").read_text, "utf-8")
        await_answer(self.process, command[0], partial(knock, self.port), written)

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PROCESS)

    def dial(self):
        """Open a connection from another address than the proxy's."""
        return socket.create_connection(("127.0.0.1", self.port), MOMENT, ("127.0.0.2", 0))

    def answer(self, origin=None):
        """Ask for a WebSocket, and tell the status of the answer."""
        request = ASK.format(
            host=f"{HOST}:{self.port}", origin=origin or f"https://{HOST}:{self.port}"
        )
        with (
            self.dial() as raw,
            self.context.wrap_socket(raw, server_hostname=HOST) as secure,
            HTTPResponse(secure) as response,
        ):
            secure.sendall(request.replace("\n", "\r\n").encode())
            response.begin()
            return response.status

    @contextmanager
    def connect(self, path="/ws", origin=None, headers=None):
        """Connect as a client at another address than the proxy's.

        It has an event loop of its own: a client with a thread that reads has waited for that
        thread for ever, over TLS.
        """
        connecting = connect(
            f"wss://{HOST}:{self.port}{path}",
            sock=self.dial(),
            ssl=self.context,
            server_hostname=HOST,
            origin=origin or f"https://{HOST}:{self.port}",
            additional_headers=headers,
            open_timeout=MOMENT,
            close_timeout=MOMENT,
            ping_interval=None,
        )
        with (
            start_blocking_portal() as portal,
            portal.wrap_async_context_manager(connecting) as connection,
        ):
            yield Client(portal, connection)


class Client:
    """A client of a proxy.

    Args:
        portal: Its event loop.
        connection: Its connection.
    """

    def __init__(self, portal, connection):
        self.portal = portal
        self.connection = connection

    def send(self, text):
        self.portal.call(self.connection.send, text)

    def recv(self, seconds):
        return self.portal.call(self._recv, seconds)

    async def _recv(self, seconds):
        with anyio.fail_after(seconds):
            return await self.connection.recv()


@contextmanager
def nginx(folder, ports, changes=None):
    """The nginx of the guide, in front of two servers."""
    proxy = Proxy(folder)
    text = change(
        (GUIDES / "nginx.conf").read_text("utf-8"),
        {
            "listen 443": f"listen 127.0.0.1:{proxy.port}",
            "/etc/ssl/chat.example.pem": folder / "certificate.pem",
            "/etc/ssl/chat.example.key": folder / "key.pem",
            "127.0.0.1:8000": f"127.0.0.1:{ports[0]}",
            "127.0.0.1:8001": f"127.0.0.1:{ports[1]}",
        }
        | (changes or {}),
    )
    (folder / "site.conf").write_text(text, "utf-8")
    (folder / "nginx.conf").write_text(NGINX, "utf-8")
    proxy.start(["nginx", "-p", str(folder), "-e", "stderr", "-c", "nginx.conf"])
    try:
        yield proxy
    finally:
        proxy.process.terminate()  # its worker too
        proxy.process.wait(PROCESS)


@contextmanager
def caddy(folder, ports):
    """The Caddy of the guide, in front of two servers; with a certificate that needs no network."""
    proxy = Proxy(folder)
    site = f"{HOST}:{proxy.port} {{\n\tbind 127.0.0.1\n\ttls certificate.pem key.pem"
    text = change(
        (GUIDES / "Caddyfile").read_text("utf-8"),
        {
            f"{HOST} {{": site,
            "127.0.0.1:8000": f"127.0.0.1:{ports[0]}",
            "127.0.0.1:8001": f"127.0.0.1:{ports[1]}",
            "fail_duration 10s": "fail_duration 10m",  # longer than any test
        },
    )
    settings = "{\n\tadmin off\n\tauto_https disable_redirects\n}\n"
    (folder / "Caddyfile").write_text(settings + text, "utf-8")
    proxy.start(["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"])
    try:
        yield proxy
    finally:
        proxy.stop()
