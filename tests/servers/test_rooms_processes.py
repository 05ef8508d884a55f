"""One room in two processes that share a Redis, and what happens where one of the three fails."""

import json
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from patience import PROCESS
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
def member(server, query="", **options):
    """A client in the room."""
    with Client(f"{server.url}/chat{query}", **options) as client:
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
        Client(f"{there.url}/statistics") as statistics,
    ):

        def ask():
            statistics.send("How are you?")
            return json.loads(statistics.receive())

        while not ask()["dropped"]:
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
        assert ask()["members"] == 2
        assert deaf.accepted
    until(lambda: subscribers(redis) == 0)
