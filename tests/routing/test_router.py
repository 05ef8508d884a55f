import sys
from contextlib import asynccontextmanager

import anyio
import pytest
import starlette.routing
from patience import MOMENT
from recording_server import CLOSE, DENIAL, make_scope, new_websocket
from routing_apps import HTTP, connect, is_refused, reach, request, tell, tell_scope

from duologue.exceptions import HTTPException
from duologue.middleware import Middleware
from duologue.responses import PlainTextResponse
from duologue.routing import Host, Match, Mount, NoMatchFound, Router, WebSocketRoute
from duologue.routing._router import find_url
from duologue.testclient import AsyncTestClient
from duologue.websockets import RECORD_KEY, Record

# Finding


async def test_the_first_route_that_matches_gets_the_connection():
    routes = [
        WebSocketRoute("/{it:int}", tell, name="number"),
        WebSocketRoute("/special", tell, name="special"),
        WebSocketRoute("/{it}", tell, name="any"),
        WebSocketRoute("/late", tell, name="late"),
    ]
    app = Router(routes)
    assert app.routes == tuple(routes)
    for path, number in [("/7", 0), ("/special", 1), ("/other", 2), ("/late", 2)]:
        assert (await reach(app, path))["route"] is routes[number]


async def test_a_thousand_routes_are_found():
    app = Router([WebSocketRoute(f"/rooms/{number}/{{user}}", tell) for number in range(1_000)])
    websocket = await reach(app, "/rooms/999/ada")
    assert websocket["route"] is app.routes[999]
    assert websocket.path_params == {"user": "ada"}


@pytest.mark.parametrize(
    "around", [lambda app: Mount("/{m}", app=app), lambda app: Host("{h}", app)]
)
async def test_what_stands_around_learns_where_the_connection_has_come_to(around):
    route = WebSocketRoute("/{it:int}", tell)
    app = Router([Mount("/{a}", app=Router([around(Router([route]))]))])
    path = "/a/m/7" if isinstance(app.routes[0].routes[0], Mount) else "/a/7"
    scope = make_scope(path=path, seen=[], headers=[(b"host", b"h")])
    before = {**scope}
    _, server = new_websocket()
    await app(scope, server.receive, server.send)
    [websocket] = scope["seen"]
    parameters = websocket.path_params
    assert parameters["it"] == 7
    assert parameters["a"] == "a"
    found = {"endpoint": tell, "route": route, "path_params": parameters, "router": app}
    assert scope == {**before, **found}


async def test_what_stands_around_learns_it_before_the_endpoint_runs():
    known = {}

    async def middleware(scope, receive, send):
        async def send_on(message):
            known.update({key: scope.get(key) for key in ("route", "endpoint", "root_path")})
            await send(message)

        await app(scope, receive, send_on)

    route = WebSocketRoute("/b", tell)
    app = Router([Mount("/a", routes=[route])])
    scope = make_scope(path="/a/b", seen=[])
    _, server = new_websocket()
    await middleware(scope, server.receive, server.send)
    assert known == {"route": route, "endpoint": tell, "root_path": None}


async def test_a_refused_connection_has_come_to_no_route():
    app = Router([WebSocketRoute("/a", tell)])
    scope = make_scope(path="/b", **DENIAL)
    _, server = new_websocket()
    await app(scope, server.receive, server.send)
    assert scope["router"] is app
    assert "route" not in scope


@pytest.mark.parametrize("path", ["/a", "/a/b", "/c"])
def test_a_route_tells_whether_it_matches(path):
    """What is made to go through the routes of Starlette can go through these."""
    routes = [Mount("/a", routes=[]), WebSocketRoute("/{it}", tell), Host("x", Router())]
    scope = make_scope(path=path, headers=[(b"host", b"h")])
    before = {**scope}
    found = [route.matches(scope) for route in routes]
    assert scope == before
    assert [match is starlette.routing.Match.FULL for match, _ in found] == [
        path != "/c",
        path != "/a/b",
        False,
    ]
    assert [child.get("route") for match, child in found] == [
        routes[0] if path != "/c" else None,
        routes[1] if path != "/a/b" else None,
        None,
    ]
    assert routes[1].matches({**scope, "type": "http"})[0] is starlette.routing.Match.NONE


def test_without_starlette_a_route_tells_it_too(monkeypatch):
    monkeypatch.delitem(sys.modules, "starlette.routing")
    assert WebSocketRoute("/a", tell).matches(make_scope(path="/a"))[0] is Match.FULL
    assert WebSocketRoute("/a", tell).matches(make_scope(path="/b"))[0] is Match.NONE


async def test_routes_can_be_added():
    app = Router([WebSocketRoute("/a", tell)])
    assert await is_refused(app, "/b")
    route = WebSocketRoute("/b", tell)
    app.add(route)
    assert (await reach(app, "/b"))["route"] is route
    assert app.routes[1] is route


async def test_routes_can_be_added_behind_a_mount():
    inner = Router()
    app = Router([Mount("/m", app=inner)])
    inner.add(WebSocketRoute("/b", tell))
    await reach(app, "/m/b")


async def test_the_outermost_router_is_in_the_scope():
    inner = Router([WebSocketRoute("/b", tell)])
    app = Router([Mount("/m", app=inner)])
    assert (await reach(app, "/m/b"))["router"] is app
    assert (await reach(inner, "/b"))["router"] is inner


# What no route matches


async def test_a_connection_that_belongs_nowhere_is_refused():
    found, sent = await connect(Router(), "/nope")
    assert found is None
    start, body = sent
    assert start["status"] == 404
    assert body["body"] == b"Not Found"


async def test_a_server_that_cannot_say_404_says_403():
    found, sent = await connect(Router(), "/nope", extensions={})
    assert found is None
    assert sent == [CLOSE]


async def test_an_application_around_answers_itself():
    with pytest.raises(HTTPException) as raised:
        await connect(Router(), "/nope", **{RECORD_KEY: Record([(None, None, None)])})
    assert raised.value.status_code == 404


async def test_a_request_that_belongs_nowhere_is_not_found():
    app = Router([WebSocketRoute("/a", tell)])
    assert await request(app, "/a") == (
        404,
        {b"content-type": b"text/plain; charset=utf-8", b"content-length": b"9"},
        b"Not Found",
    )


async def test_a_default_of_ones_own():
    app = Router([WebSocketRoute("/a", tell)], default=tell_scope)
    assert (await reach(app, "/a"))["path"] == "/a"
    scope = await reach(app, "/b")
    assert scope["router"] is app
    assert "route" not in scope


async def test_another_type_of_scope_is_an_error():
    with pytest.raises(ValueError) as raised:
        await Router()({**HTTP, "type": "webtransport"}, None, None)
    assert str(raised.value) == (
        "A router takes scopes of type http and websocket, not 'webtransport'."
    )


# Names


def test_a_name_leads_to_a_url():
    app = Router(
        [WebSocketRoute("/rooms/{room}", tell, name="room"), WebSocketRoute("/", tell, name="top")]
    )
    assert app.url_path_for("top") == "/"
    path = app.url_path_for("room", room="é/ü".replace("/", " "))
    assert path == "/rooms/%C3%A9%20%C3%BC"
    assert path.protocol == "websocket"


def test_a_name_may_stand_for_different_parameters():
    app = Router(
        [
            WebSocketRoute("/rooms", tell, name="rooms"),
            WebSocketRoute("/rooms/{room}", tell, name="rooms"),
        ]
    )
    assert app.url_path_for("rooms") == "/rooms"
    assert app.url_path_for("rooms", room="a") == "/rooms/a"


def test_an_endpoint_may_have_several_routes():
    app = Router([WebSocketRoute("/a", tell), WebSocketRoute("/b", tell)])
    assert app.url_path_for("tell") == "/a"


def test_a_name_that_nobody_has_is_an_error():
    app = Router(
        [
            WebSocketRoute("/rooms/{room}", tell, name="room"),
            Mount("/m", name="inner", routes=[WebSocketRoute("/", tell, name="top")]),
        ]
    )
    with pytest.raises(NoMatchFound) as raised:
        app.url_path_for("lobby", a=1)
    assert str(raised.value) == (
        'No route exists for name "lobby" and params "a". '
        "There is: inner(path), inner:top(), room(room)."
    )
    with pytest.raises(NoMatchFound, match=r"There is: room\(room\)\."):
        app.url_path_for("room")


def test_two_routes_of_the_same_name_are_an_error():
    route = WebSocketRoute("/a/{x}", tell, name="room")
    with pytest.raises(ValueError) as raised:
        Router([route, WebSocketRoute("/b/{x}", tell, name="room")])
    assert str(raised.value) == (
        "Two routes are called 'room' and have the same parameters, so url_path_for could not tell "
        "them apart. Give one of them another name."
    )


def test_two_mounts_of_the_same_name_are_an_error():
    with pytest.raises(ValueError, match="Two routes are called 'm'"):
        Router([Mount("/a", routes=[], name="m"), Mount("/b", routes=[], name="m")])


def test_what_is_no_route_is_an_error():
    with pytest.raises(TypeError) as raised:
        Router(["/a"])
    assert str(raised.value) == (
        "A router takes WebSocketRoute, Mount and Host, not '/a'. Endpoints of HTTP belong to an "
        "application of another framework: Mount it."
    )


def test_what_is_unknown_among_routes_has_no_url():
    assert find_url([object(), WebSocketRoute("/a", tell)], "tell", {}) == "/a"
    assert find_url([object()], "tell", {}) is None


# Middleware


async def test_middleware_stands_around_the_routes():
    def marking(app, mark):
        async def wrapped(scope, receive, send):
            await app({**scope, "marks": [*scope.get("marks", []), mark]}, receive, send)

        return wrapped

    app = Router(
        [WebSocketRoute("/a", tell)],
        default=tell_scope,
        middleware=[Middleware(marking, "outer"), Middleware(marking, "inner")],
    )
    assert (await reach(app, "/a"))["marks"] == ["outer", "inner"]
    assert (await reach(app, "/b"))["marks"] == ["outer", "inner"]


# The lifespan


async def test_the_lifespan_goes_around_the_application():
    seen = []

    @asynccontextmanager
    async def lifespan(app):
        seen.append(app)
        yield {"rooms": ["lobby"]}
        seen.append("shut down")

    async def endpoint(websocket):
        seen.append(websocket.state.rooms)
        await websocket.accept()
        await websocket.close()

    app = Router([WebSocketRoute("/", endpoint)], lifespan=lifespan)
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(app) as client, client.websocket_connect("/"):
            pass
    assert seen == [app, ["lobby"], "shut down"]


async def test_a_router_needs_no_lifespan():
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(Router([Mount("/", PlainTextResponse("OK"))])):
            pass


def test_a_lifespan_that_is_none_is_an_error():
    async def lifespan(app):
        yield

    with pytest.raises(TypeError, match="asynccontextmanager"):
        Router(lifespan=lifespan)


def test_a_single_route_is_no_list_of_routes():
    route = WebSocketRoute("/ws", tell)
    with pytest.raises(TypeError) as raised:
        Router(route)
    assert str(raised.value) == f"The routes are a list: write [{route!r}]."
