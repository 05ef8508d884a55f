"""Whatever is lost between here and Redis: no message comes twice, and what is missing is told.

With a history, nothing is missing that the history still has.
"""

from contextlib import AsyncExitStack
from itertools import count
from unittest.mock import patch

import anyio
import pytest
from guests import PACES
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from patience import MOMENT, TEST, limit
from people import OPTIONS, WITHOUT_HISTORY, Person
from redis_rooms import processes, until
from redis_server import way_to

from duologue.rooms import History, _link

PROCESSES = 2
PEOPLE = 3
people = st.integers(0, PEOPLE - 1)
places = st.integers(0, PROCESSES - 1)
prefixes = (f"model{number}:" for number in count())
steps = st.lists(
    st.one_of(
        st.tuples(st.just("come"), people, places, st.sampled_from(PACES)),
        st.tuples(st.sampled_from(["leave", "cancel"]), people),
        st.tuples(st.just("say"), st.integers(1, 5)),
        st.tuples(st.just("say"), st.integers(1, 5)),
        st.tuples(st.sampled_from(["cut", "shut", "open"]), places),
    ),
    min_size=10,
    max_size=30,
)


class Play:
    """People in rooms of processes whose ways to Redis are cut, and one that always gets through.

    Attributes:
        count: The last number that was said.
        begins: The last one that was said before the first visit of each person.
    """

    def __init__(self, ways, rooms, teller, tasks, *, resumes):
        self.ways = ways
        self.rooms = rooms
        self.teller = teller
        self.tasks = tasks
        self.people = [Person(resumes=resumes) for _ in range(PEOPLE)]
        self.here = {}
        self.begins = {}
        self.count = 0

    async def come(self, number, place, pace):
        if number not in self.here and not self.ways[place].shut:
            self.here[number] = person = self.people[number]
            self.begins.setdefault(number, self.count)
            await self.tasks.start(person.stay, self.rooms[place], pace)

    async def leave(self, number, *, cancelled=False):
        if number in self.here:
            await self.here.pop(number).leave(cancelled=cancelled)

    async def cancel(self, number):
        await self.leave(number, cancelled=True)

    async def say(self, times):
        for _ in range(times):
            self.count += 1
            await self.teller.send_text("lobby", str(self.count))

    async def cut(self, place):
        self.ways[place].cut()

    async def shut(self, place):
        self.ways[place].shut = True
        self.ways[place].cut()

    async def open(self, place):
        self.ways[place].shut = False

    async def end(self):
        """Let everybody be there, and say something until everybody has received it.

        Without a history, what is said while a process connects again is lost.
        """
        for place in range(PROCESSES):
            await self.open(place)
        for number in range(PEOPLE):
            await self.come(number, number % PROCESSES, PACES[0])
        heard = False
        while not heard:
            await self.say(1)
            with anyio.move_on_after(limit(0.5)):
                await until(lambda: all(map(self.has_come, self.people)))
                heard = True
        for number in range(PEOPLE):
            await self.leave(number)

    def has_come(self, person):
        return (
            bool(person.guest.heard)
            and person.guest.heard[-1].rpartition(" ")[2] == f"{self.count}"
        )


async def play(redis, steps, kept):
    prefix, options = next(prefixes), WITHOUT_HISTORY
    if kept:
        options = {**OPTIONS, "history": History(messages=kept)}
    async with AsyncExitStack() as stack:
        stack.enter_context(patch.object(_link, "_LONGEST_DELAY", 0.02))
        ways = [await stack.enter_async_context(way_to(redis.port)) for _ in range(PROCESSES)]
        urls = [way.url for way in ways] + [redis.url]
        *rooms, teller = await stack.enter_async_context(
            processes(*urls, rooms=options, prefix=prefix, publish_seconds=MOMENT)
        )
        async with anyio.create_task_group() as tasks:
            play = Play(ways, rooms, teller, tasks, resumes=bool(kept))
            with anyio.fail_after(TEST):
                for step, *arguments in steps:
                    await getattr(play, step)(*arguments)
                await play.end()
        assert [each.statistics().total.members for each in rooms] == [0] * PROCESSES
        await until(lambda: redis.ask("PUBSUB", "CHANNELS", f"{prefix}*") == b"*0\r\n")
    for number, person in enumerate(play.people):
        # Without a history, what is under way reaches one who joins, too.
        begin = play.begins[number] if kept else 0
        person.check(begin, play.count, whole=kept > play.count)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("kept", [1000, 2, 0])
@settings(max_examples=10, phases=[Phase.generate])  # to shrink one that fails takes minutes
@given(steps=steps)
def test_everybody_gets_everything_once_or_is_told_over_redis(redis, backend, kept, steps):
    anyio.run(play, redis, steps, kept, backend=backend)
