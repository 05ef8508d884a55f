"""Middleware that others have written for any ASGI application, around ours."""

import inspect

import pytest
import sentry_sdk
from asgi_correlation_id import CorrelationIdMiddleware, correlation_id
from asgiref.compatibility import guarantee_single_callable, is_double_callable
from fastapi import FastAPI
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sentry_sdk.integrations.asgi import SentryAsgiMiddleware
from sentry_sdk.transport import Transport
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute as StarletteWebSocketRoute
from starlette.websockets import WebSocket as StarletteWebSocket
from starlette_prometheus import PrometheusMiddleware

from duologue.applications import Duologue
from duologue.endpoints import WebSocketEndpoint
from duologue.exceptions import HTTPException
from duologue.limits import LimitMiddleware, Limits
from duologue.middleware import Middleware
from duologue.middleware.boundary import Boundary
from duologue.origins import OriginMiddleware
from duologue.responses import PlainTextResponse
from duologue.routing import Host, Mount, Router, WebSocketRoute
from duologue.testclient import AsyncTestClient, WebSocketDenialResponse

MIDDLEWARE = [
    SentryAsgiMiddleware,
    OpenTelemetryMiddleware,
    CorrelationIdMiddleware,
    PrometheusMiddleware,
]


async def echo(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


async def refuse(websocket):
    raise HTTPException(401)


class Unsent(Transport):
    """Sends no reports to anybody."""

    def capture_envelope(self, envelope):
        """Forget it."""


class Echo(WebSocketEndpoint):
    async def on_receive(self, websocket, data):
        await websocket.send_text(data)


async def echo_application(scope, receive, send):
    await WebSocketRoute("/{it}", echo)(scope, receive, send)


def in_application(endpoint, middleware):
    return Duologue([WebSocketRoute("/{it}", endpoint)], middleware=[middleware])


def in_router(endpoint, middleware):
    return Router([WebSocketRoute("/{it}", endpoint)], middleware=[middleware])


def in_route(endpoint, middleware):
    return Duologue([WebSocketRoute("/{it}", endpoint, middleware=[middleware])])


def in_mount(endpoint, middleware):
    return Duologue(
        [Mount("", routes=[WebSocketRoute("/{it}", endpoint)], middleware=[middleware])]
    )


def around_all(endpoint, middleware):
    make, arguments, options = middleware
    return make(Duologue([WebSocketRoute("/{it}", endpoint)]), *arguments, **options)


@pytest.mark.parametrize("cls", MIDDLEWARE)
@pytest.mark.parametrize("make", [in_application, in_router, in_route, in_mount, around_all])
@pytest.mark.parametrize("endpoint", [echo, Echo, echo_application])
async def test_a_conversation_goes_through(make, cls, endpoint):
    app = make(endpoint, Middleware(cls))
    async with (
        AsyncTestClient(app) as client,
        client.websocket_connect("/a") as websocket,
    ):
        await websocket.send_text("hello")
        assert await websocket.receive_text() == "hello"


@pytest.mark.parametrize("cls", MIDDLEWARE)
@pytest.mark.parametrize("make", [in_application, in_route])
async def test_a_refusal_goes_through(make, cls):
    app = make(refuse, Middleware(cls))
    async with AsyncTestClient(app) as client:
        with pytest.raises(WebSocketDenialResponse) as raised:
            async with client.websocket_connect("/a"):
                pass
    assert raised.value.status_code == 401


async def test_the_middleware_around_one_endpoint_has_its_id():
    async def tell(websocket):
        await websocket.accept()
        await websocket.send_json(websocket.headers["x-request-id"] == correlation_id.get())

    app = in_route(tell, Middleware(CorrelationIdMiddleware))
    async with AsyncTestClient(app) as client, client.websocket_connect("/a") as websocket:
        assert await websocket.receive_json() is True


@pytest.mark.parametrize(
    "app",
    [
        Duologue(),
        Router(),
        Router(middleware=[Middleware(CorrelationIdMiddleware)]),
        WebSocketRoute("/", echo),
        WebSocketRoute("/", echo).app,
        WebSocketRoute("/", Echo).app,
        Mount("/", routes=[]),
        Mount("/", routes=[]).app,
        Host("localhost", Duologue()),
        Host("localhost", Duologue()).app,
        LimitMiddleware(Duologue(), Limits()),
        OriginMiddleware(Duologue()),
        Boundary(Duologue()),
        PlainTextResponse("hello"),
    ],
    ids=lambda app: type(app).__name__,
)
def test_all_that_is_handed_to_others_is_recognised(app):
    assert inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(app.__call__)
    assert not is_double_callable(app)
    assert guarantee_single_callable(app) is app


@pytest.mark.parametrize(
    "routes",
    [
        lambda route: [route],
        lambda route: [Mount("", routes=[route])],
        lambda route: [Host("testserver", Router([route]))],
    ],
)
async def test_a_monitor_knows_the_route(routes):
    """It need not count by the path, of which there are as many as there are users."""
    known = []

    class Monitor:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            async def send_on(message):
                if message["type"] == "websocket.accept":
                    known.append((scope["route"].path, scope["endpoint"], scope["path_params"]))
                await send(message)

            await self.app(scope, receive, send_on)

    app = Duologue(routes(WebSocketRoute("/{user}", echo)), middleware=[Middleware(Monitor)])
    async with AsyncTestClient(app) as client, client.websocket_connect("/ada"):
        pass
    assert known == [("/{user}", echo, {"user": "ada"})]


@pytest.mark.parametrize("framework", [Starlette, FastAPI])
async def test_a_monitor_knows_the_route_of_an_application_of_others(framework):
    async def greet(websocket: StarletteWebSocket):
        await websocket.accept()
        await websocket.close()

    known = []

    class Monitor:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            async def send_on(message):
                if scope["type"] == "websocket":
                    known.append((scope["endpoint"], scope["path_params"], scope["root_path"]))
                await send(message)

            await self.app(scope, receive, send_on)

    inner = framework(routes=[StarletteWebSocketRoute("/{user}", greet)])
    app = Duologue([Mount("/{a}", app=inner)], middleware=[Middleware(Monitor)])
    async with AsyncTestClient(app) as client, client.websocket_connect("/in/ada"):
        pass
    assert known == [(greet, {"a": "in", "user": "ada"}, "")] * 2


async def test_a_span_has_all_of_the_conversation():
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = in_application(echo, Middleware(OpenTelemetryMiddleware, tracer_provider=provider))
    async with AsyncTestClient(app) as client, client.websocket_connect("/a") as websocket:
        await websocket.send_text("hello")
        await websocket.receive_text()
    names = [span.name for span in exporter.get_finished_spans()]
    assert "HTTP /a" in names
    assert "HTTP /a websocket send" in names


async def test_a_failure_is_reported_with_the_name_of_the_endpoint():
    async def fail(websocket):
        await websocket.accept()
        raise LookupError("nothing there")

    events = []
    client = sentry_sdk.Client(
        dsn="https://key@localhost/1",
        transport=Unsent,
        before_send=lambda event, hint: events.append(event),
        default_integrations=False,
    )
    app = in_application(fail, Middleware(SentryAsgiMiddleware))
    with sentry_sdk.isolation_scope() as scope:
        scope.set_client(client)
        async with (
            AsyncTestClient(app, raise_server_exceptions=False) as tester,
            tester.websocket_connect("/a") as websocket,
        ):
            assert (await websocket.receive())["code"] == 1011
    [event] = events
    assert event["exception"]["values"][0]["type"] == "LookupError"
    assert event["transaction"].endswith("fail")


async def test_http_is_counted_by_the_path_of_its_mount():
    app = Duologue(
        [Mount("/page", app=PlainTextResponse("hello"))],
        middleware=[Middleware(PrometheusMiddleware)],
    )
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    path = {"path": "/page/7", "raw_path": b"/page/7", "query_string": b"", "headers": []}
    await app({"type": "http", "method": "GET", "scheme": "http", **path}, receive, send)
    assert sent[0]["status"] == 200
