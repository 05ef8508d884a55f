"""The memory that a real server takes for clients that are there, and silent."""

import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.turns import Contender, Result, compare

CONNECTIONS = 2_000
FIRST = 100
"""So many come before it is measured: what a server makes once is none of a connection's."""

MOST = 21
"""kB of a connection, of 1,024 bytes, as Linux counts them."""

SECONDS = 60.0
MEMORY = "/proc/{process}/smaps_rollup"

HANDSHAKE = b"\r\n".join(
    [
        b"GET /chat/lobby HTTP/1.1",
        b"Host: chat.example",
        b"Connection: Upgrade",
        b"Upgrade: websocket",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        b"",
        b"",
    ]
)
"""No extension: what compression takes would hide all the rest."""

PROGRAM = """
import resource, socket, uvicorn
{app}
resource.setrlimit(resource.RLIMIT_NOFILE, {files})
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run([listener])
"""

ENDPOINT = """
async def endpoint(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)
"""

APPS = {
    "raw ASGI": """
async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
""",
    "Duologue": ENDPOINT
    + """
import duologue
app = duologue.Duologue([duologue.WebSocketRoute("/chat/{room}", endpoint)])
""",
    "Starlette": ENDPOINT
    + """
import starlette.applications, starlette.routing
routes = [starlette.routing.WebSocketRoute("/chat/{room}", endpoint)]
app = starlette.applications.Starlette(routes=routes)
""",
}


@contextmanager
def serving(app: str) -> Iterator[tuple[int, int]]:
    """Let a process serve the application; tell its id and its port."""
    program = PROGRAM.format(app=app, files=resource.getrlimit(resource.RLIMIT_NOFILE))
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.pid, int(process.stdout.readline())
        finally:
            process.kill()


def connect(port: int) -> socket.socket:
    """Open a WebSocket, and say nothing."""
    client = socket.create_connection(("127.0.0.1", port), SECONDS)
    client.sendall(HANDSHAKE)
    response = b""
    while b"\r\n\r\n" not in response and (part := client.recv(4096)):
        response += part
    if not response.startswith(b"HTTP/1.1 101 "):
        raise RuntimeError(f"The server does not accept: {response!r}")
    return client


def own_memory(process: int) -> int:
    """Tell how many bytes of memory a process has for itself (proc(5), smaps_rollup)."""
    lines = Path(MEMORY.format(process=process)).read_text().splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def contender(app: str) -> Contender:
    def measure() -> float:
        with serving(app) as (process, port), ExitStack() as clients:
            for _ in range(FIRST):
                clients.enter_context(connect(port))
            before = own_memory(process)
            for _ in range(CONNECTIONS):
                clients.enter_context(connect(port))
            return (own_memory(process) - before) / CONNECTIONS

    return measure


@contextmanager
def many_files() -> Iterator[None]:
    """Allow as many connections as are opened, here and in what is started here."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, FIRST + CONNECTIONS + 100), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def results(rounds: int) -> list[Result]:
    if not Path(MEMORY.format(process="self")).exists():
        return []  # it is Linux that tells
    with many_files():
        contenders = {name: contender(app) for name, app in APPS.items()}
        compared = compare("uvicorn: memory of an idle connection", contenders, rounds)
    share = compared.seconds["Duologue"] / (1024 * MOST)
    return [
        replace(compared, in_bytes=True),
        Result(f"uvicorn: the same over {MOST} kB", {}, share, 1.0),
    ]
