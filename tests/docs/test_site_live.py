from contextlib import asynccontextmanager

import anyio
import pytest
from patience import MOMENT

from docs_tools.project.snippets import Snippet
from docs_tools.site.live import Live, Program, load_app, strip
from duologue import Duologue
from duologue.scripts import load, play


@pytest.fixture(scope="module")
def live():
    return Live()


async def connect(live, path, **scope):
    """Open a connection and read the first answer; the client then goes away."""
    sent, received = [], [{"type": "websocket.connect"}]

    async def receive():
        return received.pop(0) if received else {"type": "websocket.disconnect", "code": 1001}

    async def send(message):
        sent.append(message)

    with anyio.fail_after(MOMENT):
        scope = {"type": "websocket", "path": path, "headers": [], **scope}
        await live(scope, receive, send)
    return sent


async def test_a_snippet_is_reached_by_its_name(live):
    sent = await connect(live, "/live/websockets/echo/ws", subprotocols=[])
    assert sent[0]["type"] == "websocket.accept"


async def test_a_snippet_sees_its_own_path(live, monkeypatch):
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope)

    monkeypatch.setitem(live.programs, "websockets/echo", Program(app))
    outer = {"raw_path": b"/live/websockets/echo/a%20b", "root_path": "/outer"}
    await connect(live, "/live/websockets/echo/a b", **outer)
    await connect(live, "/live/websockets/echo")
    seen = [(scope["path"], scope.get("raw_path"), scope["root_path"]) for scope in scopes]
    assert seen == [("/a b", b"/a%20b", ""), ("", None, "")]


@pytest.mark.parametrize("path", ["/live/websockets/nothing/ws", "/live/", "/ws", "/live/echo"])
async def test_other_paths_are_refused(live, path):
    assert await connect(live, path) == [{"type": "websocket.close", "code": 1000, "reason": ""}]


@pytest.mark.parametrize("name", ["how_to/rate_limit", "how_to/reconnect"])
async def test_a_program_that_remembers_begins_anew_when_all_have_left(live, name):
    async def app(scope, receive, send):
        if scope["type"] == "websocket":
            await live({**scope, "path": f"/live/{name}{scope['path']}"}, receive, send)

    for _ in range(2):
        with anyio.fail_after(2 * MOMENT):
            await play(load(Snippet(name).script), app, timeout=MOMENT)
    assert live.anew == {}


def test_a_raw_path_may_be_missing():
    assert strip(None, "a/b") is None
    assert strip(b"/live/a/b/c", "a/b") == b"/c"


def test_a_program_without_an_app_is_named(tmp_path, monkeypatch):
    (tmp_path / "docs_src" / "page").mkdir(parents=True)
    (tmp_path / "docs_src" / "page" / "bare.py").write_text("")
    snippet = Snippet("page/bare", tmp_path)
    monkeypatch.setattr("importlib.import_module", lambda name: object())
    with pytest.raises(ValueError, match=r"bare\.py has no `app`"):
        load_app(snippet)


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


@pytest.fixture
def serving(tmp_path):
    """Serve applications as the snippets `page/0`, `page/1` and so on."""

    @asynccontextmanager
    async def serving(*apps):
        live = Live(tmp_path)
        live.programs = {f"page/{number}": Program(app) for number, app in enumerate(apps)}
        driver = Driver()
        with anyio.fail_after(MOMENT):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(live, {"type": "lifespan"}, driver.receive, driver.send)
                await driver.started.wait()
                yield live
                driver.stopping.set()
        assert driver.sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]

    return serving


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


async def test_each_program_has_its_own_lifespan(serving):
    log = []
    async with serving(sharing(log, "one"), no_lifespan, sharing(log, "two"), indifferent):
        assert log == ["one starts", "two starts"]
    assert sorted(log[2:]) == ["one stops", "two stops"]


async def test_one_that_fails_to_start_is_logged_and_the_others_live(serving, caplog):
    log = []

    @asynccontextmanager
    async def lifespan(app):
        raise ValueError("no database")
        yield

    async with serving(Duologue(lifespan=lifespan), sharing(log, "two")):
        pass
    assert log == ["two starts", "two stops"]
    assert caplog.messages == ["The lifespan of page/0 failed to start"]
    assert "no database" in caplog.text


async def test_one_that_fails_to_stop_is_an_error_and_the_others_stop(serving):
    log = []

    @asynccontextmanager
    async def lifespan(app):
        yield
        raise ValueError("cannot stop")

    with pytest.raises(ExceptionGroup) as caught:
        async with serving(sharing(log, "one"), Duologue(lifespan=lifespan)):
            pass
    assert caught.group_contains(ValueError, match="cannot stop")
    assert log == ["one starts", "one stops"]


async def test_each_connection_has_a_copy_of_what_its_program_shares(serving):
    seen = []

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            scope["state"]["name"] = "one"
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            seen.append(dict(scope["state"]))
            scope["state"]["more"] = True

    async with serving(app) as live:
        await connect(live, "/live/page/0/ws", state={"the outer": "one"})
        await connect(live, "/live/page/0/ws")
    assert seen == [{"name": "one"}] * 2
