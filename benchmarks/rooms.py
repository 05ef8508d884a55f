"""The cost of one message to many members, in one process."""

import asyncio
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from statistics import median
from time import thread_time
from typing import Any

import litestar
import starlette.websockets
from litestar.channels import ChannelsPlugin
from litestar.channels.backends.memory import MemoryChannelsBackend

import duologue
from benchmarks.driver import make_scope
from benchmarks.turns import Contender, Result, take_turns
from duologue.rooms import Rooms

MEMBERS = 10_000
ROOMS, IN_EACH = 100, 100
MESSAGES = 10_000
IDLE = 1_000
TEXT = "The price of everything has changed again."
SLOWER_THAN_LOOP = 1.0
OF_LITESTAR = 1 / 3
OF_ITS_MEMORY = 0.5

Crowd = dict[str, int]
"""How many members each room has."""


class Count:
    """Counts what the servers of all members are given to send, and waits for as many."""

    def __init__(self) -> None:
        self.left = 0
        self.done = asyncio.Event()

    def expect(self, deliveries: int) -> None:
        """Begin to wait."""
        self.left = deliveries
        self.done.clear()

    def note(self) -> None:
        """Count one."""
        self.left -= 1
        if not self.left:
            self.done.set()


class Server:
    """The server of one member. It takes each message at once."""

    def __init__(self, count: Count) -> None:
        self.count = count
        self.connects = True

    async def receive(self):
        """Connect, and say nothing."""
        if self.connects:
            self.connects = False
            return {"type": "websocket.connect"}
        await asyncio.Event().wait()
        raise RuntimeError("The client never leaves.")

    async def send(self, message):
        """Count a message."""
        if message["type"] == "websocket.send":
            self.count.note()


Publish = Callable[[str], Awaitable[None]]


async def duologue_crowd(crowd: Crowd, count: Count, stack: AsyncExitStack) -> Publish:
    """Members as endpoints have them: each in a task, in the block of its room."""
    rooms = Rooms()
    tasks = await stack.enter_async_context(asyncio.TaskGroup())

    async def endpoint(name: str, server: Server, joined: asyncio.Event) -> None:
        websocket = duologue.WebSocket(make_scope("/", b""), server.receive, server.send)
        await websocket.accept()
        async with rooms.join(name, websocket, discard=True):
            joined.set()
            await asyncio.Event().wait()

    started: list[asyncio.Task[None]] = []
    for name, members in crowd.items():
        for _ in range(members):
            joined = asyncio.Event()
            started.append(tasks.create_task(endpoint(name, Server(count), joined)))
            await joined.wait()

    def stop() -> None:
        for task in started:
            task.cancel()

    stack.callback(stop)

    async def publish(name: str) -> None:
        await rooms.send_text(name, TEXT)

    return publish


async def starlette_crowd(crowd: Crowd, count: Count, stack: AsyncExitStack) -> Publish:
    """The usual loop over the members."""
    rooms: dict[str, list[starlette.websockets.WebSocket]] = {}
    for name, members in crowd.items():
        rooms[name] = []
        for _ in range(members):
            server = Server(count)
            scope = make_scope("/", b"")
            websocket = starlette.websockets.WebSocket(scope, server.receive, server.send)
            await websocket.accept()
            rooms[name].append(websocket)

    async def publish(name: str) -> None:
        for websocket in rooms[name]:
            await websocket.send_text(TEXT)

    return publish


async def litestar_crowd(crowd: Crowd, count: Count, stack: AsyncExitStack) -> Publish:
    """The subscribers of Channels, each with a task that sends."""
    channels = ChannelsPlugin(backend=MemoryChannelsBackend(), arbitrary_channels_allowed=True)
    await stack.enter_async_context(channels)
    for name, members in crowd.items():
        for _ in range(members):
            server = Server(count)
            websocket: Any = litestar.WebSocket(
                make_scope("/", b""),  # type: ignore[arg-type]
                server.receive,
                server.send,
            )
            await websocket.accept()
            subscriber = await stack.enter_async_context(channels.start_subscription([name]))
            await stack.enter_async_context(subscriber.run_in_background(websocket.send_text))

    async def publish(name: str) -> None:
        channels.publish(TEXT, [name])

    return publish


CROWDS = {
    "Duologue": duologue_crowd,
    "Starlette": starlette_crowd,
    "Litestar": litestar_crowd,
}


def contender(
    runner: asyncio.Runner, name: str, crowd: Crowd, messages: int, stack: AsyncExitStack
) -> Contender:
    """Publish so many messages to each of the rooms, and wait until all have been delivered."""

    async def prepare() -> tuple[Publish, Count]:
        count = Count()
        publish = await CROWDS[name](crowd, count, stack)
        await asyncio.sleep(0.01)
        return publish, count

    publish, count = runner.run(prepare())
    deliveries = messages * sum(crowd.values())

    async def deliver() -> float:
        count.expect(deliveries)
        begin = thread_time()
        for _ in range(messages):
            for room in crowd:
                await publish(room)
        await count.done.wait()
        return (thread_time() - begin) / deliveries

    return lambda: runner.run(deliver())


def compare(title: str, crowd: Crowd, messages: int, rounds: int, limits: bool) -> list[Result]:
    """Compare what one delivery takes: with the usual loop, and with Litestar."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        contenders = {name: contender(runner, name, crowd, messages, stack) for name in CROWDS}
        taken = take_turns(contenders, rounds)
        runner.run(stack.aclose())
    medians = {name: median(seconds[name] for seconds in taken) for name in CROWDS}
    return [
        Result(
            title if other == "Starlette" else f"{'':7}over Litestar",
            medians if other == "Starlette" else {},
            median(seconds["Duologue"] / seconds[other] for seconds in taken),
            limit if limits else None,
        )
        for other, limit in (("Starlette", SLOWER_THAN_LOOP), ("Litestar", OF_LITESTAR))
    ]


def beside_others(rounds: int) -> Result:
    """Compare a room that is alone with one that has many beside it."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        alone, among = {"0": IN_EACH}, {str(number): IN_EACH for number in range(ROOMS)}

        def one_room(crowd: Crowd) -> Contender:
            async def prepare() -> Publish:
                publish = await duologue_crowd(crowd, Count(), stack)
                await asyncio.sleep(0.01)
                return publish

            publish = runner.run(prepare())

            async def deliver() -> float:
                begin = thread_time()
                for _ in range(ROOMS):
                    await publish("0")
                return (thread_time() - begin) / (ROOMS * IN_EACH)

            return lambda: runner.run(deliver())

        taken = take_turns({"alone": one_room(alone), "among": one_room(among)}, rounds)
        runner.run(stack.aclose())
    times = {"Duologue": median(seconds["among"] for seconds in taken)}
    ratio = median(seconds["among"] / seconds["alone"] for seconds in taken)
    return Result(f"rooms: one of {ROOMS}, over one alone", times, ratio)


def memory() -> Result:
    """Compare what a member takes that hears nothing: with its endpoint, or its task that sends."""

    def of(name: str) -> float:
        with asyncio.Runner() as runner:
            stack = AsyncExitStack()

            async def prepare() -> float:
                count = Count()
                tracemalloc.start()
                await CROWDS[name]({"lobby": IDLE}, count, stack)
                await asyncio.sleep(0.01)
                taken, _ = tracemalloc.get_traced_memory()
                tracemalloc.stop()
                return taken / IDLE

            taken = runner.run(prepare())
            runner.run(stack.aclose())
        return taken

    taken = {name: of(name) for name in ("Duologue", "Litestar")}
    ratio = taken["Duologue"] / taken["Litestar"]
    return Result("rooms: memory of a member, over Litestar", taken, ratio, in_bytes=True)


def results(rounds: int) -> list[Result]:
    """Compare rooms with the usual loop, and with the channels of Litestar."""
    crowd = {str(number): IN_EACH for number in range(ROOMS)}
    return [
        *compare(f"rooms: 1 message to {MEMBERS:,}", {"lobby": MEMBERS}, 1, rounds, limits=True),
        *compare(f"rooms: {MESSAGES:,} messages to 1", {"lobby": 1}, MESSAGES, rounds, False),
        *compare(f"rooms: 1 message to {ROOMS} of {IN_EACH}", crowd, 1, rounds, False),
        beside_others(rounds),
        memory(),
    ]
