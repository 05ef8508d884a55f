import functools
import inspect
import math
from unittest.mock import AsyncMock, MagicMock, create_autospec

import pytest
from asgiref.compatibility import guarantee_single_callable, is_double_callable
from recording_server import new_websocket
from sentry_sdk.integrations.asgi import _looks_like_asgi3

from duologue._adapters import as_application, check_application, name_of, wrap
from duologue.endpoints import WebSocketEndpoint
from duologue.middleware import Middleware
from duologue.responses import PlainTextResponse
from duologue.websockets import WebSocket

REMEDY = (
    "An endpoint is an `async def` that takes the websocket, a class such as WebSocketEndpoint, or "
    "an ASGI application, which takes scope, receive and send."
)


async def endpoint(websocket):
    websocket.reached = "endpoint"


async def application(scope, receive, send):
    scope["reached"] = "application"


class Rooms:
    async def method(self, websocket):
        websocket.reached = "method"

    @classmethod
    async def of_class(cls, websocket):
        websocket.reached = "class method"

    @staticmethod
    async def static(websocket):
        websocket.reached = "static method"

    def plain(self, websocket):
        """No endpoint."""


class Awaited:
    def __init__(self, scope, receive, send):
        scope["reached"] = "class"

    def __await__(self):
        yield from ()


class Called:
    async def __call__(self, websocket):
        websocket.reached = "object"


class Application:
    async def __call__(self, scope, receive, send):
        scope["reached"] = "application object"


def decorated(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def injecting(function):
    @functools.wraps(function)
    async def wrapper(*args):
        await function(*args, "injected")

    return wrapper


@injecting
async def injected(websocket, what):
    websocket.reached = what


async def with_more(websocket, greeting="with default", *, options=None):
    websocket.reached = greeting


async def with_first(first, websocket):
    websocket.reached = first


@pytest.mark.parametrize(
    ("function", "reached"),
    [
        (endpoint, "endpoint"),
        (Rooms().method, "method"),
        (Rooms.of_class, "class method"),
        (Rooms.static, "static method"),
        (Called(), "object"),
        (functools.partial(with_first, "partial"), "partial"),
        (functools.partial(functools.partial(with_first), "partial"), "partial"),
        (functools.partial(Rooms().method), "method"),
        (decorated(endpoint), "endpoint"),
        (injected, "injected"),
        (with_more, "with default"),
    ],
)
async def test_what_takes_the_websocket_gets_it(function, reached):
    websocket, _ = new_websocket()
    await as_application(function)(websocket.scope, websocket.receive, websocket.send)
    assert websocket.reached == reached


@pytest.mark.parametrize(
    ("function", "reached"),
    [
        (application, "application"),
        (Awaited, "class"),
        (Application(), "application object"),
        (functools.partial(application), "application"),
    ],
)
async def test_an_application_gets_what_asgi_gives(function, reached):
    app = as_application(function)
    scope = {"type": "websocket"}
    await app(scope, None, None)
    assert scope["reached"] == reached


async def test_a_response_is_an_application():
    response = PlainTextResponse("No")
    assert as_application(response) is response


async def test_a_websocket_is_made_where_there_is_none():
    outer, server = new_websocket()
    seen = []

    async def keep(websocket):
        seen.append(websocket)

    await as_application(keep)(outer.scope, server.receive, server.send)
    assert type(seen[0]) is WebSocket
    assert seen[0] is not outer


def marked(websocket):
    return endpoint(websocket)


if hasattr(inspect, "markcoroutinefunction"):
    inspect.markcoroutinefunction(marked)
else:
    marked = endpoint


@pytest.mark.parametrize(
    "make",
    [
        lambda: AsyncMock(side_effect=endpoint),
        lambda: functools.partial(AsyncMock(side_effect=endpoint)),
        lambda: marked,
        lambda: functools.partial(marked),
        lambda: decorated(decorated(endpoint)),
    ],
)
async def test_what_python_calls_a_coroutine_function_is_an_endpoint(make):
    websocket, _ = new_websocket()
    await as_application(make())(websocket.scope, websocket.receive, websocket.send)
    assert websocket.reached == "endpoint"


def test_a_mock_that_is_not_async_is_no_endpoint():
    with pytest.raises(TypeError, match="is not an `async def`"):
        as_application(MagicMock())


async def unknown(scope, receive, send):
    scope["reached"] = "unknown"


class Methods:
    async def serve(self, scope, receive, send):
        scope["reached"] = "method"


def is_recognised(app):
    """Whether those ask well who tell ASGI 3 from ASGI 2."""
    called = app if inspect.isfunction(app) else app.__call__
    return (
        inspect.iscoroutinefunction(called)
        and not is_double_callable(app)
        and _looks_like_asgi3(app)
    )


@pytest.mark.parametrize(
    "app",
    [
        application,
        Awaited,
        Application(),
        functools.partial(application),
        Methods().serve,
        lambda scope, receive, send: application(scope, receive, send),
        as_application(endpoint),
        as_application(Awaited),
        as_application(functools.partial(application)),
    ],
)
async def test_middleware_of_others_recognises_what_it_gets(app):
    given = []

    def middleware(inner):
        given.append(inner)
        return lambda scope, receive, send: inner(scope, receive, send)

    wrapped = wrap(app, [Middleware(middleware), Middleware(middleware)])
    assert all(is_recognised(inner) for inner in given)
    assert len(given) == 2
    websocket, _ = new_websocket()
    await wrapped(websocket.scope, websocket.receive, websocket.send)
    assert websocket.scope.get("reached") or websocket.reached


@pytest.mark.parametrize(
    "endpoint",
    [endpoint, Rooms().method, Called(), Awaited, application, functools.partial(application)],
)
def test_what_is_made_of_an_endpoint_is_recognised(endpoint):
    assert is_recognised(as_application(endpoint))


def test_an_application_shows_what_it_is_made_of():
    assert repr(as_application(Awaited)) == f"Application({Awaited!r})"


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (5, "5 cannot be called."),
        ("endpoint", "'endpoint' cannot be called."),
        (None, "None cannot be called."),
        (Rooms, "Instances of the class Rooms cannot be awaited."),
        (Rooms().plain, "'plain' is not an `async def`."),
        (lambda websocket: None, "'<lambda>' is not an `async def`."),
        (functools.partial(math.hypot, 1), "'hypot' is not an `async def`."),
        (math.hypot, "'hypot' is not an `async def`."),
        (with_first, "'with_first' takes neither one argument nor three."),
        (math.tau.hex, "'hex' takes neither one argument nor three."),
    ],
)
def test_what_is_no_endpoint_is_an_error(function, mistake):
    with pytest.raises(TypeError) as raised:
        as_application(function)
    assert str(raised.value) == f"{mistake} {REMEDY}"


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (endpoint, "endpoint"),
        (Rooms().method, "method"),
        (Rooms.of_class, "of_class"),
        (Awaited, "Awaited"),
        (Called(), "Called"),
        (functools.partial(functools.partial(endpoint)), "endpoint"),
        (lambda websocket: None, "<lambda>"),
    ],
)
def test_an_endpoint_has_a_name(function, name):
    assert name_of(function) == name


async def test_middleware_stands_around_the_first_one_outermost():
    said = []

    def saying(app, what, *, more=""):
        async def wrapped(scope, receive, send):
            said.append(what + more)
            await app(scope, receive, send)

        return wrapped

    app = wrap(application, [(saying, ("outer",), {}), (saying, ("inner",), {"more": "!"})])
    await app({}, None, None)
    assert said == ["outer", "inner!"]


@pytest.mark.parametrize("middleware", [None, []])
def test_without_middleware_the_application_is_as_it_was(middleware):
    assert wrap(application, middleware) is application


@pytest.mark.parametrize(
    "middleware", [WebSocket, [WebSocket], ["gzip"], [(WebSocket, 1)], Middleware(WebSocket)]
)
def test_what_is_no_list_of_middleware_is_an_error(middleware):
    with pytest.raises(TypeError) as raised:
        wrap(application, middleware)
    assert str(raised.value) == (
        "The middleware is a list, with a Middleware(CLASS, its arguments…) for each, "
        f"not {middleware!r}."
    )


def test_middleware_that_makes_no_application_is_an_error():
    def forgetful(app):
        """Returns nothing."""

    with pytest.raises(TypeError) as raised:
        wrap(application, [Middleware(forgetful)])
    assert str(raised.value) == (
        "The middleware 'forgetful' has made None. It takes an ASGI application, and is or "
        "returns one."
    )


class Marked:
    _asgi_single_callable = True

    def __init__(self, scope):
        """Takes one argument, and is said to be an application nonetheless."""


@pytest.mark.parametrize(
    "app",
    [
        application,
        PlainTextResponse("OK"),
        Application(),
        Awaited,
        Methods().serve,
        functools.partial(application),
        functools.partial(lambda name, *asgi: application(*asgi), "lobby"),
        lambda *asgi: application(*asgi),
        decorated(application),
        WebSocketEndpoint,
        Marked,
        MagicMock(),
        AsyncMock(),
        create_autospec(application),
        min,  # it does not tell what it takes
    ],
)
def test_application_that_takes_what_asgi_gives_is_one(app):
    assert check_application(app) is app


class OfVersion2:
    def __init__(self, scope):
        """Keeps the scope."""

    async def __call__(self, receive, send):
        """Serves the connection."""


class FactoryOfVersion2:
    def __call__(self, scope):
        """Makes what serves the connection."""


@pytest.mark.parametrize(
    ("app", "name"),
    [
        (OfVersion2, "OfVersion2"),
        (FactoryOfVersion2(), "FactoryOfVersion2"),
        (lambda scope: OfVersion2(scope), "<lambda>"),
        (functools.partial(lambda name, scope: OfVersion2(scope), "lobby"), "<lambda>"),
    ],
)
def test_application_of_asgi_2_is_told_what_makes_it_one(app, name):
    with pytest.raises(TypeError) as raised:
        check_application(app)
    assert str(raised.value) == (
        f"{name!r} takes the scope alone, as applications of ASGI 2 do. Make it one of ASGI 3 with "
        "asgiref.compatibility.guarantee_single_callable(app)."
    )
    wrapped = guarantee_single_callable(app)
    assert check_application(wrapped) is wrapped


def make_application(settings=None):
    """Makes an application."""


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (endpoint, "endpoint"),
        (functools.partial(endpoint), "endpoint"),
        (Called(), "Called"),
        (Rooms().method, "method"),
        (with_first, "with_first"),
        (make_application, "make_application"),
    ],
)
def test_what_takes_something_else_is_no_application(function, name):
    with pytest.raises(TypeError) as raised:
        check_application(function)
    assert str(raised.value) == (
        f"{name!r} is not an ASGI application: it does not take scope, receive and send. "
        "An endpoint goes into a WebSocketRoute."
    )


def test_what_cannot_be_called_is_no_application():
    with pytest.raises(TypeError) as raised:
        check_application([])
    assert str(raised.value) == (
        "[] is not an ASGI application, which takes scope, receive and send. Routes go into "
        "Duologue(routes=[...]) or Mount(path, routes=[...])."
    )
