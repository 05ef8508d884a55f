"""What is measured: servers, and applications on them, each a program of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PICOWS = "duologue.uvicorn:PicowsProtocol"


@dataclass(frozen=True)
class Contender:
    """A server with an application.

    Args:
        server: The server, and for uvicorn its protocol.
        app: The library that the application is made with; empty where the server is the library.
        program: The program; it writes its port when it listens.
    """

    server: str
    app: str
    program: str

    @property
    def name(self) -> str:
        """What it is called in the results."""
        return f"{self.app} on {self.server}" if self.app else self.server


_ENDPOINTS = """
clients = set()
async def echo(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)
async def room(websocket):
    await websocket.accept()
    clients.add(websocket)
    async for text in websocket.iter_text():
        for client in clients:
            await client.send_text(text)
"""

APPS = {
    "raw ASGI": """
sends = set()
async def app(scope, receive, send):
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    one = [send]
    if scope["path"] == "/room":
        sends.add(send)
        one = sends
    while (message := await receive())["type"] == "websocket.receive":
        for each in one:
            await each({"type": "websocket.send", "text": message["text"]})
""",
    "Duologue": _ENDPOINTS
    + """
from duologue import Duologue, WebSocketRoute
app = Duologue([WebSocketRoute("/echo", echo), WebSocketRoute("/room", room)])
""",
    "Starlette": _ENDPOINTS
    + """
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
app = Starlette(routes=[WebSocketRoute("/echo", echo), WebSocketRoute("/room", room)])
""",
}

_SOCKET = """
import resource, socket
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
print(listener.getsockname()[1], flush=True)
"""

_UVICORN = (
    _SOCKET
    + """
import uvicorn
uvicorn.Server(uvicorn.Config(
    app, log_level="critical", loop="{loop}", http="httptools", ws="{ws}",
    ws_per_message_deflate=False,
)).run([listener])
"""
)

# They read nothing but text, as the applications do.
_NATIVE_PICOWS = (
    _SOCKET
    + """
import uvloop
from picows import WSListener, WSMsgType, ws_create_server
clients = set()
class Listener(WSListener):
    def __init__(self, request):
        self.room = request.path == b"/room"
    def on_ws_connected(self, transport):
        if self.room:
            clients.add(transport)
    def on_ws_frame(self, transport, frame):
        if frame.msg_type == WSMsgType.TEXT:
            text = frame.get_payload_as_utf8_text()
            for each in clients if self.room else (transport,):
                each.send(WSMsgType.TEXT, text)
        else:
            transport.disconnect()
    def on_ws_disconnected(self, transport):
        clients.discard(transport)
async def main():
    listener.setblocking(False)
    server = await ws_create_server(Listener, sock=listener)
    await server.serve_forever()
uvloop.run(main())
"""
)

_NATIVE_WEBSOCKETS = (
    _SOCKET
    + """
import uvloop
from websockets.asyncio.server import broadcast, serve
clients = set()
async def handle(websocket):
    if websocket.request.path == "/room":
        clients.add(websocket)
        async for text in websocket:
            broadcast(clients, text)
    else:
        async for text in websocket:
            await websocket.send(text)
async def main():
    async with serve(handle, sock=listener, compression=None) as server:
        await server.serve_forever()
uvloop.run(main())
"""
)

# These bind by themselves: a moment before, nobody else has the port.
_OTHERS = """
import os, resource, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
with socket.create_server(("127.0.0.1", 0)) as reservation:
    port = reservation.getsockname()[1]
print(port, flush=True)
command = {command!r}.format(port=port).split()
os.environ["PYTHONPATH"] = os.pathsep.join([{folder!r}, {root!r}, {root!r} + "/src"])
os.execv(os.path.join(os.path.dirname(sys.executable), command[0]), command)
"""


def _other(command: str) -> str:
    folder = str(Path(__file__).parent)
    return _OTHERS.format(command=command, folder=folder, root=str(ROOT))


def contenders() -> list[Contender]:
    """Return all of them, those of a server side by side."""
    servers = {"uvicorn websockets-sansio": "websockets-sansio", "uvicorn wsproto": "wsproto"}
    servers["uvicorn PicowsProtocol"] = PICOWS
    found = [
        Contender(server, app, program + _UVICORN.format(ws=ws, loop="uvloop"))
        for server, ws in servers.items()
        for app, program in APPS.items()
    ]
    granian = "granian --interface asgi --loop uvloop --host 127.0.0.1 --port {port} --no-log "
    hypercorn = "hypercorn --bind 127.0.0.1:{port} -k uvloop --log-level critical "
    return [
        *found,
        Contender("granian", "Duologue", _other(granian + "served_app:app")),
        Contender("hypercorn", "Duologue", _other(hypercorn + "served_app:app")),
        Contender("websockets", "", _NATIVE_WEBSOCKETS),
        Contender("picows", "", _NATIVE_PICOWS),
    ]


def without_uvloop() -> Contender:
    """Return ours on the event loop of the standard library."""
    program = APPS["Duologue"] + _UVICORN.format(ws=PICOWS, loop="asyncio")
    return Contender("uvicorn PicowsProtocol, asyncio", "Duologue", program)


def busy(count: int) -> Contender:
    """Return an application that has work to do, in so many processes."""
    command = f"uvicorn busy_app:app --workers {count} --ws {PICOWS} --loop uvloop "
    command += "--http httptools --lifespan off --log-level critical --port {port}"
    return Contender(f"{count} workers", "", _other(command))


@contextmanager
def running(contender: Contender) -> Iterator[tuple[int, int]]:
    """Run a contender; tell the process and the port."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    with subprocess.Popen(
        [sys.executable, "-c", contender.program],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.pid, int(process.stdout.readline())
        finally:
            os.killpg(process.pid, signal.SIGKILL)
