"""The clients: as light as they can be, for they run beside the server."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

SECONDS = 120.0

_REQUEST = (
    b"GET /%b HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
_PROCESS = 2  # CPUCLOCK_SCHED of Linux: what the scheduler has counted, of a whole process


def frame(size: int) -> bytes:
    """Write a text of so many bytes as a client does; the mask changes nothing."""
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2)
    return b"\x81" + length + bytes(4) + b"x" * size


def answer_size(size: int) -> int:
    """The bytes of a frame of the server."""
    return size + (2 if size < 126 else 4)


def processes(first: int) -> list[int]:
    """A process, and those that it has started: they are in its session."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        if int(fields[3]) == first:
            found.append(int(path.parent.name))
    return found


def processor_times(first: int) -> list[float]:
    """The seconds of the processor that each of them has taken.

    Linux has a clock for each process (clock_getcpuclockid(3)). It counts nanoseconds, where
    proc(5) counts hundredths of a second: half a microsecond for each of 20,000 messages.
    """
    return [time.clock_gettime((~process << 3) | _PROCESS) for process in processes(first)]


def processor_time(first: int) -> float:
    """The seconds of the processor that they all have taken."""
    return sum(processor_times(first))


def own_memory(first: int) -> int:
    """The bytes of memory that they have for themselves (proc(5), smaps_rollup)."""
    total = 0
    for process in processes(first):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
    return 1024 * total


class _Client(asyncio.Protocol):
    """One connection, which says the next thing when everything has come of the last one."""

    def __init__(self, opened: Callable[[], None], heard: Callable[[], bool]) -> None:
        self.opened, self.heard = opened, heard
        self.open = False
        self.left = self.expected = 0
        self.said = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if not self.open:
            if not data.startswith(b"HTTP/1.1 101 "):
                raise RuntimeError(f"not accepted: {data!r}")
            self.open = True
            self.opened()
            return
        self.left -= len(data)
        while self.left <= 0 and self.heard():
            self.say()

    def say(self) -> None:
        self.left += self.expected
        if self.said:
            self.transport.write(self.said)


class Crowd:
    """Many connections to one server.

    Args:
        port: Where it listens.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._clients: list[_Client] = []
        self._count = 0
        self._event = asyncio.Event()

    async def connect(self, count: int, path: str) -> None:
        """Open so many connections."""
        loop = asyncio.get_running_loop()
        self._count = 0

        def opened() -> None:
            self._count += 1
            if self._count == count:
                self._event.set()

        self._event.clear()
        for _ in range(count):
            while True:
                try:
                    transport, client = await loop.create_connection(
                        lambda: _Client(opened, self._heard), "127.0.0.1", self._port
                    )
                    break
                except ConnectionRefusedError:  # it does not listen yet
                    await asyncio.sleep(0.05)
            transport.write(_REQUEST % path.encode())
            self._clients.append(client)
        await asyncio.wait_for(self._event.wait(), SECONDS)

    def _heard(self) -> bool:
        self._count -= 1
        if self._count <= 0:
            self._event.set()
        return self._count > 0

    async def talk(self, said: bytes, expected: int, rounds: int, speakers: int) -> None:
        """Let some speak and all of them hear, so many times.

        Args:
            said: What each speaker says at once.
            expected: How many bytes each client gets of it.
            rounds: How many times in all.
            speakers: How many speak.
        """
        self._event.clear()
        self._count = rounds
        for number, client in enumerate(self._clients):
            client.said = said if number < speakers else b""
            client.expected, client.left = expected, 0
        for client in self._clients:
            client.say()
        await asyncio.wait_for(self._event.wait(), SECONDS)

    def leave(self) -> None:
        """Cut all connections."""
        for client in self._clients:
            client.transport.abort()
        self._clients = []


class Cost:
    """What a server has taken meanwhile: seconds of the processor, and of the clock."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._before = processor_time(process), time.perf_counter()

    def taken(self) -> tuple[float, float]:
        """Tell both."""
        cpu, clock = self._before
        return processor_time(self._process) - cpu, time.perf_counter() - clock
