"""Whatever guests do, in whatever order: each hears what it has to, and nothing is left behind."""

from contextlib import AsyncExitStack

import anyio
import pytest
from guests import PACES, Guest
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import MOMENT

from duologue._concurrency.idle import wait_until_idle
from duologue.rooms import Rooms
from duologue.rooms._memory import MemoryBackend

NAMES = ["a", "b"]
QUEUE = 2
ENDS = ["leave", "done", "cancel", "close", "lose"]
END = [("done", 0)] * 30
places = st.integers(0, 3)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.sampled_from(NAMES), st.sampled_from(PACES), places),
        st.tuples(st.just("say"), st.sampled_from(NAMES), st.booleans(), places),
        st.tuples(st.just("say"), st.sampled_from(NAMES), st.booleans(), places),
        st.tuples(st.sampled_from(ENDS), places),
        st.tuples(st.sampled_from(["stop", "read"]), places),
    ),
    max_size=30,
)


class Seat:
    """A guest in a room, and what it is expected to have heard."""

    def __init__(self, guest, name, scope, process):
        self.guest = guest
        self.name = name
        self.scope = scope
        self.process = process
        self.expected = []
        self.waiting = []
        self.reads = True

    def hear(self, text):
        """Whether it stays."""
        if self.reads:
            self.expected.append(text)
        elif len(self.waiting) <= QUEUE:  # one is under way
            self.waiting.append(text)
        else:
            return False
        return True

    def read_on(self):
        self.reads = True
        self.expected += self.waiting
        self.waiting = []


class Play:
    def __init__(self, processes, tasks):
        self.processes = processes
        self.tasks = tasks
        self.seats = []
        self.said = 0

    async def do(self, step, *arguments):
        if step in {"join", "say"}:
            await getattr(self, step)(*arguments)
        elif self.seats:
            seat = self.seats[arguments[0] % len(self.seats)]
            await getattr(self, step)(seat)
        await wait_until_idle()
        self.check()

    async def join(self, name, pace, place):
        process = self.processes[place % len(self.processes)]
        guest, scope = Guest(pace), anyio.CancelScope()

        async def stay(*, task_status):
            with scope:
                await guest.stay(process, name, {}, task_status=task_status)
            guest.left.set()

        await self.tasks.start(stay)
        self.seats.append(Seat(guest, name, scope, process))

    async def say(self, name, excluding, place):
        self.said += 1
        text = str(self.said)
        seat = self.seats[place % len(self.seats)] if self.seats else None
        excluded = seat if excluding else None
        process = seat.process if seat else self.processes[0]
        await process.send_text(
            name, text, exclude=None if excluded is None else excluded.guest.websocket
        )
        await wait_until_idle()
        for each in self.seats[:]:
            if each.name == name and each is not excluded and not each.hear(text):
                assert each.guest.websocket.close_code == 1013
                await self.gone(each)

    async def leave(self, seat):
        seat.guest.leave()
        await self.gone(seat)

    async def done(self, seat):
        seat.guest.read_on()
        seat.read_on()
        seat.guest.done.set()
        await self.gone(seat)
        assert seat.guest.heard == seat.expected

    async def cancel(self, seat):
        seat.scope.cancel()
        await self.gone(seat)

    async def close(self, seat):
        await seat.guest.websocket.close()
        await self.gone(seat)

    async def lose(self, seat):
        seat.guest.error = OSError("gone")
        await seat.process.send_text("nobody is here", "")
        seat.guest.leave(1006)
        await self.gone(seat)

    async def stop(self, seat):
        seat.guest.stop_reading()
        seat.reads = False

    async def read(self, seat):
        seat.guest.read_on()
        seat.read_on()

    async def gone(self, seat):
        await seat.guest.until_left()
        assert seat.guest.failure is None
        self.seats.remove(seat)

    def check(self):
        for seat in self.seats:
            assert seat.guest.heard == seat.expected
        for process in self.processes:
            here = [seat.name for seat in self.seats if seat.process is process]
            statistics = process.statistics()
            assert {name: room.members for name, room in statistics.rooms.items()} == {
                name: here.count(name) for name in here
            }
            assert statistics.total.members == len(here)


async def play(steps, count):
    backend = None if count == 1 else MemoryBackend()
    processes = [Rooms(backend, queue=QUEUE) for _ in range(count)]
    async with AsyncExitStack() as stack:
        for each in processes:
            await stack.enter_async_context(each.lifespan())
        async with anyio.create_task_group() as tasks:
            play = Play(processes, tasks)
            for step in [*steps, *END]:
                with anyio.fail_after(MOMENT):
                    await play.do(*step)
            assert not play.seats
    await wait_until_idle()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("count", [1, 2])
@settings(max_examples=40)
@given(steps=steps)
def test_everybody_hears_what_is_said_while_it_is_there(backend, count, steps):
    anyio.run(play, steps, count, backend=backend)
