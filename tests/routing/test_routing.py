import functools
from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from recording_server import CONNECT, make_scope, new_websocket
from routing_apps import is_refused, reach, request, tell, tell_scope

from duologue._asgi.scopes import host_of
from duologue.middleware import Middleware
from duologue.responses import HTMLResponse, PlainTextResponse
from duologue.routing import Host, Mount, NoMatchFound, Router, WebSocketRoute
from duologue.websockets import WebSocket
from duologue.websockets._record import RECORD_KEY, Record


def host(name):
    return {"headers": [(b"accept", b"*/*"), (b"Host", name)]}


# WebSocketRoute


async def test_an_endpoint_gets_what_stands_in_the_path():
    route = WebSocketRoute("/rooms/{room}/{day:int}", tell)
    websocket = await reach(Router([route]), "/rooms/lobby/7")
    assert type(websocket) is WebSocket
    assert websocket.path_params == {"room": "lobby", "day": 7}
    assert websocket["endpoint"] is tell
    assert websocket["route"] is route
    assert websocket["path"] == "/rooms/lobby/7"


async def test_the_websocket_of_an_application_around_is_the_endpoints_own():
    outer, server = new_websocket(path="/a/b", seen=[])
    assert outer.base_url == "/"
    app = Router([Mount("/a", routes=[WebSocketRoute("/{it}", tell)])])
    await app(outer.scope, outer.receive, outer.send)
    assert outer.scope["seen"] == [outer]
    assert outer.path_params == {"it": "b"}
    assert outer["root_path"] == "/a"
    assert outer.url == "/a/b"
    assert outer.connected
    assert len(server.sent) == 1


async def test_where_middleware_stands_between_it_is_made_known():
    def wrapping(app):
        async def wrapped(scope, receive, send):
            async def receive_on():
                return await receive()

            await app(scope, receive_on, send)

        return wrapped

    outer, _ = new_websocket(path="/a", seen=[])
    record = outer.scope[RECORD_KEY] = Record([(outer, outer.receive, outer.send)])
    app = WebSocketRoute("/a", tell, middleware=[Middleware(wrapping)])
    await app(outer.scope, outer.receive, outer.send)
    assert record.layers == outer.scope["seen"]
    assert outer not in record.layers
    assert outer.connected


@pytest.mark.parametrize("path", ["/kind\n", "/kind/", "/kind\0", "/Kind", "kind", "//kind", ""])
async def test_a_path_is_matched_as_a_whole(path):
    assert await is_refused(Router([WebSocketRoute("/kind", tell)]), path)


async def test_too_many_digits_are_no_match():
    app = Router([WebSocketRoute("/{n:int}", tell)])
    assert await is_refused(app, "/" + "9" * 5_000)


async def test_an_application_can_be_the_endpoint():
    scope = await reach(Router([WebSocketRoute("/{it}", tell_scope)]), "/a")
    assert scope["path_params"] == {"it": "a"}


async def test_a_websocket_route_takes_no_http():
    assert (await request(Router([WebSocketRoute("/a", tell)]), "/a"))[0] == 404


def test_a_route_has_the_name_of_its_endpoint_or_its_own():
    assert WebSocketRoute("/", tell).name == "tell"
    assert WebSocketRoute("/", functools.partial(tell)).name == "tell"
    assert WebSocketRoute("/", tell, name="other").name == "other"


def test_a_route_shows_what_it_is():
    assert repr(WebSocketRoute("/ws", tell)) == "WebSocketRoute(path='/ws', name='tell')"


@pytest.mark.parametrize("path", ["", "ws", "{room}"])
def test_a_path_without_a_slash_is_an_error(path):
    with pytest.raises(ValueError) as raised:
        WebSocketRoute(path, tell)
    assert str(raised.value) == f"The path of a route begins with a slash: write {'/' + path!r}."


def test_an_endpoint_that_is_none_is_an_error():
    with pytest.raises(TypeError, match="is not an `async def`"):
        WebSocketRoute("/", lambda websocket: None)


# A route alone


async def test_a_route_alone_is_an_application():
    route = WebSocketRoute("/{it}", tell)
    assert (await reach(route, "/a")).path_params == {"it": "a"}
    assert (await reach(route, "/r/a", root_path="/r")).path_params == {"it": "a"}
    assert await is_refused(route, "/a/b")
    assert (await request(route, "/a"))[0] == 404


def test_a_route_alone_knows_its_url():
    route = WebSocketRoute("/{it}", tell, name="it")
    assert route.url_path_for("it", it="a") == "/a"
    with pytest.raises(NoMatchFound) as raised:
        route.url_path_for("it")
    assert str(raised.value) == 'No route exists for name "it" and params "". There is: it(it).'


# Mount


async def test_a_mount_leads_to_its_routes():
    app = Router(
        [Mount("/teams/{team}", routes=[WebSocketRoute("/rooms/{room}", tell, name="room")])]
    )
    websocket = await reach(app, "/teams/red/rooms/lobby")
    assert websocket.path_params == {"team": "red", "room": "lobby"}
    assert websocket["path"] == "/teams/red/rooms/lobby"
    assert websocket["root_path"] == "/teams/red"
    assert websocket["app_root_path"] == ""
    assert await is_refused(app, "/teams/red")
    assert await is_refused(app, "/teamsred/rooms/lobby")


async def test_a_mount_matches_what_its_parameters_take():
    app = Router([Mount("/{n:int}", app=tell_scope)])
    assert (await reach(app, "/7/x"))["path_params"] == {"n": 7}
    assert await is_refused(app, "/seven/x")


@pytest.mark.parametrize("path", ["/m", "/m/"])
async def test_the_slash_behind_a_mount_can_be_left_out(path):
    websocket = await reach(Router([Mount("/m", routes=[WebSocketRoute("/", tell)])]), path)
    assert websocket["path"] == path
    assert websocket["root_path"] == "/m"


@pytest.mark.parametrize("path", ["", "/", "//"])
async def test_a_mount_can_take_everything(path):
    app = Router([WebSocketRoute("/a", tell), Mount(path, app=tell_scope, name="rest")])
    scope = await reach(app, "/b/c")
    assert (scope["path"], scope["root_path"]) == ("/b/c", "")
    assert (await reach(app, "/a"))["path"] == "/a"
    assert app.url_path_for("rest", path="/b/c") == "/b/c"


@pytest.mark.parametrize("root", ["/r", "/r/"])
async def test_mounts_add_up(root):
    app = Router([Mount("/a", routes=[Mount("/b", app=tell_scope)])])
    scope = await reach(app, "/r/a/b/c", root_path=root)
    assert scope["path"] == "/r/a/b/c"
    assert scope["root_path"] == "/r/a/b"
    assert scope["app_root_path"] == root


async def test_a_server_that_leaves_its_root_out_of_the_path_is_understood():
    app = Router([Mount("/a", routes=[WebSocketRoute("/{it}", tell)])])
    websocket = await reach(app, "/a/b", root_path="/r")
    assert websocket["path"] == "/r/a/b"
    assert websocket["root_path"] == "/r/a"
    assert websocket.base_url == "/r/"


async def test_any_application_can_be_mounted_for_both_protocols():
    async def app(scope, receive, send):
        text = f"{scope['type']} {scope['root_path']} {scope['path']}"
        if scope["type"] == "http":
            await PlainTextResponse(text)(scope, receive, send)
        else:
            scope["seen"].append(text)

    router = Router([Mount("/m", app)])
    assert (await request(router, "/m/x"))[2] == b"http /m /m/x"
    assert await reach(router, "/m/x") == "websocket /m /m/x"


async def test_a_router_in_a_foreign_application_needs_no_more_than_asgi_says():
    router = Router([WebSocketRoute("/{room}", tell, name="room")])

    async def foreign(scope, receive, send):
        await router({**scope, "root_path": "/chat"}, receive, send)

    websocket = await reach(foreign, "/chat/lobby")
    assert websocket.path_params == {"room": "lobby"}
    assert websocket.url_for("room", room="x") == "/chat/x"


async def test_a_page_can_be_mounted():
    app = Router([WebSocketRoute("/ws", tell), Mount("/", app=HTMLResponse("<p>Hello</p>"))])
    headers = {b"content-type": b"text/html; charset=utf-8", b"content-length": b"12"}
    assert await request(app, "/") == (200, headers, b"<p>Hello</p>")
    assert await request(app, "/", method="HEAD") == (200, headers, b"")
    assert (await request(app, "/any/path"))[0] == 200
    await reach(app, "/ws")


async def test_a_page_takes_no_websockets():
    page = HTMLResponse("<p>Hello</p>")
    app = Router([Mount("/", app=page), Host("example.com", page), WebSocketRoute("/ws", tell)])
    await reach(app, "/ws", **host(b"example.com"))
    assert await is_refused(app, "/")


async def test_middleware_stands_around_what_is_mounted():
    def marking(app):
        async def wrapped(scope, receive, send):
            await app({**scope, "mark": scope["root_path"]}, receive, send)

        return wrapped

    app = Router(
        [Mount("/m", routes=[WebSocketRoute("/", tell)], middleware=[Middleware(marking)])]
    )
    assert (await reach(app, "/m/"))["mark"] == "/m"
    assert app.url_path_for("tell") == "/m/"


def test_names_behind_a_mount():
    rooms = [WebSocketRoute("/{room}", tell, name="room")]
    app = Router(
        [
            Mount("/a/{x:int}", routes=[Mount("/b", routes=rooms, name="inner")], name="outer"),
            Mount("/plain", routes=rooms),
            Mount("/foreign", app=tell_scope, name="foreign"),
        ]
    )
    path = app.url_path_for("outer:inner:room", x=7, room="é")
    assert path == "/a/7/b/%C3%A9"
    assert path.protocol == "websocket"
    assert app.url_path_for("room", room="a") == "/plain/a"
    assert app.url_path_for("outer", x=7, path="some/where") == "/a/7/some/where"
    assert app.url_path_for("foreign", path="/x y") == "/foreign/x%20y"
    assert app.url_path_for("foreign", path="").protocol == ""
    assert app.url_path_for("foreign", path="//x") == "/foreign/%2Fx"
    for name, parameters in [
        ("outer:inner:room", {"room": "a"}),
        ("outer:inner:room", {"room": "a", "x": 1, "y": 2}),
        ("outer:room", {"x": 1, "room": "a"}),
        ("inner:room", {"x": 1, "room": "a"}),
        ("foreign", {}),
        ("foreign:room", {"room": "a"}),
    ]:
        with pytest.raises(NoMatchFound):
            app.url_path_for(name, **parameters)


def test_a_mount_shows_what_it_is():
    page = PlainTextResponse("")
    assert repr(Mount("/m/", page)) == f"Mount(path='/m', name='', app={page!r})"
    assert repr(Mount("/m", page, name="n")) == f"Mount(path='/m', name='n', app={page!r})"


def test_a_mount_without_a_slash_is_an_error():
    with pytest.raises(ValueError) as raised:
        Mount("m", app=tell_scope)
    assert str(raised.value) == "The path of a mount begins with a slash: write '/m'."


@pytest.mark.parametrize("path", [None, b"/ws", tell])
def test_a_path_that_is_no_text_is_an_error(path):
    with pytest.raises(TypeError) as raised:
        WebSocketRoute(path, tell)
    assert str(raised.value) == f"The path of a route is a str, not {path!r}; it comes first."


@pytest.mark.parametrize("make", [Mount, Host])
def test_an_endpoint_cannot_be_mounted(make):
    with pytest.raises(TypeError, match=r"^'tell' is not an ASGI application: .* a WebSocketRoute"):
        make("/m" if make is Mount else "m", tell)


@pytest.mark.parametrize("given", [{}, {"app": tell_scope, "routes": []}])
def test_a_mount_has_either_an_application_or_routes(given):
    with pytest.raises(TypeError) as raised:
        Mount("/m", **given)
    assert str(raised.value) == (
        "A mount has either an application or routes: write Mount(path, app=...) or "
        "Mount(path, routes=[...])."
    )


@pytest.mark.parametrize("path", ["/{path}", "/{rest:path}", "/{rest:path}/x"])
def test_a_mount_takes_what_is_below_it_already(path):
    with pytest.raises(ValueError) as raised:
        Mount(path, app=tell_scope)
    assert str(raised.value) == (
        f"The path {path!r} of a mount takes everything below it already: leave the parameter "
        "`path`, or of type `path`, out."
    )


def test_a_parameter_that_stands_twice_is_an_error():
    with pytest.raises(ValueError) as raised:
        Mount("/{id}/{x}", routes=[WebSocketRoute("/{id}", tell, name="room")])
    assert str(raised.value) == (
        "Duplicated param name id at path /{id}/{x} and its route room: give each parameter a name "
        "of its own."
    )


# Host


async def test_a_host_leads_to_its_application():
    app = Router(
        [
            Host("chat.example.com", Router([WebSocketRoute("/", tell, name="chat")])),
            Host("{team}.example.com", Router([WebSocketRoute("/{room}", tell, name="room")])),
            WebSocketRoute("/", tell, name="other"),
        ]
    )
    assert (await reach(app, "/", **host(b"chat.example.com"))).scope["route"].name == "chat"
    websocket = await reach(app, "/lobby", **host(b"Red.Example.COM:8000"))
    assert websocket.path_params == {"team": "red", "room": "lobby"}
    assert (await reach(app, "/", **host(b"example.com"))).scope["route"].name == "other"
    assert (await reach(app, "/")).scope["route"].name == "other"
    assert await is_refused(app, "/a/b", **host(b"red.example.com"))


@pytest.mark.parametrize(
    ("pattern", "header"),
    [
        ("example.com", b"example.com:80"),
        ("example.com", b"example.com:"),
        ("example.com", b"example.com:65536"),
        ("Example.com:3600", b"example.com"),
        ("example.com:3600", b"example.com:1"),
        ("[::1]", b"[::1]"),
        ("[2001:db8::1]:8000", b"[2001:DB8::1]:443"),
        ("[v1.foo]", b"[v1.foo]"),
        ("127.0.0.1", b"127.0.0.1:8000"),
    ],
)
async def test_a_host_matches_in_any_case_and_on_any_port(pattern, header):
    await reach(Router([Host(pattern, tell_scope)]), **host(header))


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"other.com",
        b"example.com.",
        b"example.com\n",
        b"example.com:evil",
        b"example.com:80:80",
        b"user@example.com",
        b"example.com/",
        b"example.com?x",
        b"example.com, other.com",
        b"[example.com]",
        b"\xffexample.com",
        b"sub.example.com",
    ],
)
async def test_another_host_does_not_match(header):
    assert await is_refused(Router([Host("example.com", tell_scope)]), **host(header))


def test_names_behind_a_host():
    rooms = Router([WebSocketRoute("/{room}", tell, name="room")])
    app = Router(
        [
            Host("chat.example.com:8000", rooms, name="chat"),
            Host("{team}.example.com", rooms),
        ]
    )
    base = "https://other.org/root/"
    path = app.url_path_for("chat:room", room="a")
    assert path == "/a"
    assert path.make_absolute_url(base) == "wss://chat.example.com:8000/root/a"
    path = app.url_path_for("room", team="Red", room="a")
    assert path.make_absolute_url(base) == "wss://red.example.com/root/a"
    path = app.url_path_for("chat", path="/x")
    assert path.make_absolute_url(base) == "https://chat.example.com:8000/root/x"


@pytest.mark.parametrize("team", ["a/b", "", "a b", "é", "a@b", "a:b", "a?b"])
def test_what_cannot_stand_in_a_host_is_an_error(team):
    app = Host("{team}.example.com", Router([WebSocketRoute("/", tell)]))
    with pytest.raises(ValueError):
        app.url_path_for("tell", team=team)


def test_a_host_shows_what_it_is():
    page = PlainTextResponse("")
    assert repr(Host("h", page)) == f"Host(host='h', name='', app={page!r})"
    assert repr(Host("h", page, name="n")) == f"Host(host='h', name='n', app={page!r})"


@pytest.mark.parametrize("host", ["/x", "https://example.com"])
def test_a_host_with_a_slash_is_an_error(host):
    with pytest.raises(ValueError) as raised:
        Host(host, tell_scope)
    assert str(raised.value) == (
        f"{host!r} is not a host: write one like 'example.com', or use Mount for a path."
    )


# Whatever a client may say

HOSTILE = Router(
    [
        WebSocketRoute("/kind", tell_scope),
        WebSocketRoute("/n/{n:int}", tell_scope, name="n"),
        WebSocketRoute("/f/{f:float}", tell_scope, name="f"),
        WebSocketRoute("/u/{u:uuid}", tell_scope, name="u"),
        WebSocketRoute("/s/{s}", tell_scope, name="s"),
        WebSocketRoute("/two/{a}-{b}", tell_scope, name="two"),
        Mount("/m/{m}", routes=[WebSocketRoute("/{p:path}", tell_scope, name="p")], name="m"),
        Host("{sub}.example.com", Router([WebSocketRoute("/{it}", tell_scope, name="it")])),
    ]
)


def run(coroutine):
    """Run what never has to wait, without an event loop."""
    with pytest.raises(StopIteration):
        coroutine.send(None)


def open_path(path, headers=()):
    """Open a connection to a path.

    Returns:
        The scope that an endpoint got, or None where it was refused.
    """
    seen, sent = [], []

    async def receive():
        return CONNECT

    async def send(message):
        sent.append(message)

    scope = make_scope(path=path, headers=list(headers), seen=seen)
    run(HOSTILE(scope, receive, send))
    assert bool(seen) != bool(sent)
    return seen[0] if seen else None


PIECES = st.sampled_from(
    ["/", "//", "kind", "n", "f", "u", "s", "m", "two", "-", "7", "..", ".", "\n", "\0", "%2F", "é"]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
@example("/kind\n")
@example("/n/" + "9" * 5_000)
@example("/s/" + "x" * 100_000)
@example("/" * 100_000)
@example("/two/" + "-" * 100_000)
def test_no_path_is_too_hostile(path):
    scope = open_path(path)
    if scope is None or path == "/kind":
        return
    assert scope["path_params"]
    name = scope["route"].name if "m" not in scope["path_params"] else "m:p"
    try:
        url = HOSTILE.url_path_for(name, **scope["path_params"])
    except ValueError:
        # No client asks for that.
        assert {".", ".."} & set(path.split("/")) or not path.isprintable()
        return
    assert url.isascii()
    again = open_path(unquote(url, errors="strict"))
    assert again is not None
    assert again["path_params"] == scope["path_params"]


READERS = {"n": int, "f": float, "u": lambda value: UUID(str(value)), "s": str}


@given(st.sampled_from(list(READERS)), st.one_of(st.text(), st.integers(), st.floats(), st.uuids()))
def test_what_has_a_url_is_found_by_it(name, value):
    try:
        url = HOSTILE.url_path_for(name, **{name: value})
    except (ValueError, TypeError):
        return
    scope = open_path(unquote(url, errors="strict"))
    assert scope is not None
    assert scope["route"].name == name
    assert scope["path_params"] == {name: READERS[name](value)}


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text(st.characters(exclude_categories=["Cs"])),
)
def test_parameters_on_both_sides_of_a_mount_come_back(one, other):
    parameters = {"m": one, "p": other}
    try:
        url = HOSTILE.url_path_for("m:p", **parameters)
    except ValueError:
        assert not one or "/" in one or {".", ".."} & {one, *other.split("/")}
        return
    scope = open_path(unquote(url, errors="strict"))
    assert scope is not None
    assert scope["path_params"] == parameters


@given(st.one_of(st.binary(), st.binary().map(lambda start: start + b".example.com")))
@example(b"a.example.com:80")
@example(b"." * 10_000 + b".example.com")
@example("\xa1.example.com".encode())
def test_no_host_is_too_hostile(header):
    scope = open_path("/x", [(b"host", header)])
    if scope is not None:
        # A name in UTF-8 is read as the one in ASCII that stands for it.
        assert f"{scope['path_params']['sub']}.example.com" in host_of(scope).lower()
