import pytest
from hypercorn.middleware import ProxyFixMiddleware
from hypothesis import given
from hypothesis import strategies as st

from duologue.connection import Connection
from duologue.datastructures import URL, Address, Headers, QueryParams, State
from duologue.responses import Response
from duologue.routing import URLPath

# The least that ASGI requires.
BARE = {"type": "websocket", "path": "/ws", "headers": []}


def connection(**scope):
    return Connection({**BARE, **scope})


# It is a mapping over the scope


def test_a_connection_is_a_mapping_over_its_scope():
    scope = dict(BARE, query_string=b"")
    it = Connection(scope)
    assert it["path"] == "/ws"
    assert it.get("path") == "/ws"
    assert it.get("missing", 5) == 5
    assert "path" in it
    assert "missing" not in it
    assert len(it) == 4
    assert list(it) == list(it.keys()) == ["type", "path", "headers", "query_string"]
    assert list(it.values()) == ["websocket", "/ws", [], b""]
    assert dict(it) == dict(it.items()) == scope
    assert it.scope is scope
    with pytest.raises(KeyError):
        it["missing"]


def test_a_connection_cannot_be_written_to():
    with pytest.raises(TypeError):
        connection()["path"] = "/other"


def test_a_connection_is_itself_alone():
    one, other = connection(), connection()
    assert one != other
    assert one == one
    assert {one, other, one} == {other, one}


# What the scope is read as


def test_a_scope_with_the_least_is_read():
    it = connection()
    assert it.url == "/ws"
    assert it.base_url == "/"
    assert it.headers == Headers()
    assert it.query_params == QueryParams()
    assert it.path_params == {}
    assert it.cookies == {}
    assert it.subprotocols == []
    assert it.client is None
    assert len(it.state) == 0


def test_a_scope_may_say_none():
    names = ("query_string", "root_path", "path_params", "subprotocols", "client", "server")
    it = connection(**dict.fromkeys(names))
    assert it.url == "/ws"
    assert it.base_url == "/"
    assert it.query_params == QueryParams()
    assert it.path_params == {}
    assert it.subprotocols == []
    assert it.client is None


def test_the_url_is_the_one_that_the_client_asked_for():
    it = connection(
        scheme="wss",
        path="/rooms/lobby",
        query_string=b"user=ada",
        headers=[(b"host", b"chat.example.com")],
    )
    assert type(it.url) is URL
    assert it.url == "wss://chat.example.com/rooms/lobby?user=ada"
    assert it.url is it.url


@pytest.mark.parametrize("mode", ["legacy", "modern"])
async def test_a_middleware_for_proxies_may_call_a_websocket_https(mode):
    seen = []

    async def app(scope, receive, send):
        seen.append(connection(**scope))

    headers = [
        (b"x-forwarded-proto", b"https"),
        (b"x-forwarded-host", b"example.com"),
        (b"forwarded", b"proto=https;host=example.com;for=192.0.2.1"),
        (b"x-forwarded-for", b"192.0.2.1"),
    ]
    scope = {"type": "websocket", "path": "/ws", "headers": headers, "client": ("127.0.0.1", 1)}
    await ProxyFixMiddleware(app, mode=mode)(scope, None, None)
    [it] = seen
    assert it.url == "wss://example.com/ws"
    assert it.url.is_secure
    assert it.client.host == "192.0.2.1"


@pytest.mark.parametrize("path", ["/ws", "/api/ws"])
def test_the_url_begins_where_a_proxy_has_taken_the_start_away(path):
    it = connection(path=path, root_path="/api", server=("h", 80))
    assert it.url == "ws://h/api/ws"
    assert it.base_url == "ws://h/api/"


@pytest.mark.parametrize("root_path", ["/chat", "/chat/"])
def test_the_base_url_is_where_the_application_is_mounted(root_path):
    it = connection(path="/chat/ws", root_path=root_path, query_string=b"x=1", server=("h", 8000))
    assert it.base_url == "ws://h:8000/chat/"
    assert it.base_url is it.base_url
    assert it.url == "ws://h:8000/chat/ws?x=1"


def test_the_base_url_is_the_applications_also_behind_a_mount():
    it = connection(path="/api/chat/ws", root_path="/api/chat", app_root_path="/api")
    assert it.base_url == "/api/"


class FixedRouter:
    def url_path_for(self, name, /, **path_params):
        assert (name, path_params) == ("outer:room", {"name": "lobby"})
        return URLPath("/rooms/lobby", "websocket")


def test_the_router_knows_the_url_of_a_route():
    it = connection(
        router=FixedRouter(),
        scheme="wss",
        root_path="/chat",
        headers=[(b"host", b"example.com")],
    )
    url = it.url_for("outer:room", name="lobby")
    assert type(url) is URL
    assert url == "wss://example.com/chat/rooms/lobby"


def test_before_a_router_the_application_knows_it():
    it = connection(app=FixedRouter(), headers=[(b"host", b"example.com")])
    assert it.url_for("outer:room", name="lobby") == "ws://example.com/rooms/lobby"


def test_without_a_router_nobody_knows_the_url():
    with pytest.raises(RuntimeError) as raised:
        connection(app=object()).url_for("room")
    assert str(raised.value) == (
        "Only a router knows the URLs of routes, and none has led to this connection. Put the "
        "endpoint behind a Router or an application."
    )


def test_the_application_is_the_one_in_the_scope():
    app = object()
    assert connection(app=app).app is app
    with pytest.raises(KeyError):
        _ = connection().app


def test_headers_are_found_by_name():
    it = connection(headers=[(b"sec-websocket-version", b"13")])
    assert it.headers["sec-websocket-version"] == "13"
    assert it.headers["Sec-WebSocket-Version"] == "13"
    assert it.headers is it.headers


def test_query_parameters_are_found_by_name():
    it = connection(query_string=b"search=a&search=b")
    assert it.query_params["search"] == "b"
    assert it.query_params.getall("search") == ["a", "b"]
    assert it.query_params is it.query_params


def test_path_parameters_are_what_the_router_took():
    assert connection(path_params={"username": "ada"}).path_params["username"] == "ada"


def test_subprotocols_are_what_the_client_offers():
    assert connection(subprotocols=["chat.v2", "chat.v1"]).subprotocols == ["chat.v2", "chat.v1"]


@pytest.mark.parametrize("client", [("127.0.0.1", 50000), ["127.0.0.1", 50000]])
def test_the_client_is_an_address(client):
    it = connection(client=client)
    assert it.client == Address("127.0.0.1", 50000)
    assert it.client.host == "127.0.0.1"
    assert it.client.port == 50000


def test_the_state_is_that_of_the_scope():
    it = connection(state={"rooms": 3})
    assert type(it.state) is State
    assert it.state.rooms == 3
    it.state.users = 4
    assert it.scope["state"] == {"rooms": 3, "users": 4}
    assert it.state is it.state


def test_a_state_that_the_scope_lacks_is_put_there():
    it = connection()
    it.state.users = 4
    assert Connection(it.scope).state.users == 4


# Cookies


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        (b"", {}),
        (b"a=1", {"a": "1"}),
        (b"a=1; b=2", {"a": "1", "b": "2"}),
        (b" a = 1 ;b=2;; ", {"a": "1", "b": "2"}),
        (b"a=1=2", {"a": "1=2"}),
        (b"a=; b; =c", {"a": "", "": "b"}),
        (b"=a=1", {"": "a=1"}),
        (b"=; ;", {}),
        (b"a=1; a=2", {"a": "1"}),
        (b'a="1"; b="', {"a": "1", "b": '"'}),
        (b'a="x\\073 \\"y\\" \\\\ \\400"', {"a": 'x; "y" \\ 400'}),
        (b"a=\xe9%20", {"a": "é%20"}),
    ],
)
def test_cookies_are_found_by_name(header, cookies):
    assert connection(headers=[(b"cookie", header)]).cookies == cookies


def test_cookies_may_come_in_several_headers():
    it = connection(headers=[(b"cookie", b"a=1; b=2"), (b"cookie", b"b=3; c=4")])
    assert it.cookies == {"a": "1", "b": "2", "c": "4"}
    assert it.cookies is it.cookies


@given(st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"])))
def test_a_cookie_comes_back_as_it_was_set(value):
    response = Response()
    response.set_cookie("session", value)
    cookie = response.headers["set-cookie"].partition("; Path=/")[0].encode("latin-1")
    assert connection(headers=[(b"cookie", cookie)]).cookies == {"session": value}


@given(st.lists(st.binary()))
def test_no_cookies_are_too_hostile(headers):
    cookies = connection(headers=[(b"cookie", header) for header in headers]).cookies
    assert all(name or value for name, value in cookies.items())


@pytest.mark.parametrize("name", ["session", "user", "auth"])
def test_what_middleware_provides_is_in_the_scope(name):
    provided = {"is": name}
    assert getattr(connection(**{name: provided}), name) is provided


@pytest.mark.parametrize("name", ["session", "user", "auth"])
def test_missing_middleware_is_named(name):
    with pytest.raises(RuntimeError, match=f"^There is no '{name}' in the scope: put"):
        getattr(connection(), name)
