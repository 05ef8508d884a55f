import asyncio
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager

import anyio
import pytest
from patience import MOMENT
from starlette.applications import Starlette
from starlette.routing import Mount as StarletteMount

from duologue._asgi.lifespan import check_lifespan, serve_lifespan
from duologue.applications import Duologue
from duologue.middleware import Middleware
from duologue.routing import Mount, Router, WebSocketRoute
from duologue.shutdown import Drain
from duologue.shutdown import _sigterm as termination
from duologue.testclient import AsyncTestClient, TestClient

STARTUP = {"type": "lifespan.startup"}
SHUTDOWN = {"type": "lifespan.shutdown"}
STARTED = {"type": "lifespan.startup.complete"}
STOPPED = {"type": "lifespan.shutdown.complete"}

events = []


@pytest.fixture(autouse=True)
def no_events():
    events.clear()


@pytest.fixture(autouse=True)
def signal_of_nobody(monkeypatch):
    """Nobody holds SIGTERM: an application that never had a life keeps it as long as the process.

    It does where it gets its first connection while another one lives, in a test before.
    """
    monkeypatch.setattr(termination, "_holder", termination._Holder())
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


@asynccontextmanager
async def recording(app):
    events.append("up")
    yield {"database": "open"}
    events.append("down")


@asynccontextmanager
async def sharing_nothing(app):
    yield


async def live(lifespan, app=None, **keys):
    """Let an application live; tell what it answered, and its scope."""
    questions = [SHUTDOWN, STARTUP]
    sent = []

    async def receive():
        return questions.pop()

    async def send(message):
        sent.append((message["type"], *events))

    scope = {"type": "lifespan", **keys}
    with anyio.fail_after(MOMENT):
        await serve_lifespan(lifespan, app, scope, receive, send)
    assert questions == []
    return sent, scope


async def live_badly(lifespan, error, **options):
    """Likewise, where it fails; tell the message that says so."""
    questions = [SHUTDOWN, STARTUP]
    router = Router(lifespan=lifespan, **options)
    sent = []

    async def receive():
        return questions.pop()

    async def send(message):
        sent.append(message)

    with pytest.raises(error) as raised, anyio.fail_after(MOMENT):
        await router({"type": "lifespan"}, receive, send)
    return sent, raised.value


async def test_it_stands_around_the_life_of_the_application():
    sent, scope = await live(recording, state={"server": 1})
    assert sent == [
        ("lifespan.startup.complete", "up"),
        ("lifespan.shutdown.complete", "up", "down"),
    ]
    assert scope["state"] == {"server": 1, "database": "open"}


async def test_without_one_the_protocol_is_answered():
    sent, scope = await live(None)
    assert sent == [("lifespan.startup.complete",), ("lifespan.shutdown.complete",)]
    assert scope["state"] == {}


async def test_it_is_called_with_the_application():
    @asynccontextmanager
    async def lifespan(app):
        events.append(app)
        yield

    app = object()
    await live(lifespan, app)
    assert events == [app]


async def test_it_need_not_share_anything():
    _, scope = await live(sharing_nothing, state={"server": 1})
    assert scope["state"] == {"server": 1}


async def test_a_startup_that_fails_is_announced_with_its_traceback():
    @asynccontextmanager
    async def lifespan(app):
        raise LookupError("no database")
        yield

    sent, raised = await live_badly(lifespan, LookupError)
    [message] = sent
    assert message["type"] == "lifespan.startup.failed"
    assert message["message"].startswith("Traceback (most recent call last):")
    assert message["message"].endswith("LookupError: no database")
    assert str(raised) == "no database"
    assert "run_lifespan" not in message["message"]


async def test_what_this_library_says_of_a_startup_needs_no_traceback():
    @asynccontextmanager
    async def lifespan(app):
        yield "no dict"

    [message], _ = await live_badly(lifespan, TypeError)
    assert message["message"] == (
        "TypeError: A lifespan yields a dict, to be shared as state, or nothing; not 'no dict'."
    )


async def test_a_shutdown_that_fails_is_announced_with_its_traceback():
    @asynccontextmanager
    async def lifespan(app):
        yield
        raise LookupError("still in use")

    sent, _ = await live_badly(lifespan, LookupError)
    started, message = sent
    assert started == STARTED
    assert message["type"] == "lifespan.shutdown.failed"
    assert message["message"].endswith("LookupError: still in use")


WANTS_TO_END = [
    SystemExit("no SECRET_KEY"),
    KeyboardInterrupt(),
    BaseExceptionGroup("two", [SystemExit(1), ValueError()]),
]
GIVES_UP = [asyncio.CancelledError(), GeneratorExit()]


@pytest.mark.parametrize("error", [*WANTS_TO_END, *GIVES_UP], ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("step", ["startup", "shutdown"])
async def test_whatever_is_raised_it_is_a_failure(error, step):
    @asynccontextmanager
    async def lifespan(app):
        if step == "startup":
            raise error
        yield
        raise error

    expected = RuntimeError if error in WANTS_TO_END else type(error)
    sent, raised = await live_badly(lifespan, expected)
    assert sent[-1]["type"] == f"lifespan.{step}.failed"
    assert type(error).__name__ in sent[-1]["message"]
    if expected is RuntimeError:
        assert str(raised) == f"The lifespan failed: {error!r}"
        assert raised.__cause__ is error
    else:
        assert raised is error


@pytest.mark.parametrize("error", [LookupError("no database"), SystemExit("no database")])
@pytest.mark.parametrize("make", [Router, Duologue])
async def test_middleware_that_fails_beside_a_lifespan_is_a_failure_too(error, make):
    class Failing:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            raise error

    app = make(lifespan=recording, middleware=[Middleware(Failing)])
    expected = RuntimeError if isinstance(error, SystemExit) else LookupError
    sent = await fail_at_startup(app, expected)
    assert [message["type"] for message in sent] == ["lifespan.startup.failed"]
    # Without one it may know nothing of lifespans, and the server goes on as it is to.
    assert await fail_at_startup(make(middleware=[Middleware(Failing)]), expected) == []


async def test_middleware_that_fails_in_a_startup_of_its_own_is_a_failure():
    class Failing:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            await receive()
            raise LookupError("no database")

    sent = await fail_at_startup(Router(middleware=[Middleware(Failing)]), LookupError)
    assert [message["type"] for message in sent] == ["lifespan.startup.failed"]


async def test_middleware_that_keeps_the_lifespan_from_the_application():
    class Silent:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            if scope["type"] == "websocket":
                raise AssertionError("nobody connects")

    app = Duologue(lifespan=recording, middleware=[Middleware(Silent)])
    [message] = await fail_at_startup(app, RuntimeError)
    assert message["message"].endswith(
        "RuntimeError: The lifespan was not run: a middleware keeps it from the application."
    )
    assert events == []


async def fail_at_startup(app, error):
    sent = []

    async def receive():
        return STARTUP

    async def send(message):
        sent.append(message)

    with pytest.raises(error), anyio.fail_after(MOMENT):
        await app({"type": "lifespan"}, receive, send)
    return sent


async def test_failure_is_told_once():
    class Telling:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            try:
                await self.app(scope, receive, send)
            except LookupError:
                await send({"type": "lifespan.startup.failed", "message": "told"})
                raise

    @asynccontextmanager
    async def lifespan(app):
        raise LookupError("no database")
        yield

    app = Duologue(lifespan=lifespan, middleware=[Middleware(Telling)])
    [message] = await fail_at_startup(app, LookupError)
    assert message["message"] == "told"


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_startup_that_is_cancelled_from_within_is_a_failure():
    @asynccontextmanager
    async def lifespan(app):
        asyncio.current_task().cancel()
        await anyio.sleep_forever()
        yield

    async def run():
        return await fail_at_startup(Router(lifespan=lifespan), asyncio.CancelledError)

    [message] = await asyncio.create_task(run())
    assert message["type"] == "lifespan.startup.failed"


@pytest.mark.parametrize("given", [1, "state", ["state"]])
async def test_what_it_yields_is_a_dict(given):
    @asynccontextmanager
    async def lifespan(app):
        yield given

    sent, raised = await live_badly(lifespan, TypeError)
    assert str(raised) == (
        f"A lifespan yields a dict, to be shared as state, or nothing; not {given!r}."
    )
    assert sent[0]["type"] == "lifespan.startup.failed"


async def test_cancelling_leaves_the_context_and_announces_nothing():
    started = anyio.Event()
    sent = []

    @asynccontextmanager
    async def lifespan(app):
        try:
            yield
        finally:
            events.append("down")

    async def receive():
        if started.is_set():
            await anyio.sleep_forever()
        return STARTUP

    async def send(message):
        sent.append(message)
        started.set()

    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Router(lifespan=lifespan), {"type": "lifespan"}, receive, send)
            await started.wait()
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
    assert events == ["down"]
    assert sent == [STARTED]


async def bare(app):
    yield


def bare_and_plain(app):
    yield


@pytest.mark.parametrize("generator", [bare, bare_and_plain])
@pytest.mark.parametrize(
    "make", [check_lifespan, lambda it: Duologue(lifespan=it), lambda it: Router(lifespan=it)]
)
def test_a_missing_decorator_is_named_at_once(make, generator):
    with pytest.raises(TypeError) as raised:
        make(generator)
    assert str(raised.value) == (
        f"The lifespan {generator.__name__!r} is a bare generator. "
        "Put @contextlib.asynccontextmanager above it, and let it be `async def`."
    )


def test_a_missing_yield_is_named_at_once():
    async def never_yields(app):
        """Never runs."""

    with pytest.raises(TypeError) as raised:
        check_lifespan(never_yields)
    assert str(raised.value) == (
        "The lifespan 'never_yields' does not yield. Put @contextlib.asynccontextmanager above it, "
        "and let it `yield` between startup and shutdown."
    )


def test_it_is_a_function():
    with pytest.raises(TypeError, match=r"^A lifespan is a function that takes the application"):
        check_lifespan("start")


def test_a_good_one_is_taken_as_it_is():
    assert check_lifespan(recording) is recording
    assert check_lifespan(None) is None


# In an application, with both clients.


async def endpoint(websocket):
    await websocket.accept()
    websocket.state.own = 1
    await websocket.send_json([websocket.state.database, *sorted(websocket.state), *events])
    await websocket.close()


ROUTES = [WebSocketRoute("/", endpoint)]
EXPECTED = ["open", "database", "own", "up"]


async def test_its_state_is_that_of_each_connection():
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(Duologue(ROUTES, lifespan=recording)) as client:
            for _ in range(2):
                async with client.websocket_connect("/") as session:
                    assert await session.receive_json() == EXPECTED
    assert events == ["up", "down"]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_its_state_is_that_of_each_connection_also_for_the_plain_client(backend):
    with TestClient(Duologue(ROUTES, lifespan=recording), backend=backend) as client:
        for _ in range(2):
            with client.websocket_connect("/") as session:
                assert session.receive_json() == EXPECTED
    assert events == ["up", "down"]


def failing(step):
    @asynccontextmanager
    async def lifespan(app):
        if step == "startup":
            raise LookupError("full moon")
        yield
        raise LookupError("full moon")

    return Duologue(lifespan=lifespan)


@pytest.mark.parametrize("step", ["startup", "shutdown"])
async def test_a_test_hears_what_its_lifespan_raised(step):
    with pytest.raises(LookupError, match=r"^full moon$"), anyio.fail_after(MOMENT):
        async with AsyncTestClient(failing(step)):
            events.append("tested")
    assert events == ["tested"] * (step == "shutdown")


@pytest.mark.parametrize("step", ["startup", "shutdown"])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_test_with_the_plain_client_hears_it_too(backend, step):
    with (
        pytest.raises(LookupError, match=r"^full moon$"),
        TestClient(failing(step), backend=backend),
    ):
        events.append("tested")
    assert events == ["tested"] * (step == "shutdown")


# Servers that can do less.


async def serve(app, /, **keys):
    """Hold one conversation; tell what the application sent."""
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [], **keys}
    with anyio.fail_after(MOMENT):
        await app(scope, receive, send)
    return sent


def life_of(app, **keys):
    """Start the application as a server does; give what ends it."""
    started, stopping = anyio.Event(), anyio.Event()

    async def receive():
        if not started.is_set():
            return STARTUP
        await stopping.wait()
        return SHUTDOWN

    async def send(message):
        if message == STARTED:
            started.set()

    async def run():
        await app({"type": "lifespan", **keys}, receive, send)

    return run, started, stopping


async def test_a_server_that_shares_no_state_is_no_hindrance():
    app = Duologue(ROUTES, lifespan=recording)
    for _ in range(2):
        events.clear()
        run, started, stopping = life_of(app)
        with anyio.fail_after(MOMENT):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(run)
                await started.wait()
                for _ in range(2):  # what one connection keeps in its state, no other one sees
                    sent = await serve(app)
                    assert sent[1]["text"] == '["open","database","own","up"]'
                stopping.set()
        assert events == ["up", "down"]


async def test_a_server_without_lifespan_leaves_the_state_of_the_application():
    async def endpoint(websocket):
        await websocket.accept()
        websocket.app.state.visits += 1
        await websocket.send_json([websocket.app.state.visits, len(websocket.state)])

    app = Duologue([WebSocketRoute("/", endpoint)], state={"visits": 0})
    for visits in [1, 2]:
        sent = await serve(app)
        assert sent[1]["text"] == f"[{visits},0]"


async def test_a_router_has_a_lifespan_of_its_own():
    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(Router(ROUTES, lifespan=recording)) as client,
            client.websocket_connect("/") as session,
        ):
            assert await session.receive_json() == EXPECTED
    assert events == ["up", "down"]


# Mounted in another application, which has to let it live.


async def names(websocket):
    await websocket.accept()
    websocket.state.own = 1
    await websocket.send_json(sorted(websocket.state))
    await websocket.close()


NAMES = [WebSocketRoute("/", names)]


async def test_mounted_it_lives_as_the_lifespan_of_the_outer_application():
    inner = Duologue(NAMES, lifespan=recording)
    outer = Starlette(routes=[StarletteMount("/inner", inner)], lifespan=inner.lifespan_context)
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(outer) as client:
            for _ in range(2):  # what one connection keeps in its state, no other one sees
                async with client.websocket_connect("/inner/") as session:
                    assert await session.receive_json() == ["database", "own"]
    assert events == ["up", "down"]
    assert (await serve(inner))[1]["text"] == '["own"]'


async def test_mounted_it_lives_within_the_lifespan_of_the_outer_application():
    inner = Duologue(NAMES, lifespan=recording)

    @asynccontextmanager
    async def lifespan(app):
        async with inner.lifespan_context() as given:
            assert given == {"database": "open"}
            yield {"weather": "fine"}

    with anyio.fail_after(MOMENT):
        async with (
            AsyncTestClient(Duologue([Mount("/inner", inner)], lifespan=lifespan)) as client,
            client.websocket_connect("/inner/") as session,
        ):
            assert await session.receive_json() == ["database", "own", "weather"]
    assert events == ["up", "down"]


@pytest.mark.parametrize("lifespan", [None, sharing_nothing])
@pytest.mark.parametrize("drain", [None, Drain()])
async def test_mounted_it_need_not_have_a_life(lifespan, drain):
    app = Duologue(NAMES, lifespan=lifespan, drain=drain)
    async with app.lifespan_context("the outer one") as given:
        assert given is None
        assert (await serve(app, state={"outer": 1}))[1]["text"] == '["outer","own"]'


async def test_mounted_it_waits_for_the_signal_as_long_as_it_lives():
    app = Duologue(NAMES)
    before = signal.getsignal(signal.SIGTERM)
    for _ in range(2):
        async with app.lifespan_context():
            assert signal.getsignal(signal.SIGTERM) != before
            assert (await serve(app))[0]["type"] == "websocket.accept"
        assert signal.getsignal(signal.SIGTERM) == before


# Several lives at once.


def counting():
    """A lifespan whose state tells the lives apart, by the order in which they begin."""
    lives = iter(range(10))

    @asynccontextmanager
    async def lifespan(app):
        yield {"life": next(lives)}

    return lifespan


async def tell_life(websocket):
    await websocket.accept()
    await websocket.send_json(websocket.scope["state"].get("life"))


async def life_of_a_connection(app, /, **keys):
    return (await serve(app, **keys))[1]["text"]


async def test_each_life_has_its_own_state():
    app = Duologue([WebSocketRoute("/", tell_life)], lifespan=counting())
    first, second = (Starlette(lifespan=app.lifespan_context) for _ in range(2))
    async with app.lifespan_context(first):
        async with app.lifespan_context(second):
            assert await life_of_a_connection(app, app=first) == "0"
            assert await life_of_a_connection(app, app=second) == "1"
        assert await life_of_a_connection(app, app=first) == "0"
    assert await life_of_a_connection(app, app=first) == "null"


async def test_life_that_ends_first_takes_nothing_from_the_other_one():
    app = Duologue([WebSocketRoute("/", tell_life)], lifespan=counting())
    async with AsyncExitStack() as second:
        async with app.lifespan_context():
            await second.enter_async_context(app.lifespan_context())
            assert await life_of_a_connection(app) == "1"
        assert await life_of_a_connection(app) == "1"
    assert await life_of_a_connection(app) == "null"


async def test_life_on_a_server_that_shares_no_state_takes_nothing_from_another_one():
    app = Duologue([WebSocketRoute("/", tell_life)], lifespan=counting())
    lives = [life_of(app) for _ in range(2)]
    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            for run, started, _ in lives:
                tasks.start_soon(run)
                await started.wait()
            for _, _, stopping in lives:
                assert await life_of_a_connection(app) == "1"
                stopping.set()
                await anyio.wait_all_tasks_blocked()
    assert await life_of_a_connection(app) == "null"


async def test_life_on_a_server_beside_one_in_another_application():
    app = Duologue([WebSocketRoute("/", tell_life)], lifespan=counting())
    run, started, stopping = life_of(app, state=(shared := {}))
    outer = Starlette()
    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks, app.lifespan_context(outer):
            tasks.start_soon(run)
            await started.wait()
            assert await life_of_a_connection(app, state=shared.copy()) == "1"
            assert await life_of_a_connection(app, state={}, app=outer) == "0"
            stopping.set()


def test_two_servers_in_two_threads_have_their_own_state():
    app = Duologue([WebSocketRoute("/", tell_life)], lifespan=counting())
    barrier = threading.Barrier(2, timeout=MOMENT)

    async def live():
        barrier.wait()
        async with app.lifespan_context() as given:
            barrier.wait()
            told = await life_of_a_connection(app)
            barrier.wait()
            return given["life"], int(told)

    with ThreadPoolExecutor(2) as threads:
        for given, told in threads.map(lambda _: anyio.run(live), range(2)):
            assert given == told


async def test_each_life_waits_for_the_signal():
    app = Duologue(NAMES)
    before = signal.getsignal(signal.SIGTERM)
    async with AsyncExitStack() as second:
        async with app.lifespan_context():
            await second.enter_async_context(app.lifespan_context())
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


async def test_mounted_it_is_left_also_where_the_outer_application_fails():
    with pytest.raises(ZeroDivisionError):
        async with Duologue(lifespan=tidy).lifespan_context():
            raise ZeroDivisionError
    assert events == ["tidy"]


@asynccontextmanager
async def tidy(app):
    try:
        yield {}
    finally:
        events.append("tidy")
