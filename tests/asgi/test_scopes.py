import pytest

from duologue._asgi.scopes import (
    Address,
    client_of,
    host_of,
    is_below,
    path_of,
    route_path,
    scheme_of,
    server_of,
)

# Addresses


@pytest.mark.parametrize(
    ("pair", "address"),
    [
        (("127.0.0.1", 50000), Address("127.0.0.1", 50000)),
        (["127.0.0.1", 50000], Address("127.0.0.1", 50000)),
        (("127.0.0.1", "50000"), Address("127.0.0.1", 50000)),
        (("::1", 1), Address("::1", 1)),
        (("testclient", 50000), Address("testclient", 50000)),
        # an address without a port
        (("127.0.0.1", None), Address("127.0.0.1", None)),
        (("127.0.0.1", 0), Address("127.0.0.1", None)),
        (("127.0.0.1", "0"), Address("127.0.0.1", None)),
        (("127.0.0.1", ""), Address("127.0.0.1", None)),
        (("127.0.0.1", 65536), Address("127.0.0.1", None)),
        (("/run/app.sock", None), Address("/run/app.sock", None)),
        # no address
        (None, None),
        ((), None),
        (("", "0"), None),
        (("", 0), None),
        ((None, None), None),
        ((None, 80), None),
    ],
)
def test_an_address_is_the_same_whatever_the_server_writes(pair, address):
    assert client_of({"client": pair}) == address
    assert server_of({"server": pair}) == address


def test_a_scope_may_have_no_addresses():
    assert client_of({}) is None
    assert server_of({}) is None


# The scheme


@pytest.mark.parametrize(
    ("scope", "scheme"),
    [
        ({}, "ws"),
        ({"type": "websocket"}, "ws"),
        ({"type": "websocket", "scheme": None}, "ws"),
        ({"type": "websocket", "scheme": "wss"}, "wss"),
        ({"type": "websocket", "scheme": "WSS"}, "wss"),
        ({"type": "websocket", "scheme": "http"}, "ws"),
        ({"type": "websocket", "scheme": "https"}, "wss"),
        ({"type": "http"}, "http"),
        ({"type": "http", "scheme": "https"}, "https"),
        ({"type": "http", "scheme": "wss"}, "https"),
        ({"type": "other", "scheme": "https"}, "https"),
    ],
)
def test_the_scheme_is_one_of_the_protocol(scope, scheme):
    assert scheme_of(scope) == scheme


# The host


@pytest.mark.parametrize(
    ("headers", "host"),
    [
        (None, None),
        ([], None),
        ([(b"x", b"1")], None),
        ([(b"host", b"example.com:8000")], "example.com:8000"),
        ([(b"Host", b"a"), (b"host", b"b")], "a"),
        ([(b"host", b"")], ""),
        ([(b"host", b"xn--bcher-kva.example:80")], "xn--bcher-kva.example:80"),
        # as one server decodes it
        ([(b"host", "bücher.example:80".encode())], "xn--bcher-kva.example:80"),
        ([(b"host", "例え.example".encode())], "xn--r8jz45g.example"),
        # what is no name stays what it is
        ([(b"host", b"b\xfccher.example")], "bücher.example"),
        ([(b"host", "ü..example".encode())], "Ã¼..example"),
        ([(b"host", ("ü" * 300).encode())], "Ã¼" * 300),
    ],
)
def test_the_host_is_the_one_that_the_browser_has_sent(headers, host):
    assert host_of({"headers": headers}) == host


# The path


@pytest.mark.parametrize(
    ("path", "root", "whole"),
    [
        ("/a", "", "/a"),
        ("/a", None, "/a"),
        ("/r/a", "/r", "/r/a"),
        ("/a", "/r", "/r/a"),
        ("/a", "/r/", "/r/a"),
        ("/ra", "/r", "/r/ra"),
        ("/r", "/r", "/r"),
        ("", "/r", "/r/"),
        ("a", "/r", "/r/a"),
        ("/a", "/", "/a"),
    ],
)
def test_the_whole_path_begins_with_that_of_the_application(path, root, whole):
    assert path_of({"path": path, "root_path": root}) == whole


@pytest.mark.parametrize(
    ("path", "root", "left"),
    [
        ("/a", "", "/a"),
        ("/a", None, "/a"),
        ("", "", "/"),
        ("/r/a", "/r", "/a"),
        ("/r/a", "/r/", "/a"),
        ("/r/", "/r", "/"),
        ("/r", "/r", "/"),
        ("/r/", "/r/", "/"),
        ("/ra", "/r", "/ra"),
        ("/a", "/r", "/a"),
        ("/r/r/a", "/r", "/r/a"),
        ("/a", "/", "/a"),
        ("/é/a", "/é", "/a"),
    ],
)
def test_the_path_below_the_application(path, root, left):
    assert route_path({"path": path, "root_path": root}) == left


def test_a_scope_may_know_no_root():
    assert route_path({"path": "/a"}) == "/a"


@pytest.mark.parametrize(
    ("path", "root", "below"),
    [("/a/b", "/a", True), ("/a", "/a", True), ("/ab", "/a", False), ("/", "", True)],
)
def test_what_is_below_a_path(path, root, below):
    assert is_below(path, root) is below
