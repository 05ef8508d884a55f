"""The history of rooms over Redis: what a lost connection has not brought, and who comes again."""

import anyio
import pytest
from guests import LATE, Guest, together
from patience import MOMENT
from redis_rooms import SOON, check_that_nobody_can_join, cut_off, last, processes, until
from redis_server import running_redis, way_to

from duologue._concurrency.idle import wait_until_idle
from duologue.rooms import BackendError, History

HISTORY = History(messages=1000)
KEPT = {"history": HISTORY, "missed": lambda missed: {"missed": missed.count}}
MISSED = '{"missed":null}'


pytestmark = pytest.mark.usefixtures("quick")


def with_offsets(message):
    return f"{message.offset} {message.data}"


async def test_who_comes_again_to_another_process_gets_what_it_has_missed(redis):
    ada, again = Guest(), Guest(LATE)
    options = {**KEPT, "wrap": with_offsets}
    async with processes(redis.url, redis.url, rooms=options) as (here, there):
        async with together(here, ada):
            await there.send_text("lobby", "1")
            await until(lambda: ada.heard)
        await there.send_text("lobby", "2")
        await here.send_bytes("lobby", b"3")
        async with together(there, again, after=ada.heard[0].split()[0]):
            await here.send_text("lobby", "4")
            await until(lambda: len(again.heard) == 3)
            assert [each.split()[1] for each in again.heard] == ["2", "b'3'", "4"]


async def test_all_that_is_sent_while_connections_break_comes_once_and_in_order(redis):
    ada, bob = Guest(), Guest(LATE)
    async with (
        way_to(redis.port) as way,
        processes(way.url, rooms=KEPT, **SOON) as (here,),
        processes(redis.url, rooms=KEPT) as (there,),
        together(here, ada, bob, queue=1000),
    ):
        everything = [str(number) for number in range(300)]
        for number in range(3):
            for text in everything[number * 100 : number * 100 + 50]:
                await there.send_text("lobby", text)
            way.cut()
            for text in everything[number * 100 + 50 : number * 100 + 100]:
                await there.send_text("lobby", text)
        await until(lambda: last(ada) == last(bob) == "299")
        assert ada.heard == bob.heard == everything
        total = here.statistics().total
        assert (total.gaps, total.filled > 0) == (0, True)


async def test_where_redis_has_lost_its_history_the_members_are_told(tmp_path):
    ada = Guest()
    with running_redis(tmp_path) as redis:
        async with (
            processes(redis.url, rooms=KEPT, publish_seconds=None) as (rooms,),
            together(rooms, ada),
        ):
            await rooms.send_text("lobby", "before")
            await until(lambda: last(ada) == "before")
            redis.kill()
            await until(lambda: not rooms.statistics().listening)
            await anyio.to_thread.run_sync(redis.start)
            await until(lambda: last(ada) == MISSED)
            await rooms.send_text("lobby", "after")
            await until(lambda: last(ada) == "after")
            assert ada.heard == ["before", MISSED, "after"]
            assert rooms.statistics().total.gaps == 1


async def test_what_nobody_uses_expires(redis):
    async with processes(redis.url, rooms={"history": History(seconds=60)}, prefix="old:") as (
        rooms,
    ):
        await rooms.send_text("lobby", "hello")
    for key, longest in (("old:history:lobby", 60), ("old:end:lobby", 86_400)):
        seconds = int(redis.ask("TTL", key).removeprefix(b":"))
        assert longest - MOMENT <= seconds <= longest


async def test_who_joins_while_the_history_cannot_be_read_is_told_so(redis):
    bob = Guest()
    async with (
        way_to(redis.port) as way,
        processes(way.url, rooms=KEPT, ping_seconds=0.5, publish_seconds=0.5) as (rooms,),
        together(rooms, bob),
    ):
        await cut_off(way, rooms)
        await check_that_nobody_can_join(rooms)
        assert rooms.statistics().total.members == 1


async def test_where_a_connection_is_lost_a_history_is_read_again_and_nothing_published(redis):
    """Reading twice does no harm."""
    async with (
        way_to(redis.port) as way,
        processes(way.url, rooms=KEPT, publish_seconds=MOMENT) as (rooms,),
    ):
        await rooms.send_text("lobby", "1")
        way.silent = True
        pasts = []

        async def read():
            pasts.append(await rooms._backend.read("lobby", None, HISTORY))

        async def publish():
            with pytest.raises(BackendError, match="Redis cannot be reached"):
                await rooms.send_text("lobby", "2")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read)
            tasks.start_soon(publish)
            await wait_until_idle()
            way.silent = False
            way.cut()
        [past] = pasts
        assert past.complete
