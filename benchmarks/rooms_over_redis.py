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
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from functools import partial
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
from benchmarks.turns import Result
from duologue.rooms import Rooms

MESSAGES = 5_000
MANY, SOME = 100, 20
"""Tasks that publish at once, as the endpoints of a server do."""
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
        self.worked = time.process_time()

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
            percentiles, worked = quantiles(self.took, n=100), time.process_time()
            print(now, percentiles[49], percentiles[98], worked - self.worked, flush=True)
            self.took.clear()
            self.worked = time.process_time()


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

    def crowded(self, senders: int) -> tuple[float, float]:
        """Let several tasks publish.

        Returns:
            The seconds that a message takes, of all that pass; and of the processor, in both
            processes together.
        """
        begin, worked = time.monotonic_ns(), time.process_time()
        received, _, _, work = self._runner.run(self._send(MESSAGES, senders, 0))
        work += time.process_time() - worked
        return (received - begin) / MESSAGES / 1e9, work / MESSAGES

    def calm(self) -> tuple[float, float]:
        """Publish one by one; return the median of the seconds that each takes, and their p99."""
        _, half, most, _ = self._runner.run(self._send(CALM, 1, PAUSE))
        return half / 1e9, most / 1e9

    async def _send(self, total: int, senders: int, pause: float) -> list[float]:
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
        return list(map(float, line.split()))


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
        for link in made.values():
            link.crowded(MANY)  # warms up

        def crowded(senders: int) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
            contenders = {name: partial(link.crowded, senders) for name, link in made.items()}
            return take_turns_twice(contenders, rounds)

        many, some = crowded(MANY), crowded(SOME)
        calm = take_turns_twice({name: link.calm for name, link in made.items()}, rounds)
    return [
        compared(title, taken, other, limit)
        for title, taken, limit in (
            (f"Redis: a message, {MANY} tasks publish", many[0], OF_BROADCASTER),
            ("Redis: the same, of the processor", many[1], OF_BROADCASTER),
            (f"Redis: a message, {SOME} tasks publish", some[0], None),
            ("Redis: the same, of the processor", some[1], None),
            ("Redis: latency, median", calm[0], None),
            ("Redis: latency, p99", calm[1], None),
        )
        for other in ("broadcaster", "Litestar")
    ]


def take_turns_twice(
    contenders: Mapping[str, Callable[[], tuple[float, float]]], rounds: int
) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    """Let every contender run once in each round, where each run measures two things."""
    names = list(contenders)
    taken = [
        {
            name: contenders[name]()
            for name in names[turn % len(names) :] + names[: turn % len(names)]
        }
        for turn in range(rounds)
    ]
    return (
        [{name: first for name, (first, _) in each.items()} for each in taken],
        [{name: second for name, (_, second) in each.items()} for each in taken],
    )


def compared(title: str, taken: list[dict[str, float]], other: str, limit: float | None) -> Result:
    """Compare with one of the others."""
    ratio = median(seconds["Duologue"] / seconds[other] for seconds in taken)
    if other == "Litestar":
        return Result(f"{'':7}over Litestar", {}, ratio)
    medians = {name: median(seconds[name] for seconds in taken) for name in PUBLISHERS}
    return Result(title, medians, ratio, limit)


if __name__ == "__main__":
    asyncio.run(RECEIVERS[sys.argv[1]](sys.argv[2], Server()))
