"""Messages from one process to another, through a Redis of their own.

This file is also the program that receives: `python -m benchmarks.rooms_over_redis NAME URL`.
"""

import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from statistics import median, quantiles
from typing import Any

import litestar
import redis.asyncio
import starlette.websockets
from broadcaster import Broadcast
from litestar.channels import ChannelsPlugin
from litestar.channels.backends.redis import RedisChannelsPubSubBackend

import duologue
from benchmarks.driver import make_scope
from benchmarks.turns import Contender, Result, take_turns
from duologue.rooms import Rooms

MESSAGES = 5_000
SENDERS = 20
"""Tasks that send at once, as the endpoints of a server do."""
CALM, PAUSE = 300, 0.003
"""Messages that are sent one by one, and the seconds between them: how long does each take?"""
SECONDS = 30.0
TEXT = "The price of everything has changed again."
OF_BROADCASTER = 0.5

Publish = Callable[[str], Awaitable[Any]]


class Server:
    """The server of the one member. It measures what it is given to send."""

    def __init__(self) -> None:
        self.connects = True
        self.took: list[int] = []

    async def receive(self) -> Any:
        """Connect, and say nothing."""
        if self.connects:
            self.connects = False
            return {"type": "websocket.connect"}
        return await asyncio.get_running_loop().create_future()

    async def send(self, message: Any) -> None:
        """Note how long a message has taken; after the last of them, tell of all."""
        if message["type"] != "websocket.send":
            return
        text = message.get("text") or message["bytes"].decode()
        total, sent, _ = text.split(" ", 2)
        now = time.monotonic_ns()
        self.took.append(now - int(sent))
        if len(self.took) == int(total):
            percentiles = quantiles(self.took, n=100)
            print(now, percentiles[49], percentiles[98], flush=True)
            self.took.clear()


@asynccontextmanager
async def duologue_publisher(url: str) -> AsyncGenerator[Publish]:
    rooms = Rooms(url)
    async with rooms.lifespan():
        yield lambda text: rooms.send_text("duologue", text)


async def duologue_receiver(url: str, server: Server) -> None:
    rooms = Rooms(url)
    async with rooms.lifespan():
        websocket = duologue.WebSocket(make_scope("/", b""), server.receive, server.send)
        await websocket.accept()
        async with rooms.join("duologue", websocket, queue=MESSAGES):
            print("ready", flush=True)
            async for _ in websocket.iter_text():
                pass


def litestar_channels(url: str) -> ChannelsPlugin:
    backend = RedisChannelsPubSubBackend(redis=redis.asyncio.Redis.from_url(url))
    return ChannelsPlugin(backend=backend, arbitrary_channels_allowed=True)


@asynccontextmanager
async def litestar_publisher(url: str) -> AsyncGenerator[Publish]:
    async with litestar_channels(url) as channels:
        yield lambda text: channels.wait_published(text, "litestar")


async def litestar_receiver(url: str, server: Server) -> None:
    async with litestar_channels(url) as channels:
        websocket: Any = litestar.WebSocket(
            make_scope("/", b""),  # type: ignore[arg-type]
            server.receive,
            server.send,
        )
        await websocket.accept()
        async with (
            channels.start_subscription("litestar") as subscriber,
            subscriber.run_in_background(websocket.send_text),
        ):
            print("ready", flush=True)
            while (await websocket.receive())["type"] != "websocket.disconnect":
                pass


@asynccontextmanager
async def broadcaster_publisher(url: str) -> AsyncGenerator[Publish]:
    async with Broadcast(url) as broadcast:
        yield lambda text: broadcast.publish("broadcaster", text)


async def broadcaster_receiver(url: str, server: Server) -> None:
    """What its documentation shows, with Starlette."""
    async with Broadcast(url) as broadcast, broadcast.subscribe("broadcaster") as subscriber:
        scope = make_scope("/", b"")
        websocket = starlette.websockets.WebSocket(scope, server.receive, server.send)
        await websocket.accept()
        print("ready", flush=True)
        async for event in subscriber:
            await websocket.send_text(event.message)


PUBLISHERS = {
    "Duologue": duologue_publisher,
    "Litestar": litestar_publisher,
    "broadcaster": broadcaster_publisher,
}
RECEIVERS = {
    "Duologue": duologue_receiver,
    "Litestar": litestar_receiver,
    "broadcaster": broadcaster_receiver,
}


@contextmanager
def running_redis() -> Iterator[str]:
    """Run a Redis on a free port; tell its URL."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        options = ("--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "")
        with subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL) as process:
            try:
                deadline = time.monotonic() + SECONDS
                while process.poll() is None and time.monotonic() < deadline:
                    try:
                        socket.create_connection(("127.0.0.1", port)).close()
                        break
                    except OSError:
                        time.sleep(0.01)
                yield f"redis://127.0.0.1:{port}"
            finally:
                process.kill()


class Link:
    """What one library takes from this process to another one.

    Args:
        runner: Runs what publishes.
        publish: Publishes a text.
        receiver: The process that receives.
    """

    def __init__(
        self, runner: asyncio.Runner, publish: Publish, receiver: "subprocess.Popen[str]"
    ) -> None:
        self._runner = runner
        self._publish = publish
        self._receiver = receiver

    def crowded(self) -> float:
        """Let several tasks publish; return the seconds that a message takes of all that pass."""
        begin = time.monotonic_ns()
        received, _, _ = self._runner.run(self._send(MESSAGES, SENDERS, 0))
        return (received - begin) / MESSAGES / 1e9

    def calm(self) -> tuple[float, float]:
        """Publish one by one; return the median of the seconds that each takes, and their p99."""
        _, half, most = self._runner.run(self._send(CALM, 1, PAUSE))
        return half / 1e9, most / 1e9

    async def _send(self, total: int, senders: int, pause: float) -> tuple[float, float, float]:
        async def send() -> None:
            for _ in range(total // senders):
                await self._publish(f"{total} {time.monotonic_ns()} {TEXT}")
                if pause:
                    await asyncio.sleep(pause)

        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as tasks:
            for _ in range(senders):
                tasks.create_task(send())
        assert self._receiver.stdout is not None
        line = await asyncio.to_thread(self._receiver.stdout.readline)
        received, half, most = map(float, line.split())
        return received, half, most


@contextmanager
def links() -> Iterator[dict[str, Link]]:
    """Make one link for each library, through the same Redis."""
    with running_redis() as url, ExitStack() as processes, asyncio.Runner() as runner:
        stack = AsyncExitStack()
        made: dict[str, Link] = {}
        for name, publisher in PUBLISHERS.items():
            receiver = processes.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", __name__, name, url],
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            processes.callback(receiver.kill)
            assert receiver.stdout is not None
            assert receiver.stdout.readline() == "ready\n"
            publish = runner.run(stack.enter_async_context(publisher(url)))
            made[name] = Link(runner, publish, receiver)
        yield made
        runner.run(stack.aclose())


def results(rounds: int) -> list[Result]:
    """Compare what a message takes from process to process: in a crowd, and alone."""
    if shutil.which("redis-server") is None:
        return []
    with links() as made:
        crowded: dict[str, Contender] = {name: link.crowded for name, link in made.items()}
        taken = take_turns(crowded, rounds)
        calm = [{name: link.calm() for name, link in made.items()} for _ in range(rounds)]
    halves = [{name: half for name, (half, _) in each.items()} for each in calm]
    mosts = [{name: most for name, (_, most) in each.items()} for each in calm]
    return [
        compared(title, each, other, limit)
        for title, each, limit in (
            (f"Redis: a message, {SENDERS} tasks send", taken, OF_BROADCASTER),
            ("Redis: latency, median", halves, None),
            ("Redis: latency, p99", mosts, None),
        )
        for other in ("broadcaster", "Litestar")
    ]


def compared(title: str, taken: list[dict[str, float]], other: str, limit: float | None) -> Result:
    """Compare with one of the others."""
    ratio = median(seconds["Duologue"] / seconds[other] for seconds in taken)
    if other == "Litestar":
        return Result(f"{'':7}over Litestar", {}, ratio)
    medians = {name: median(seconds[name] for seconds in taken) for name in PUBLISHERS}
    return Result(title, medians, ratio, limit)


if __name__ == "__main__":
    asyncio.run(RECEIVERS[sys.argv[1]](sys.argv[2], Server()))
