"""Whatever gets lost: with a history no message is missing, and none comes twice."""

from contextlib import AsyncExitStack

import anyio
import pytest
from guests import PACES
from hypothesis import given, settings
from hypothesis import strategies as st
from lossy_backend import LossyBackend
from patience import MOMENT
from people import OPTIONS, Person

from duologue._concurrency.idle import wait_until_idle
from duologue.rooms import History, Rooms

PROCESSES = 2
PEOPLE = 3
people = st.integers(0, PEOPLE - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("come"), people, st.integers(0, PROCESSES - 1), st.sampled_from(PACES)),
        st.tuples(st.sampled_from(["leave", "cancel"]), people),
        st.tuples(st.just("say"), st.integers(0, PROCESSES - 1)),
        st.tuples(st.just("say"), st.integers(0, PROCESSES - 1)),
        st.tuples(st.just("lose"), st.integers(0, PROCESSES - 1)),
        st.tuples(st.just("connect")),
        st.tuples(st.sampled_from(["read_slowly", "read_late", "read"])),
        st.tuples(st.sampled_from(["bring_late", "bring"])),
        st.tuples(st.just("wait")),
    ),
    min_size=20,
    max_size=60,
)


class Play:
    def __init__(self, backend, processes, tasks):
        self.backend = backend
        self.processes = processes
        self.tasks = tasks
        self.people = [Person() for _ in range(PEOPLE)]
        self.here = {}
        self.count = 0

    async def come(self, number, place, pace):
        person = self.people[number]
        if number not in self.here:
            self.here[number] = person
            self.tasks.start_soon(person.stay, self.processes[place], pace)
            await wait_until_idle()

    async def leave(self, number, *, cancelled=False):
        person = self.here.pop(number, None)
        if person is not None:
            await self.wait()
            await person.leave(cancelled=cancelled)

    async def cancel(self, number):
        await self.leave(number, cancelled=True)

    async def say(self, place):
        self.count += 1
        await self.processes[place].send_text("lobby", str(self.count))

    async def lose(self, place):
        self.backend.lose(self.backend._listeners[place])

    async def connect(self):
        self.backend.connect_again()

    async def bring_late(self):
        self.backend.bring_late()

    async def bring(self):
        self.backend.bring()

    async def read_slowly(self):
        if self.backend.hold_before.is_set():
            self.backend.hold_before = anyio.Event()

    async def read_late(self):
        if self.backend.hold_behind.is_set():
            self.backend.hold_behind = anyio.Event()

    async def read(self):
        self.backend.read_at_once()

    async def wait(self):
        await wait_until_idle()

    def check(self, whole):
        for person in self.people:
            begin = sum(offset <= person.begin for offset in self.backend.offsets)
            person.check(begin, self.count, whole=whole)


async def play(steps, kept):
    backend = LossyBackend()

    processes = [
        Rooms(backend, history=History(messages=kept), **OPTIONS) for _ in range(PROCESSES)
    ]
    async with AsyncExitStack() as stack:
        for each in processes:
            await stack.enter_async_context(each.lifespan())
        async with anyio.create_task_group() as tasks:
            play = Play(backend, processes, tasks)
            with anyio.fail_after(MOMENT):
                for step, *arguments in steps:
                    await getattr(play, step)(*arguments)
                await play.read()
                await play.bring()
                await play.connect()
                await play.wait()
                for number in range(PEOPLE):
                    await play.come(number, number % PROCESSES, PACES[0])
                await play.wait()
                for number in range(PEOPLE):
                    await play.leave(number)
        play.check(whole=kept > len(steps))
    await wait_until_idle()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("kept", [1000, 2])
@settings(max_examples=60)
@given(steps=steps)
def test_everybody_gets_everything_once_or_is_told(backend, kept, steps):
    anyio.run(play, steps, kept, backend=backend)
