from contextlib import asynccontextmanager
from functools import partial

import anyio
import pytest
from patience import MOMENT

from docs_tools.lifespans import Life, run_lives, share
from docs_tools.live import Live
from duologue import Duologue

BOTH = ["lifespan.startup.complete", "lifespan.shutdown.complete"]


class Driver:
    """A server that starts, waits, and stops."""

    def __init__(self):
        self.sent = []
        self.to_app = [{"type": "lifespan.startup"}]
        self.started = anyio.Event()
        self.stopping = anyio.Event()

    async def receive(self):
        if self.to_app:
            return self.to_app.pop(0)
        await self.stopping.wait()
        return {"type": "lifespan.shutdown"}

    async def send(self, message):
        self.sent.append(message["type"])
        self.started.set()


async def play(app):
    driver = Driver()
    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(app, driver.receive, driver.send)
            await driver.started.wait()
            driver.stopping.set()
    return driver.sent


async def play_lives(*lives):
    named = {f"page/{number}": life for number, life in enumerate(lives)}
    return await play(partial(run_lives, named))


def sharing(log, name):
    @asynccontextmanager
    async def lifespan(app):
        log.append(f"{name} starts")
        yield {"name": name}
        log.append(f"{name} stops")

    return Duologue(lifespan=lifespan)


async def no_lifespan(scope, receive, send):
    raise ValueError(scope["type"])


async def indifferent(scope, receive, send):
    pass


async def test_each_application_has_its_own_life():
    log = []
    lives = [Life(sharing(log, "one")), Life(no_lifespan), Life(sharing(log, "two"))]
    lives.append(Life(indifferent))
    assert await play_lives(*lives) == BOTH
    assert log == ["one starts", "two starts", "one stops", "two stops"]
    assert [life.state for life in lives] == [{"name": "one"}, {}, {"name": "two"}, {}]


async def test_one_that_fails_to_start_is_logged_and_the_others_live(caplog):
    log = []

    @asynccontextmanager
    async def lifespan(app):
        raise ValueError("no database")
        yield

    assert await play_lives(Life(Duologue(lifespan=lifespan)), Life(sharing(log, "two"))) == BOTH
    assert log == ["two starts", "two stops"]
    assert [record.getMessage().splitlines()[0] for record in caplog.records] == [
        "The lifespan of page/0 failed to start: Traceback (most recent call last):"
    ]
    assert "no database" in caplog.text


async def test_one_that_fails_to_stop_is_an_error():
    @asynccontextmanager
    async def lifespan(app):
        yield
        raise ValueError("cannot stop")

    with pytest.raises(ExceptionGroup) as caught:
        await play_lives(Life(Duologue(lifespan=lifespan)))
    assert caught.group_contains(ValueError, match="cannot stop")


async def test_a_connection_gets_a_copy():
    life = Life(no_lifespan)
    scope = {"type": "websocket"}
    assert share(scope, life) is scope
    life.state["a"] = 1
    given = share(scope, life)
    given["state"]["b"] = 2
    assert (given["state"], life.state) == ({"a": 1, "b": 2}, {"a": 1})


async def test_the_snippets_live_as_long_as_the_server(tmp_path):
    log = []
    live = Live(tmp_path)
    live.lives["page/name"] = Life(sharing(log, "one"))
    assert await play(partial(live, {"type": "lifespan"})) == BOTH
    assert log == ["one starts", "one stops"]
