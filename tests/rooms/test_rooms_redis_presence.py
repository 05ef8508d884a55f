"""Presence over Redis: processes that die, connections that are lost, a Redis that is restarted."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import anyio
import pytest
from guests import LATE, Guest, together, until
from listening import free_port
from patience import PROCESS
from presence_rooms import LONG, SHORT, die, infos, presence, storm, told, until_listed
from redis_rooms import SOON, cut_off, processes
from redis_server import running_redis, way_to

from duologue.rooms import BackendError

pytestmark = pytest.mark.usefixtures("quick")
KEPT = {"presence": presence(LONG)}
BRIEF = {"presence": presence(2 * SHORT)}


async def test_everybody_in_all_processes_is_listed_and_told(redis):
    ada, bob = Guest(), Guest(LATE)
    async with (
        processes(redis.url, redis.url, redis.url, rooms=KEPT) as (here, there, nowhere),
        together(here, ada, info="Ada"),
    ):
        async with together(there, bob, info="안녕 \ud800"):
            for rooms in (here, there, nowhere):
                await until_listed(rooms, ["Ada", "안녕 \ud800"])
            await until(lambda: told(ada) == [("joined", "안녕 \ud800")])
        await until(lambda: told(ada)[1:] == [("left", "안녕 \ud800")])
        for rooms in (here, there, nowhere):
            await until_listed(rooms, ["Ada"])


async def test_the_members_of_a_process_that_dies_vanish_and_each_is_told_once(redis):
    ada, bob, eve, tom = (Guest() for _ in range(4))
    async with (
        processes(*[redis.url] * 4, rooms=BRIEF, prefix="dies:") as (here, there, dead, nowhere),
        together(dead, eve, tom, info="dead"),
    ):
        await until_listed(nowhere, ["dead", "dead"])
        async with together(here, ada, info="Ada"), together(there, bob, info="Bob"):
            for rooms in (here, there, nowhere):
                await until_listed(rooms, ["Ada", "Bob", "dead", "dead"])
            await die(dead)
            for rooms in (here, there, nowhere):
                await until_listed(rooms, ["Ada", "Bob"])
            await anyio.sleep(SHORT)  # nobody tells it again
            assert Counter(told(ada)) == {("joined", "Bob"): 1, ("left", "dead"): 2}
            assert Counter(told(bob))[("left", "dead")] == 2


HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@pytest.fixture
def doomed(redis):
    """A uvicorn, which is killed at the latest when the test ends."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "doomed_app:app", "--port", str(port)]
    environment = os.environ | {
        "REDIS_URL": redis.url,
        "TTL": str(2 * SHORT),
        "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parent)]),
    }
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    process.port = port
    yield process
    process.kill()
    process.wait(PROCESS)


async def connect_to(process):
    with anyio.fail_after(PROCESS):
        while True:
            try:
                client = await anyio.connect_tcp("127.0.0.1", process.port)
            except OSError:
                assert process.poll() is None
                await anyio.sleep(0.02)
            else:
                await client.send(HANDSHAKE)
                assert b" 101 " in await client.receive()
                return client


async def test_a_worker_that_is_killed_takes_its_members_with_it(redis, doomed):
    ada = Guest()
    async with (
        processes(redis.url, redis.url, rooms=BRIEF) as (here, there),
        together(here, ada, info="Ada"),
        together(there, Guest(), info="Bob"),
        await connect_to(doomed),
        await connect_to(doomed),
    ):
        for rooms in (here, there):
            await until_listed(rooms, ["Ada", "Bob", "doomed", "doomed"])
        doomed.kill()
        for rooms in (here, there):
            await until_listed(rooms, ["Ada", "Bob"])
        await until(lambda: Counter(told(ada))[("left", "doomed")] == 2)
        assert Counter(told(ada))[("joined", "doomed")] == 2


async def test_a_redis_that_is_restarted_empty_gets_everybody_again(tmp_path):
    ada, bob, eve = Guest(), Guest(), Guest()
    with running_redis(tmp_path) as redis:
        async with (
            processes(*[redis.url] * 3, rooms=KEPT, publish_seconds=None) as rooms,
            together(rooms[0], ada, info="Ada"),
            together(rooms[1], bob, info="Bob"),
        ):
            for each in rooms:
                await until_listed(each, ["Ada", "Bob"])
            redis.kill()
            await until(lambda: not any(each.statistics().listening for each in rooms))
            await anyio.to_thread.run_sync(redis.start)
            for each in rooms:
                await until_listed(each, ["Ada", "Bob"])
            async with together(rooms[1], eve, info="Eve"):
                await until(lambda: told(ada)[-1] == ("joined", "Eve"))
            assert told(ada) == [("joined", "Bob"), ("joined", "Eve")]


async def test_what_a_lost_connection_has_not_brought_is_told_later(redis):
    ada, bob, eve = Guest(), Guest(), Guest()
    async with (
        way_to(redis.port) as way,
        processes(way.url, rooms=KEPT, prefix="lost:", **SOON) as (here,),
        processes(redis.url, rooms=KEPT, prefix="lost:") as (there,),
        together(here, ada, info="Ada"),
        together(there, bob, info="Bob"),
    ):
        await until(lambda: told(ada) == [("joined", "Bob")])
        await cut_off(way, here)
        bob.leave()
        await bob.until_left()
        async with together(there, eve, info="Eve"):
            way.shut = False
            await until(lambda: len(told(ada)) == 3)
            assert Counter(told(ada)[1:]) == {("left", "Bob"): 1, ("joined", "Eve"): 1}
            assert await infos(here) == ["Ada", "Eve"]


async def test_who_asks_while_redis_is_away_is_told_so(redis):
    async with way_to(redis.port) as way, processes(way.url, rooms=KEPT, **SOON) as (rooms,):
        await cut_off(way, rooms)
        with pytest.raises(BackendError, match="Redis cannot be reached"):
            await rooms.members("lobby")


async def test_a_storm_leaves_exactly_the_list_of_those_who_are_there(redis):
    async with processes(redis.url, redis.url, rooms=KEPT, prefix="crowd:") as everywhere:
        await storm(everywhere)
    async with processes(redis.url, rooms=KEPT, prefix="crowd:") as (rooms,):
        assert await infos(rooms) == []


async def test_what_is_kept_of_a_process_expires_with_it(redis):
    async with (
        processes(redis.url, rooms=KEPT, prefix="keys:") as (rooms,),
        processes(redis.url, rooms=KEPT, prefix="keys:") as (other,),
        together(rooms, Guest(), info="Ada"),
        together(rooms, Guest(), room="attic", info="Ada"),
    ):
        await until_listed(other, ["Ada"])
        name = rooms._process
        for key in ("keys:processes", f"keys:at:{name}", f"keys:here:{name}"):
            seconds = int(redis.ask("TTL", key).removeprefix(b":"))
            assert 0 < seconds <= LONG / 2
