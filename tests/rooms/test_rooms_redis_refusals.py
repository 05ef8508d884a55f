"""What Redis refuses is told in one line, with its address and the remedy, on a real server."""

import re
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest
from coredis.exceptions import ConnectionError as RedisConnectionError
from coredis.exceptions import MovedError
from guests import Guest, together
from listening import free_port
from patience import MOMENT, limit
from redis_rooms import SOON, processes, until
from redis_server import running_redis

from duologue.rooms import BackendError, Change, History, Rooms
from duologue.rooms import redis as redis_backend
from duologue.rooms._refusals import explain
from duologue.rooms.redis import RedisBackend
from duologue.rooms.testing import BackendTests, HistoryTests, PresenceTests

pytestmark = pytest.mark.usefixtures("quick")

PAGE = Path(__file__).parent.parent.parent / "docs" / "en" / "rooms.md"
KEPT = {"history": History()}
RIGHTS = "Give the user the rights that the page Rooms lists."


def rights_of_the_page():
    """What the page says that a user needs, without its name and its password."""
    [listed] = re.findall(
        r"^ACL SETUSER rooms on >secret (.*)$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    return listed.split()


@pytest.fixture(scope="module")
def ask(redis):
    """Commands through a connection that is there also where no other one is let in."""
    with redis.connected() as ask:
        yield ask


@contextmanager
def told(redis, what):
    """A line that says where Redis is, what it has said, and what to do."""
    with anyio.fail_after(MOMENT), pytest.raises(BackendError) as raised:
        yield
    line = f"Redis at {redis.url.removeprefix('redis://')} {what}"
    assert re.fullmatch(line, str(raised.value)), str(raised.value)


async def start(url):
    async with Rooms(RedisBackend(url, **SOON)).lifespan():
        pass


async def join(rooms, **options):
    """Join a room, and tell where its history ends."""
    guest = Guest()
    await guest.websocket.accept()
    async with rooms.join("lobby", guest.websocket, **options) as room:
        return room.offset


# What keeps an application from starting.


async def test_a_password_that_lacks_is_told(redis, ask):
    ask("CONFIG SET requirepass secret")
    try:
        with told(redis, "refuses: .+ Put a user and a password into the URL of the rooms."):
            await start(redis.url)
    finally:
        ask("AUTH secret")
        ask('CONFIG SET requirepass ""')


async def test_a_wrong_password_is_told(redis):
    with told(redis, "refuses: .+ Correct the user and the password in the URL of the rooms."):
        await start(redis.url.replace("redis://", "redis://nobody:nothing@"))


async def test_a_wrong_database_is_told(redis):
    with told(redis, "refuses: DB index.* Correct the number of the database in the URL of .*"):
        await start(f"{redis.url}/99")


async def test_too_many_clients_are_told(redis, ask):
    ask("CONFIG SET maxclients 1")
    try:
        with anyio.fail_after(MOMENT), pytest.raises(BackendError, match="Raise its maxclients"):
            await start(redis.url)
    finally:
        ask("CONFIG SET maxclients 1000")


async def test_a_replica_is_no_place_for_rooms(redis, ask):
    ask(f"REPLICAOF 127.0.0.1 {redis.port}")
    try:
        with told(redis, "cannot be used: it is a replica. Give the rooms the URL of the primary."):
            await start(redis.url)
    finally:
        ask("REPLICAOF NO ONE")


async def test_a_sentinel_is_no_place_for_rooms(tmp_path):
    configuration = tmp_path / "sentinel.conf"
    configuration.touch()
    with running_redis(tmp_path, arguments=[configuration, "--sentinel"]) as sentinel:
        line = "cannot be used: it is a Sentinel. Give the rooms the URL of the primary."
        with told(sentinel, line):
            await start(sentinel.url)


# What happens later.


async def test_a_primary_that_becomes_a_replica_is_left(redis, ask):
    ada = Guest()
    async with (
        processes(redis.url, rooms=KEPT, **{**SOON, "publish_seconds": limit(0.5)}) as (rooms,),
        processes(redis.url, rooms=KEPT, ping_seconds=MOMENT) as (unaware,),
        together(rooms, ada),
    ):
        links = rooms._backend._links
        ask(f"REPLICAOF 127.0.0.1 {redis.port}")
        try:
            with told(
                redis, "refuses: .*You can't write .+ Give the rooms the URL of the primary."
            ):
                await unaware.send_text("lobby", "refused")
            await until(lambda: [link.connection for link in links] == [None, None])
            assert not rooms.statistics().listening
            with told(redis, "cannot be used: it is a replica. Give the rooms the URL of the .+"):
                await rooms.send_text("lobby", "refused")
        finally:
            ask("REPLICAOF NO ONE")
        await until(lambda: all(link.connection for link in links))
        await until(lambda: rooms.statistics().listening)
        await rooms.send_text("lobby", "hello")
        await until(lambda: ada.heard == ["hello"])


async def test_memory_that_is_full_is_told(redis, ask):
    async with processes(redis.url, rooms=KEPT) as (rooms,):
        ask("CONFIG SET maxmemory 1")
        try:
            with told(redis, "refuses: OOM .+ Raise its maxmemory, or keep a shorter history."):
                await rooms.send_text("lobby", "hello")
        finally:
            ask("CONFIG SET maxmemory 0")
        await rooms.send_text("lobby", "hello")


async def test_a_redis_that_loads_its_data_is_waited_for(tmp_path):
    with running_redis(tmp_path, {"loading-process-events-interval-bytes": 1024}) as redis:
        redis.ask("""EVAL "for i=1,100000 do redis.call('SET', i, i) end" 0""")
        redis.ask("SAVE")
        redis.kill()
        redis.settings["key-load-delay"] = 200
        redis.start()
        async with (
            processes(redis.url, rooms=KEPT, publish_seconds=MOMENT) as (patient,),
            processes(redis.url, rooms=KEPT, publish_seconds=0.5) as (hasty,),
        ):
            with told(redis, "refuses: .*loading.* Try again when it has loaded its data."):
                await hasty.send_text("lobby", "hello")
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(patient.send_text, "lobby", "hello")
                redis.ask("CONFIG SET key-load-delay 0")


async def test_a_cluster_has_no_place_for_a_history(tmp_path):
    ada = Guest()
    with running_redis(tmp_path, {"cluster-enabled": "yes", "cluster-port": free_port()}) as node:
        line = "refuses: .+ A history needs a Redis that is not a cluster."
        async with (
            processes(node.url) as (plain,),
            processes(node.url, rooms=KEPT) as (kept,),
            together(plain, ada),
        ):
            await plain.send_text("lobby", "hello")
            await until(lambda: ada.heard == ["hello"])
            with told(node, line):  # it has no slots yet
                await kept.send_text("lobby", "hello")
            node.ask("CLUSTER ADDSLOTSRANGE 0 16383")
            await until(lambda: b"cluster_state:ok" in node.ask("CLUSTER INFO"))
            with told(node, line):
                await kept.send_text("lobby", "hello")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            RedisConnectionError("max number of clients reached"),
            "Redis at here:1 refuses: max number of clients reached. Raise its maxclients.",
        ),
        (anyio.EndOfStream(), "Redis cannot be reached at here:1: it has closed the connection"),
        (BrokenPipeError(), "Redis cannot be reached at here:1: it has closed the connection"),
        (OSError(), "Redis cannot be reached at here:1: OSError"),
    ],
)
def test_how_a_connection_ends_is_told(error, line):
    assert explain(error, "here:1") == line


def test_another_node_of_a_cluster_is_no_remedy():
    assert explain(MovedError("3999 127.0.0.1:6381"), "here:1") == (
        "Redis at here:1 refuses: 3999 127.0.0.1:6381. "
        "A history needs a Redis that is not a cluster."
    )


# What a user may do.


def as_user(redis, name):
    return redis.url.replace("://", f"://{name}:secret@")


class TestLeastRights(BackendTests, HistoryTests, PresenceTests):
    """A user with the rights of the page, and no others."""

    seconds = MOMENT

    @pytest.fixture(autouse=True)
    def _user(self, redis, ask):
        assert ask("ACL SETUSER least reset on >secret", *rights_of_the_page()) == b"+OK\r\n"
        self.url = as_user(redis, "least")

    def make(self):
        return RedisBackend(self.url)


@pytest.mark.parametrize("right", [each for each in rights_of_the_page() if each[0] in "+~&"])
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_right_that_a_user_lacks_is_told(redis, ask, caplog, right):
    rights = [each for each in rights_of_the_page() if each != right]
    assert ask("ACL SETUSER few reset on >secret", *rights) == b"+OK\r\n"
    ask("SCRIPT FLUSH")
    async with processes(as_user(redis, "few"), rooms=KEPT, **SOON) as (rooms,):
        if right == "+unsubscribe":
            await join(rooms)
            await until(lambda: RIGHTS in caplog.text)
        else:
            with told(redis, f"refuses: .+{re.escape(RIGHTS)}"):
                await rooms.send_text("lobby", "hello")
                await join(rooms, after=await join(rooms))
                changes = [Change("lobby", "ada", True, b"")]
                backend = rooms._backend
                await backend.announce("process", changes, after=None, version="1", seconds=1)
                await backend.present(["lobby"])
    ask("ACL DELUSER few")


async def test_a_right_that_is_taken_away_is_told_until_it_is_given_again(
    redis, ask, caplog, monkeypatch
):
    monkeypatch.setattr(redis_backend, "_REFUSED_DELAY", 0.1)
    rights, ada = rights_of_the_page(), Guest()
    ask("ACL SETUSER ada reset on >secret", *rights)
    async with processes(as_user(redis, "ada"), **SOON) as (rooms,), together(rooms, ada):
        ask("ACL SETUSER ada resetchannels &other:*")  # it ends the connection that listens
        await until(lambda: RIGHTS in caplog.text)
        assert not rooms.statistics().listening
        ask("ACL SETUSER ada resetchannels", *[each for each in rights if each[0] == "&"])
        await until(lambda: rooms.statistics().listening)
        await rooms.send_text("lobby", "hello")
        await until(lambda: ada.heard == ["hello"])


async def test_what_redis_answers_late_is_no_refusal(caplog):
    """Where it refuses while it is asked what it is, that answer comes when nobody waits for it."""

    class Connection:
        @property
        async def streamed_messages(self):
            yield {b"role": b"master"}

    await RedisBackend("redis://localhost")._receive_refusals(Connection())
    assert caplog.text == ""
