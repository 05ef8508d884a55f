"""What one client that does not read costs all others in its room, over real sockets."""

import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles

from benchmarks.memory import HANDSHAKE, many_files
from benchmarks.turns import Result, take_turns

MEMBERS = 1_000
MESSAGES = 30
SETTLED = 30
"""After so many messages, nothing more fits into the buffers towards the client that does not read:
four kB of its own, and those of the server, of 32 kB of the system and 64 kB of asyncio."""
SIZE = 4_096
SECONDS = 120.0
SLOWER = 1.2
UPGRADED = b"HTTP/1.1 101 "

PROGRAM = f"""
import socket, uvicorn
from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms

rooms = Rooms()

async def endpoint(websocket):
    await websocket.accept()
    async with rooms.join("lobby", websocket) as room:
        async for text in websocket.iter_text():
            await room.send_text(text)

app = Duologue([WebSocketRoute("/chat/{{room}}", endpoint)])
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
listener.bind(("127.0.0.1", 0))
listener.listen({MEMBERS})
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error", ws_ping_interval=None)).run([listener])
"""


class Client:
    """A WebSocket that reads what it is sent: texts of one size.

    Args:
        port: The port of the server.
        took: Where it notes how long each text has taken, in nanoseconds.
    """

    def __init__(self, port: int, took: list[int]) -> None:
        self.took = took
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self.socket.settimeout(SECONDS)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(HANDSHAKE)
        response = b""
        while b"\r\n\r\n" not in response and (part := self.socket.recv(4096)):
            response += part
        if not response.startswith(UPGRADED):
            raise RuntimeError(f"The server does not accept: {response!r}")
        self.socket.settimeout(0)
        self._received = b""

    def say(self) -> None:
        """Send a text that says when (RFC 6455 section 5.2; a mask of zeros changes nothing)."""
        text = b"%*d" % (SIZE, time.monotonic_ns())
        self.socket.settimeout(SECONDS)
        self.socket.sendall(b"\x81\xfe" + SIZE.to_bytes(2) + bytes(4) + text)
        self.socket.settimeout(0)

    def read(self) -> None:
        """Read what has come, and note how long each text has taken."""
        part = self.socket.recv(65_536)
        if not part:
            raise RuntimeError("The server has closed.")
        self._received += part
        while len(self._received) >= 4 + SIZE:
            text, self._received = self._received[4 : 4 + SIZE], self._received[4 + SIZE :]
            self.took.append(time.monotonic_ns() - int(text))


@contextmanager
def serving() -> Iterator[int]:
    """Let uvicorn serve a room; tell its port."""
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


class Crowd:
    """The clients in the room, of which one can stop to read.

    Args:
        port: The port of the server.
        selector: What tells which of them can read.
    """

    def __init__(self, port: int, selector: selectors.BaseSelector) -> None:
        self.took: list[int] = []
        self.others = [Client(port, self.took) for _ in range(MEMBERS - 1)]
        self.last = Client(port, [])
        self._selector = selector
        for client in (*self.others, self.last):
            selector.register(client.socket, selectors.EVENT_READ, client)

    def all_read(self) -> float:
        """Measure while all of them read."""
        return self._measure(MESSAGES)

    def one_does_not(self) -> float:
        """Measure while one of them, which is not measured, does not read."""
        self._selector.unregister(self.last.socket)
        self._measure(SETTLED)
        seconds = self._measure(MESSAGES)
        self._selector.register(self.last.socket, selectors.EVENT_READ, self.last)
        self.last.took.clear()
        self._read_until(self.last.took, SETTLED + MESSAGES)
        return seconds

    def _measure(self, messages: int) -> float:
        """Let one speak, again when all others have heard it; return the p99 of the seconds."""
        self.took.clear()
        for number in range(messages):
            self.others[0].say()
            self._read_until(self.took, (number + 1) * len(self.others))
        return quantiles(self.took, n=100)[98] / 1e9

    def _read_until(self, took: list[int], number: int) -> None:
        deadline = time.monotonic() + SECONDS
        while len(took) < number:
            if time.monotonic() > deadline:
                raise RuntimeError("Somebody does not hear everything.")
            for key, _ in self._selector.select(1.0):
                key.data.read()


def results(rounds: int) -> list[Result]:
    """Compare a room in which one does not read with one in which everybody does."""
    with many_files(), serving() as port, selectors.DefaultSelector() as selector:
        crowd = Crowd(port, selector)
        contenders = {"with": crowd.one_does_not, "without": crowd.all_read}
        taken = take_turns(contenders, rounds)
    slow = {"Duologue": median(seconds["with"] for seconds in taken)}
    ratio = median(seconds["with"] / seconds["without"] for seconds in taken)
    return [Result(f"uvicorn: p99 of {MEMBERS:,}, over all reading", slow, ratio, SLOWER)]
