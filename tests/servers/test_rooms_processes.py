"""One room in two processes that share a Redis, and what happens where one of the three fails."""

import json
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from patience import MOMENT, PROCESS
from redis_server import running_redis
from rough_client import Client, Closed
from variants import VARIANTS, serving

HERE = Path(__file__).parent
SCRIPT = HERE.parent.parent / "docs_src" / "rooms" / "processes.duo"
LARGE = "x" * 65_536  # some of these are more than the way to a client that reads nothing can hold


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


def process(redis):
    """A process of uvicorn that uses the Redis."""
    variant = VARIANTS["uvicorn-websockets-sansio"]
    return serving(variant, "rooms_apps:app", HERE, REDIS_URL=redis.url)


@pytest.fixture(scope="module")
def here(redis):
    with process(redis) as server:
        yield server


@pytest.fixture(scope="module")
def there(redis):
    with process(redis) as server:
        yield server


def receive_past(client, *words):
    """Receive until something else comes than what has to be read past."""
    while (came := client.receive()) in words:
        pass
    return came


@contextmanager
def member(server, query="", path="/chat", **options):
    """A client in the room."""
    with Client(f"{server.url}{path}{query}", **options) as client:
        assert receive_past(client, "more") == "joined"
        yield client


def until(condition):
    deadline = time.monotonic() + PROCESS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def subscribers(redis):
    """How many processes listen to the room."""
    return int(redis.ask("PUBSUB", "NUMSUB", "duologue:lobby").rsplit(b":", 1)[1])


@contextmanager
def asking(server):
    """Ask a process what it has counted, each time it is called."""
    with Client(f"{server.url}/statistics") as statistics:

        def ask():
            statistics.send("How are you?")
            return json.loads(statistics.receive())

        yield ask


def test_a_script_has_clients_in_two_processes(here, there, run):
    urls = [f"ada={here.url}/snippet", f"bob={there.url}/snippet"]
    status, shown, complaint = run("play", str(SCRIPT), "--url", urls[0], "--url", urls[1])
    assert (status, complaint) == (0, ""), shown


@contextmanager
def traffic(client):
    """Let a client say something all the time."""
    done = threading.Event()

    def talk():
        while not done.wait(0.002):
            client.send("more")

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(PROCESS)


def test_a_process_is_killed_and_the_members_of_the_other_go_on(redis, here):
    with (
        process(redis) as there,
        member(here) as ada,
        member(there) as bob,
        member(here) as cleo,
    ):
        assert subscribers(redis) == 2
        with traffic(ada):
            assert bob.receive() == cleo.receive() == "more"
            there.stop()
            assert receive_past(bob, "more") == Closed(1006)
            until(lambda: subscribers(redis) == 1)
            assert cleo.receive() == "more"
        cleo.send("end")
        assert receive_past(ada, "more") == receive_past(cleo, "more") == "end"


def test_members_are_reset_and_nothing_is_left_of_them(redis, here, there):
    with member(here) as ada, ExitStack() as stack:
        with traffic(ada):
            for _ in range(10):
                stack.enter_context(member(there)).reset()
            until(lambda: subscribers(redis) == 1)
        ada.send("end")
        assert receive_past(ada, "more") == "end"
    until(lambda: subscribers(redis) == 0)


def test_redis_goes_away_and_comes_back_while_a_member_reads_nothing(redis, here, there):
    with (
        member(here) as ada,
        member(there) as bob,
        member(there, "?policy=drop_oldest", buffer=4096) as deaf,
        asking(there) as ask,
    ):
        while not ask()["dropped"][0]:
            ada.send(LARGE)
            assert ada.receive() == bob.receive() == LARGE
        redis.kill()
        ada.send("lost")
        assert ada.receive() == "refused"
        until(lambda: not ask()["listening"])
        redis.start()
        assert bob.receive() == ada.receive() == '{"missed":null}'
        ada.send("after")
        while (came := ada.receive()) == "refused":  # it connects to publish in its own time
            ada.send("after")
        assert came == bob.receive() == "after"
        assert ask()["members"][0] == 2
        assert deaf.accepted
    until(lambda: subscribers(redis) == 0)


# A process that is told to stop, with members in a room of Redis and in one of its own.

PATHS = ["/chat", "/here"]


def everybody(server, stack, query="", **options):
    """Two members in each room, or as many as one asks for."""
    return [
        stack.enter_context(member(server, query, path, **options))
        for path in PATHS
        for _ in range(2)
    ]


def check_stop(server, clients, *told):
    """Tell a process to stop: each client is told so, and nothing is left but some lines."""
    begin = time.monotonic()
    server.terminate()
    for client in clients:
        assert receive_past(client, "more", LARGE) == Closed(1012, "restart")
    server.wait()
    assert time.monotonic() - begin < MOMENT
    server.stop()
    log = [line for line in server.log if not any(each in line for each in told)]
    assert "The lifespan has ended, with [0, 0] members.\n" in log
    assert [line for line in log if not line.startswith(("INFO:", "The lifespan"))] == []
    assert "INFO:     Application shutdown complete.\n" in log


def channels(redis):
    return redis.ask("PUBSUB", "CHANNELS")


def test_a_process_that_closes_all_or_stops_leaves_nothing_behind(redis):
    with process(redis) as server, ExitStack() as stack:
        clients = everybody(server, stack)
        assert subscribers(redis) == 1
        with Client(f"{server.url}/close") as closer:
            closer.send("Close them.")
            for client in [*clients, closer]:
                assert client.receive() == Closed(1012, "closed")
        until(lambda: channels(redis) == b"*0\r\n")
        with asking(server) as ask:
            assert ask()["members"] == [0, 0]
        clients = everybody(server, stack)
        for client in clients:
            client.send("more")
        check_stop(server, clients)
    assert channels(redis) == b"*0\r\n"


def test_a_process_that_stops_waits_for_no_slow_member(redis):
    with process(redis) as server, ExitStack() as stack, asking(server) as ask:
        clients = everybody(server, stack)
        for policy in ("drop_oldest", "disconnect"):
            everybody(server, stack, f"?policy={policy}", buffer=4096)
        while not all([*(now := ask())["dropped"], *now["disconnected"]]):
            for client in clients[::2]:
                client.send(LARGE)
            assert [client.receive() for client in clients] == [LARGE] * len(clients)
        # No endpoint is left. The server itself waits a second for the clients that read nothing.
        check_stop(server, clients, "Cancel 0 running task(s)")
    assert channels(redis) == b"*0\r\n"


def test_a_process_stops_also_while_redis_is_away(redis):
    with process(redis) as server, ExitStack() as stack, asking(server) as ask:
        clients = everybody(server, stack)
        redis.kill()
        try:
            until(lambda: not ask()["listening"])
            check_stop(server, clients, "The connection is lost. Redis cannot be reached")
        finally:
            redis.start()
    assert channels(redis) == b"*0\r\n"
