"""Rooms over Redis: one message to the members in all processes, and what happens without it."""

import re
import ssl
import sys
import time
import traceback
from contextlib import asynccontextmanager

import anyio
import pytest
from anyio.lowlevel import checkpoint
from guests import LATE, Guest, together
from listening import free_port
from patience import MOMENT, PROCESS
from redis_rooms import SOON, check_that_nobody_can_join, cut_off, last, processes, until
from redis_server import running_redis, way_to

from duologue.rooms import BackendError, Rooms, _link
from duologue.rooms.redis import RedisBackend
from duologue.rooms.testing import BackendTests, HistoryTests, PresenceTests

pytestmark = pytest.mark.usefixtures("quick")


class TestRedis(BackendTests, HistoryTests, PresenceTests):
    seconds = MOMENT

    @pytest.fixture(autouse=True)
    def _redis(self, redis):
        self.url = redis.url

    def make(self):
        return RedisBackend(self.url)


async def test_a_message_reaches_the_members_in_all_processes(redis):
    ada, bob = Guest(), Guest(LATE)
    async with (
        processes(redis.url, redis.url) as (here, there),
        together(here, ada),
        together(there, bob),
    ):
        await ada.room.send_text("안녕")
        await bob.room.send_bytes(b"\x00\xff")
        await here.send_json("lobby", {"a": 1}, exclude=ada.websocket)
        await there.send_text("lobby", "last", key="a key")
        await until(lambda: last(ada) == last(bob) == "last")
        assert ada.heard == ["안녕", b"\x00\xff", "last"]
        assert bob.heard == ["안녕", b"\x00\xff", '{"a":1}', "last"]
        assert here.statistics().listening
        assert here.statistics().total.gaps == 0


async def test_each_process_receives_the_messages_of_a_room_in_the_same_order(redis):
    guests = [Guest() for _ in range(2)]
    async with (
        processes(redis.url, redis.url) as both,
        together(both[0], guests[0]),
        together(both[1], guests[1]),
    ):

        async def say(rooms, name):
            for number in range(50):
                await rooms.send_text("lobby", f"{name}{number}")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(say, both[0], "a")
            tasks.start_soon(say, both[1], "b")
        await until(lambda: all(len(guest.heard) == 100 for guest in guests))
        assert guests[0].heard == guests[1].heard
        for name in "ab":
            own = [text for text in guests[0].heard if text[0] == name]
            assert own == [f"{name}{number}" for number in range(50)]


async def test_names_and_prefixes_keep_rooms_apart(redis):
    names = ["a", "a b", "방", "\ud800", ""]
    async with (
        processes(redis.url, prefix="one:") as (one,),
        processes(redis.url, prefix="two:") as (two,),
    ):
        guests = {name: Guest() for name in names}
        stranger = Guest()
        async with anyio.create_task_group() as tasks:
            for name, guest in guests.items():
                await tasks.start(guest.stay, one, name, {})
            await tasks.start(stranger.stay, two, "a", {})
            for name in names:
                await one.send_text(name, repr(name))
            await until(lambda: all(guest.heard for guest in guests.values()))
            tasks.cancel_scope.cancel()
        assert {name: guest.heard for name, guest in guests.items()} == {
            name: [repr(name)] for name in names
        }
        assert stranger.heard == []


async def test_a_storm_leaves_exactly_the_subscriptions_that_are_wanted(redis):
    async with processes(redis.url, prefix="storm:") as (rooms,):
        wanderers = [Guest() for _ in range(60)]
        stayed, done = [], anyio.Event()

        async def wander(number, guest):
            """Be in many rooms, one after the other, and then perhaps in a last one."""
            await guest.websocket.accept()
            for step in range(60):
                async with rooms.join(f"room{number * step % 40}", guest.websocket):
                    pass
            async with rooms.join(f"room{number % 40}", guest.websocket):
                stayed.append(number)
                if 30 <= number < 40:
                    await done.wait()

        def subscribed():
            listed = redis.ask("PUBSUB", "CHANNELS", "storm:*")
            return set(re.findall(rb"storm:(\w+)", listed))

        async with anyio.create_task_group() as tasks:
            for number, guest in enumerate(wanderers):
                tasks.start_soon(wander, number, guest)
            with anyio.fail_after(PROCESS):
                while len(stayed) < len(wanderers):  # noqa: ASYNC110 - nobody else waits for it
                    await anyio.sleep(0.01)
            await until(lambda: subscribed() == {b"room%d" % number for number in range(30, 40)})
            done.set()
        await until(lambda: subscribed() == set())


async def test_where_redis_is_not_there_startup_fails_with_one_line():
    port = free_port()
    with pytest.raises(BackendError) as raised:
        async with Rooms(f"redis://user:secret@127.0.0.1:{port}/1").lifespan():
            pass
    message = str(raised.value)
    assert message.startswith(f"Redis cannot be reached at 127.0.0.1:{port}: ")
    assert message.endswith("Start one, or correct the URL of the rooms.")
    assert "secret" not in message
    assert "\n" not in message


@asynccontextmanager
async def silent_server(answer=b""):
    """A server that answers once, or never: its URL, and what is set by the first connection."""
    came = anyio.Event()

    async def say_nothing(client):
        async with client:
            came.set()
            await client.receive()
            await client.send(answer)
            await anyio.sleep_forever()

    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(listener.serve, say_nothing)
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        yield f"redis://127.0.0.1:{port}", came
        tasks.cancel_scope.cancel()


async def test_a_server_that_says_nothing_is_not_waited_for_for_ever(caplog):
    async with silent_server() as (url, _):
        with anyio.fail_after(MOMENT), pytest.raises(BackendError, match="no answer in time"):
            async with Rooms(RedisBackend(url, **SOON)).lifespan():
                pass
    assert caplog.text == ""  # coredis has a traceback for it


async def test_a_redis_that_is_too_old_is_refused_with_one_line_that_says_what_is_needed():
    hello = b"%3\r\n$7\r\nversion\r\n$6\r\n6.0.16\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:1\r\n"
    async with silent_server(hello) as (url, _):
        with anyio.fail_after(MOMENT), pytest.raises(BackendError) as raised:
            async with Rooms(url).lifespan():
                pass
    assert str(raised.value) == (
        f"Redis at {url.removeprefix('redis://')} cannot be used: it is version 6.0.16, and rooms "
        "need 6.2 or newer. Start one, or correct the URL of the rooms."
    )


async def test_a_startup_that_is_cancelled_leaves_nothing_behind(caplog):
    rooms = []

    async def start(url):
        rooms.append(Rooms(RedisBackend(url, ping_seconds=2 * MOMENT)))
        async with rooms[0].lifespan():
            pass

    async with silent_server() as (url, came), anyio.create_task_group() as tasks:
        tasks.start_soon(start, url)
        with anyio.fail_after(MOMENT):
            await came.wait()
        tasks.cancel_scope.cancel()
    with anyio.fail_after(MOMENT):
        for link in rooms[0]._backend._links:
            await link.ended()
    assert caplog.text == ""


async def test_time_that_the_event_loop_is_busy_for_is_no_silence():
    """What comes meanwhile is read before a connection counts as lost."""
    came = anyio.Event()

    async def answer():
        for _ in range(10):
            await checkpoint()
        came.set()

    async def ask():
        await checkpoint()
        time.sleep(0.6)  # noqa: ASYNC251 - as an application might
        await came.wait()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(answer)
        await _link._within(0.5, ask)


def test_an_attempt_to_connect_has_longer_where_the_time_was_too_short():
    link = RedisBackend("redis://localhost", ping_seconds=3)._links[0]
    assert [link._limit(attempts) for attempts in range(5)] == [3, 6, 9, 10, 10]
    patient = RedisBackend("redis://localhost", ping_seconds=20)._links[0]
    assert patient._limit(1) == 20


@pytest.mark.parametrize("loss", ["cut", "silent"])
async def test_a_lost_connection_is_made_again_and_the_gap_told(redis, loss, caplog):
    ada, bob = Guest(), Guest(LATE)
    async with (
        way_to(redis.port) as way,
        processes(way.url, rooms={"missed": lambda missed: {"missed": missed.count}}, **SOON) as (
            here,
        ),
        processes(redis.url) as (there,),
        together(here, ada, bob),
    ):
        await there.send_text("lobby", "before")
        await until(lambda: last(ada) == "before")
        if loss == "cut":
            way.shut = True
            way.cut()
        else:
            way.silent = True
        await until(lambda: not here.statistics().listening)
        await there.send_text("lobby", "lost")
        with pytest.raises(BackendError, match=r"Redis cannot be reached at 127\.0\.0\.1"):
            await here.send_text("lobby", "not sent")
        way.silent = way.shut = False
        await until(lambda: here.statistics().listening)
        await until(lambda: last(ada) == last(bob) == '{"missed":null}')
        await here.send_text("lobby", "after")
        await until(lambda: last(ada) == last(bob) == "after")
        assert ada.heard == bob.heard == ["before", '{"missed":null}', "after"]
        assert ada.websocket.connected
        assert here.statistics().rooms["lobby"].gaps == 1
    assert "The connection is lost. Redis cannot be reached at 127.0.0.1" in caplog.text


async def test_redis_is_killed_and_comes_back(tmp_path):
    ada, bob = Guest(), Guest()
    with running_redis(tmp_path) as redis:
        async with (
            processes(redis.url, redis.url, publish_seconds=None) as (here, there),
            together(here, ada),
            together(there, bob),
        ):
            await here.send_text("lobby", "before")
            await until(lambda: last(ada) == last(bob) == "before")
            redis.kill()
            async with anyio.create_task_group() as tasks:
                await until(lambda: not here.statistics().listening)
                await until(lambda: not there.statistics().listening)
                publishing = here._backend._links[1]
                await until(lambda: publishing.connection is None)
                tasks.start_soon(here.send_text, "attic", "waits until Redis is there again")
                await anyio.to_thread.run_sync(redis.start)
            await until(lambda: here.statistics().listening and there.statistics().listening)
            await there.send_text("lobby", "after")
            await until(lambda: last(ada) == last(bob) == "after")
            assert ada.heard == bob.heard == ["before", "after"]
            assert [each.statistics().total.gaps for each in (here, there)] == [1, 1]


async def test_who_joins_while_redis_is_away_is_told_so_and_later_may(redis):
    bob = Guest()
    async with way_to(redis.port) as way, processes(way.url, **SOON) as (rooms,):
        await cut_off(way, rooms)
        await check_that_nobody_can_join(rooms)
        way.shut = False
        await until(lambda: rooms.statistics().listening)
        async with together(rooms, bob):
            await rooms.send_text("lobby", "hello")
            await until(lambda: bob.heard == ["hello"])
        assert rooms.statistics().total.members == 0


async def test_what_is_published_while_a_connection_breaks_is_sent_or_refused(redis):
    ada = Guest()
    async with (
        way_to(redis.port) as way,
        processes(way.url, publish_seconds=MOMENT) as (rooms,),
        processes(redis.url) as (other,),
        together(other, ada),
    ):
        refused = []

        async def publish():
            for number in range(200):
                try:
                    await rooms.send_text("lobby", str(number))
                except BackendError:
                    refused.append(str(number))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(publish)
            for _ in range(3):
                await anyio.sleep(0.02)
                way.cut()
        await other.send_text("lobby", "end")
        await until(lambda: last(ada) == "end")
        sent = [str(number) for number in range(200) if str(number) not in refused]
        assert set(sent) <= set(ada.heard)
        assert len(set(ada.heard)) == len(ada.heard)


async def test_who_stays_until_the_lifespan_begins_again_hears_again(redis):
    rooms, ada = Rooms(redis.url), Guest()
    async with anyio.create_task_group() as tasks:
        async with rooms.lifespan():
            await tasks.start(ada.stay, rooms, "lobby", {})
        async with rooms.lifespan():
            await rooms.send_text("lobby", "again")
            await until(lambda: ada.heard == ["again"])
            ada.leave()
            await ada.until_left()
    assert rooms.statistics().total.gaps == 1


ENDS_EARLY = "this one has a '/', '?' or '#' that ends the host too early. Percent-encode the"
NO_PORT = "the port of this one is not a number from 1 to 65535."


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "this one begins with ''."),
        ("http://localhost", "this one begins with 'http'."),
        ("redis:///0", "this one has no host."),
        ("redis://:6379/0", "this one has no host."),
        ("redis://localhost/zero", "after the host and the port of this one, there is more than"),
        ("redis://localhost?db=3", "after the host and the port of this one, there is more than"),
        ("redis://user:se#cret@localhost", ENDS_EARLY),
        ("redis://user:se?cret@localhost", ENDS_EARLY),
        ("redis://user:se/cret@localhost", ENDS_EARLY),
        ("redis://:#secret@localhost", ENDS_EARLY),
        ("redis://user:se[cret@localhost", "this one cannot be read. Percent-encode the special"),
        ("redis://user:se\u2100cret@localhost", "this one cannot be read. Percent-encode the"),
        ("redis://[::1", "this one cannot be read."),
        ("redis://user:secret@localhost:notaport", NO_PORT),
        ("redis://user:secret@localhost:70000", NO_PORT),
        ("redis://user:secret@localhost:-1", NO_PORT),
        ("redis://user:secret@localhost:0", NO_PORT),
    ],
)
def test_what_is_no_url_of_redis_is_refused(url, why):
    with pytest.raises(ValueError) as raised:
        Rooms(url)
    start = "The URL of Redis is redis://host:port/database, or rediss:// for TLS; "
    assert str(raised.value).startswith(start + why)
    shown = "".join(traceback.format_exception(raised.value)).replace(repr(url), "")
    for part in ("cret", "se#", "se/", "se?", "se["):
        assert part not in shown
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://localhost", "localhost:6379"),
        ("redis://user:se%23cret@localhost:6380/2", "localhost:6380"),
        ("redis://user:se@cret@localhost/", "localhost:6379"),
        ("redis://[::1]:7000", "::1:7000"),
    ],
)
def test_address_of_redis_is_read_from_its_url(url, address):
    assert RedisBackend(url)._address == address


@pytest.mark.parametrize("name", ["publish_seconds", "ping_seconds"])
def test_times_are_above_zero(name):
    with pytest.raises(ValueError, match=f"{name} is above zero, not 0"):
        RedisBackend("redis://localhost", **{name: 0})


def test_over_tls_redis_is_verified():
    def context(url, **options):
        return RedisBackend(url, **options)._links[0]._make()._ssl_context

    assert context("redis://localhost") is None
    assert context("rediss://localhost").verify_mode == ssl.CERT_REQUIRED
    own = ssl.create_default_context()
    assert context("rediss://localhost", ssl_context=own) is own


def test_without_coredis_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "coredis.connection", None)
    monkeypatch.delitem(sys.modules, "duologue.rooms.redis")
    with pytest.raises(ImportError, match=r'pip install "duologue\[redis\]"'):
        Rooms("redis://localhost")
