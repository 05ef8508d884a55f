"""What many tasks ask of Redis at once is sent together, and everybody gets an answer."""

from contextlib import asynccontextmanager

import anyio
import pytest
from patience import MOMENT

from duologue._concurrency.idle import wait_until_idle
from duologue.rooms._batches import PUBLISH, Batches, read_messages

BRIEF = 0.05


class Redis:
    """Takes batches, and answers with what it was asked, at once or when it is let.

    Attributes:
        batches: What was sent: for each batch its commands, with their arguments.
        free: Lets it answer.
        answer: What it answers; by default the command.
    """

    def __init__(self, *, free=True):
        self.batches = []
        self.free = anyio.Event()
        self.answer = None
        if free:
            self.free.set()

    async def create_request_batch(self, commands):
        batch = [(each.name, *each.serialized_arguments) for each in commands]
        self.batches.append(batch)
        await self.free.wait()
        return [self.answer or command for command in batch]


@asynccontextmanager
async def asking(batches, *asked):
    """Let a task ask for each; give their answers, which are there in the end."""
    answers = {}

    async def ask(name, arguments):
        answers[name, *arguments] = await batches.ask(name, arguments)

    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            for name, *arguments in asked:
                tasks.start_soon(ask, name, tuple(arguments))
                await wait_until_idle()
            yield answers


@asynccontextmanager
async def sending(batches, redis):
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(batches.send, redis)
        await wait_until_idle()
        yield
        tasks.cancel_scope.cancel()
    await batches.stop()


async def test_what_comes_while_others_are_under_way_is_sent_together():
    redis, batches = Redis(free=False), Batches(MOMENT)
    asked = [(b"GET", b"%d" % number) for number in range(4)]
    async with sending(batches, redis):
        async with asking(batches, *asked) as answers:
            assert redis.batches == [asked[:1]]
            redis.free.set()
        assert redis.batches == [asked[:1], asked[1:]]
        assert answers == {each: each for each in asked}
        async with asking(batches, (b"GET", b"alone")):
            pass
        assert redis.batches[2:] == [[(b"GET", b"alone")]]


async def test_the_messages_for_one_channel_are_one():
    redis, batches = Redis(free=False), Batches(MOMENT)
    to_a = [(PUBLISH, b"a", message) for message in (b"1", b"2\n", b"")]
    async with sending(batches, redis):
        others = (PUBLISH, b"b", b"3"), (b"GET", b"c")
        async with asking(batches, (b"GET", b"first"), to_a[0], *others, *to_a[1:]) as answers:
            redis.free.set()
        (_, channel, published), *rest = redis.batches[1]
        assert (channel, rest) == (b"a", [(PUBLISH, b"b", b"\n3"), (b"GET", b"c")])
        assert list(read_messages(published)) == [(b"", b"1"), (b"", b"2\n"), (b"", b"")]
        assert all(answers[each] == redis.batches[1][0] for each in to_a)


@pytest.mark.parametrize(
    ("published", "messages"),
    [
        (b"\nhello", [(b"", b"hello")]),
        (b"\n", [(b"", b"")]),
        (b"1-0\n*\n", [(b"1-0", b"*\n")]),
        (b"*\n\0\0\0\1a\0\0\0\2bc", [(b"", b"a"), (b"", b"bc")]),
        (b"*\n\0\0\0\7abc", [(b"", b"abc")]),
        (b"*\n\0", [(b"", b"")]),
        (b"*\n", []),
        (b"", [(b"", b"")]),
    ],
)
def test_what_is_published_is_read_whoever_has_written_it(published, messages):
    assert list(read_messages(published)) == messages


async def test_an_error_of_redis_is_an_answer():
    redis, batches = Redis(), Batches(MOMENT)
    redis.answer = ValueError("unknown command")
    async with sending(batches, redis):
        async with asking(batches, (b"GET", b"a")) as answers:
            pass
        assert answers == {(b"GET", b"a"): redis.answer}


async def test_where_the_connection_is_lost_what_was_sent_fails_and_the_rest_waits():
    lost, redis, batches = Redis(free=False), Redis(), Batches(MOMENT)
    sent, rest = (b"GET", b"sent"), (b"GET", b"rest")
    async with anyio.create_task_group() as tasks:
        async with asking(batches) as _, anyio.create_task_group() as askers:
            answers = {}

            async def ask(name, key):
                answers[name, key] = await batches.ask(name, (key,))

            async with anyio.create_task_group() as connection:
                connection.start_soon(batches.send, lost)
                askers.start_soon(ask, *sent)
                await wait_until_idle()
                askers.start_soon(ask, *rest)
                await wait_until_idle()
                connection.cancel_scope.cancel()
            await wait_until_idle()
            assert (lost.batches, list(answers)) == ([[sent]], [sent])
            assert isinstance(answers[sent], ConnectionError)
            tasks.start_soon(batches.send, redis)
        assert (redis.batches, answers[rest]) == ([[rest]], rest)
        tasks.cancel_scope.cancel()
    await batches.stop()


async def test_without_a_connection_nobody_waits_for_longer_than_the_limit():
    redis, batches = Redis(), Batches(BRIEF)
    async with asking(batches, (b"GET", b"a"), (PUBLISH, b"a", b"1")) as answers:
        pass
    assert [type(each) for each in answers.values()] == [TimeoutError, TimeoutError]
    async with sending(batches, redis):
        assert redis.batches == []


async def test_an_answer_that_comes_too_late_is_none():
    redis, batches = Redis(free=False), Batches(BRIEF)
    async with sending(batches, redis):
        async with asking(batches, (b"GET", b"a")) as answers:
            pass
        assert isinstance(answers[b"GET", b"a"], TimeoutError)
        redis.free.set()
        await wait_until_idle()
        async with asking(batches, (b"GET", b"b")) as answers:
            pass
        assert answers == {(b"GET", b"b"): (b"GET", b"b")}


async def test_without_a_connection_what_was_cancelled_is_not_sent():
    redis, batches = Redis(), Batches(MOMENT)
    async with asking(batches):
        with anyio.move_on_after(0):
            await batches.ask(b"GET", (b"a",))
    async with sending(batches, redis):
        assert redis.batches == []


async def test_over_a_connection_what_was_cancelled_is_sent():
    redis, batches = Redis(free=False), Batches(MOMENT)
    async with sending(batches, redis):
        for message in (b"1", b"2"):
            with anyio.move_on_after(0):
                await batches.ask(PUBLISH, (b"a", message))
            await wait_until_idle()
        assert redis.batches == [[(PUBLISH, b"a", b"\n1")]]
        redis.free.set()
        await wait_until_idle()
        assert redis.batches[1:] == [[(PUBLISH, b"a", b"\n2")]]


async def test_what_was_cancelled_is_not_sent_over_the_next_connection():
    lost, redis, batches = Redis(free=False), Redis(), Batches(MOMENT)
    async with anyio.create_task_group() as askers:
        async with anyio.create_task_group() as connection:
            connection.start_soon(batches.send, lost)
            askers.start_soon(batches.ask, PUBLISH, (b"a", b"sent"))
            await wait_until_idle()
            with anyio.move_on_after(0):
                await batches.ask(PUBLISH, (b"a", b"cancelled"))
            askers.start_soon(batches.ask, PUBLISH, (b"a", b"waits"))
            await wait_until_idle()
            connection.cancel_scope.cancel()
        async with sending(batches, redis):
            await wait_until_idle()
            assert redis.batches == [[(PUBLISH, b"a", b"\nwaits")]]


async def test_what_was_cancelled_is_not_sent_when_its_time_is_over():
    redis, batches = Redis(free=False), Batches(BRIEF)
    async with sending(batches, redis):
        async with asking(batches, (b"GET", b"a")) as answers:
            with anyio.move_on_after(0):
                await batches.ask(PUBLISH, (b"a", b"1"))
        assert isinstance(answers[b"GET", b"a"], TimeoutError)
        async with asking(batches, (b"GET", b"b")):
            pass
        redis.free.set()
        await wait_until_idle()
        assert redis.batches == [[(b"GET", b"a")]]


async def test_who_waits_in_the_end_is_told_so():
    batches = Batches(MOMENT)
    async with asking(batches, (b"GET", b"a")) as answers:
        await batches.stop()
    assert isinstance(answers[b"GET", b"a"], ConnectionError)
