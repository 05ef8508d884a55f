"""The cost of one message to many members, in one process."""

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
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

MEMBERS, FEW = 10_000, 1_000
ROOMS, IN_EACH = 100, 100
MESSAGES = 10_000
IDLE = 1_000
TEXT = "The price of everything has changed again."
SLOWER_THAN_LOOP = 1.0
OF_LITESTAR = 1 / 3
OF_ITS_MEMORY = 0.5
TURNS_OF_THE_LOOP = 20
"""In so many, everybody has joined, and waits."""

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
    """The server of one connection. It takes each message at once."""

    __slots__ = ("connects", "count")

    def __init__(self, count: Count) -> None:
        self.count = count
        self.connects = True

    async def receive(self) -> Any:
        """Connect, and say nothing."""
        if self.connects:
            self.connects = False
            return {"type": "websocket.connect"}
        return await asyncio.get_running_loop().create_future()

    async def send(self, message: Any) -> None:
        """Count a message."""
        if message["type"] == "websocket.send":
            self.count.note()


@dataclass
class Endpoints:
    """What one library is asked to do.

    Args:
        member: The endpoint of a connection that is in a room, and receives.
        alone: The same, in none.
        publish: Sends a text to everybody in a room.
    """

    member: Callable[[Server, str], Coroutine[Any, Any, None]]
    alone: Callable[[Server], Coroutine[Any, Any, None]]
    publish: Callable[[str], Awaitable[None]]


@asynccontextmanager
async def duologue_endpoints() -> AsyncGenerator[Endpoints]:
    rooms = Rooms()

    async def accept(server: Server) -> duologue.WebSocket:
        websocket = duologue.WebSocket(make_scope("/", b""), server.receive, server.send)
        await websocket.accept()
        return websocket

    async def member(server: Server, name: str) -> None:
        websocket = await accept(server)
        async with rooms.join(name, websocket):
            async for _ in websocket.iter_text():
                pass

    async def alone(server: Server) -> None:
        websocket = await accept(server)
        async for _ in websocket.iter_text():
            pass

    async def publish(name: str) -> None:
        await rooms.send_text(name, TEXT)

    yield Endpoints(member, alone, publish)


@asynccontextmanager
async def starlette_endpoints() -> AsyncGenerator[Endpoints]:
    """The usual loop over the members."""
    rooms: dict[str, list[starlette.websockets.WebSocket]] = {}

    async def accept(server: Server) -> starlette.websockets.WebSocket:
        scope = make_scope("/", b"")
        websocket = starlette.websockets.WebSocket(scope, server.receive, server.send)
        await websocket.accept()
        return websocket

    async def member(server: Server, name: str) -> None:
        websocket = await accept(server)
        members = rooms.setdefault(name, [])
        members.append(websocket)
        try:
            async for _ in websocket.iter_text():
                pass
        finally:
            members.remove(websocket)

    async def alone(server: Server) -> None:
        websocket = await accept(server)
        async for _ in websocket.iter_text():
            pass

    async def publish(name: str) -> None:
        for websocket in rooms[name]:
            await websocket.send_text(TEXT)

    yield Endpoints(member, alone, publish)


@asynccontextmanager
async def litestar_endpoints() -> AsyncGenerator[Endpoints]:
    """What the handlers do that Channels make by themselves."""
    channels = ChannelsPlugin(backend=MemoryChannelsBackend(), arbitrary_channels_allowed=True)

    async def accept(server: Server) -> Any:
        websocket: Any = litestar.WebSocket(
            make_scope("/", b""),  # type: ignore[arg-type]
            server.receive,
            server.send,
        )
        await websocket.accept()
        return websocket

    async def member(server: Server, name: str) -> None:
        websocket = await accept(server)
        async with (
            channels.start_subscription(name) as subscriber,
            subscriber.run_in_background(websocket.send_text),
        ):
            while (await websocket.receive())["type"] != "websocket.disconnect":
                pass

    async def alone(server: Server) -> None:
        websocket = await accept(server)
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass

    async def publish(name: str) -> None:
        channels.publish(TEXT, name)

    async with channels:
        yield Endpoints(member, alone, publish)


LIBRARIES = {
    "Duologue": duologue_endpoints,
    "Starlette": starlette_endpoints,
    "Litestar": litestar_endpoints,
}


async def run(stack: AsyncExitStack, coroutines: list[Coroutine[Any, Any, None]]) -> None:
    """Run endpoints until the stack is closed; come back when all of them wait."""
    tasks = [asyncio.create_task(each) for each in coroutines]

    async def stop() -> None:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    stack.push_async_callback(stop)
    for _ in range(TURNS_OF_THE_LOOP):
        await asyncio.sleep(0)


async def gather(name: str, crowd: Crowd, count: Count, stack: AsyncExitStack) -> Endpoints:
    """Let members come into the rooms of a library."""
    endpoints = await stack.enter_async_context(LIBRARIES[name]())
    members = [
        endpoints.member(Server(count), room)
        for room, number in crowd.items()
        for _ in range(number)
    ]
    await run(stack, members)
    return endpoints


def contender(
    runner: asyncio.Runner,
    stack: AsyncExitStack,
    name: str,
    crowd: Crowd,
    messages: int = 1,
    to: Crowd | None = None,
) -> Contender:
    """Publish so many messages to each of some rooms, and wait until all have been delivered."""

    async def prepare() -> tuple[Endpoints, Count]:
        count = Count()
        return await gather(name, crowd, count, stack), count

    endpoints, count = runner.run(prepare())
    rooms = crowd if to is None else to
    deliveries = messages * sum(rooms.values())

    async def deliver() -> float:
        count.expect(deliveries)
        begin = thread_time()
        for _ in range(messages):
            for room in rooms:
                await endpoints.publish(room)
        await count.done.wait()
        return (thread_time() - begin) / deliveries

    return lambda: runner.run(deliver())


def compare(title: str, crowd: Crowd, messages: int, rounds: int, limits: bool) -> list[Result]:
    """Compare what one delivery takes: with the usual loop, and with Litestar."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        contenders = {name: contender(runner, stack, name, crowd, messages) for name in LIBRARIES}
        taken = take_turns(contenders, rounds)
        runner.run(stack.aclose())
    medians = {name: median(seconds[name] for seconds in taken) for name in LIBRARIES}
    return [
        Result(
            title if other == "Starlette" else f"{'':7}over Litestar",
            medians if other == "Starlette" else {},
            median(seconds["Duologue"] / seconds[other] for seconds in taken),
            limit if limits else None,
        )
        for other, limit in (("Starlette", SLOWER_THAN_LOOP), ("Litestar", OF_LITESTAR))
    ]


def scaling(rounds: int) -> list[Result]:
    """Show what a delivery takes where there are more members, and more rooms beside this one."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        room, rooms = {"0": IN_EACH}, {str(number): IN_EACH for number in range(ROOMS)}
        contenders = {
            "few": contender(runner, stack, "Duologue", {"": FEW}, MEMBERS // FEW),
            "many": contender(runner, stack, "Duologue", {"": MEMBERS}),
            "alone": contender(runner, stack, "Duologue", room, ROOMS),
            "among": contender(runner, stack, "Duologue", rooms, ROOMS, to=room),
        }
        taken = take_turns(contenders, rounds)
        runner.run(stack.aclose())
    return [
        Result(
            title,
            {"Duologue": median(seconds[more] for seconds in taken)},
            median(seconds[more] / seconds[less] for seconds in taken),
        )
        for title, more, less in (
            (f"rooms: {MEMBERS:,} members, over {FEW:,}", "many", "few"),
            (f"rooms: one of {ROOMS}, over one alone", "among", "alone"),
        )
    ]


def memory() -> list[Result]:
    """Compare what connections take that hear nothing, and how much of it is the room's."""
    taken = {name: measure_memory(name) for name in ("Duologue", "Litestar")}
    members = {name: member for name, (member, _) in taken.items()}
    added = {name: member - alone for name, (member, alone) in taken.items()}
    return [
        Result(title, sizes, sizes["Duologue"] / sizes["Litestar"], limit, in_bytes=True)
        for title, sizes, limit in (
            ("rooms: memory of a member, over Litestar", members, None),
            ("       without that of its connection", added, OF_ITS_MEMORY),
        )
    ]


def measure_memory(name: str) -> tuple[float, float]:
    """Measure the memory of a connection in a room, and of one in none."""

    async def measure() -> tuple[float, float]:
        async with AsyncExitStack() as stack, LIBRARIES[name]() as endpoints:

            async def take(make: Callable[[], Coroutine[Any, Any, None]]) -> float:
                await run(stack, [make()])  # what comes with the first is nobody's
                gc.collect()
                tracemalloc.start()
                await run(stack, [make() for _ in range(IDLE)])
                gc.collect()
                size, _ = tracemalloc.get_traced_memory()
                tracemalloc.stop()
                return size / IDLE

            count = Count()
            member = await take(lambda: endpoints.member(Server(count), "lobby"))
            alone = await take(lambda: endpoints.alone(Server(count)))
            await stack.aclose()
        return member, alone

    return asyncio.run(measure())


def results(rounds: int) -> list[Result]:
    """Compare rooms with the usual loop, and with the channels of Litestar."""
    crowd = {str(number): IN_EACH for number in range(ROOMS)}
    return [
        *compare(f"rooms: 1 message to {MEMBERS:,}", {"lobby": MEMBERS}, 1, rounds, limits=True),
        *compare(f"rooms: {MESSAGES:,} messages to 1", {"lobby": 1}, MESSAGES, rounds, False),
        *compare(f"rooms: 1 message to {ROOMS} of {IN_EACH}", crowd, 1, rounds, False),
        *scaling(rounds),
        *memory(),
    ]
