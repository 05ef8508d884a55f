import copy
import html
import json
import pickle
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from duologue.datastructures import URL
from duologue.datastructures._urls import _plain_start

FULL = "wss://ada:secret@Chat.Example.com:8443/rooms/1?x=1&y=2#top"

PARTS = [
    "scheme",
    "netloc",
    "path",
    "query",
    "fragment",
    "username",
    "password",
    "hostname",
    "port",
    "is_secure",
    "components",
]


def read_all(url):
    return {part: getattr(url, part) for part in PARTS}


# A URL knows its parts


def test_a_url_has_the_parts_of_its_text():
    url = URL(FULL)
    assert url.scheme == "wss"
    assert url.netloc == "ada:secret@Chat.Example.com:8443"
    assert url.path == "/rooms/1"
    assert url.query == "x=1&y=2"
    assert url.fragment == "top"
    assert url.username == "ada"
    assert url.password == "secret"
    assert url.hostname == "chat.example.com"
    assert url.port == 8443
    assert url.components == urlsplit(FULL)


def test_what_a_url_lacks_is_none_or_empty():
    assert read_all(URL("")) == {
        "scheme": "",
        "netloc": "",
        "path": "",
        "query": "",
        "fragment": "",
        "username": None,
        "password": None,
        "hostname": None,
        "port": None,
        "is_secure": False,
        "components": urlsplit(""),
    }


@pytest.mark.parametrize(
    ("scheme", "secure"), [("wss", True), ("https", True), ("ws", False), ("http", False)]
)
def test_a_url_is_secure_by_its_scheme(scheme, secure):
    assert URL(f"{scheme}://h/").is_secure is secure


@pytest.mark.parametrize("port", ["65536", "-1", "x", "", "8000x"])
def test_a_port_that_cannot_be_is_none(port):
    assert URL(f"ws://h:{port}/").port is None


def test_the_host_of_an_ipv6_address_has_no_brackets():
    url = URL("ws://[2001:db8::1]:80/")
    assert (url.hostname, url.port) == ("2001:db8::1", 80)


def test_a_url_that_is_broken_is_all_path():
    url = URL("ws://[::1/x")
    assert (url.scheme, url.netloc, url.path) == ("", "", "ws://[::1/x")


@given(st.text() | st.builds("ws://{}/{}".format, st.text(), st.text()))
@example("//[")
@example("ws://[::1]x:1/")
@example("ws://\u2100/")
@example("\ud800://\udfff@[v1.x]:\u0660/")
def test_reading_a_part_of_any_text_raises_nothing(text):
    url = URL(text)
    assert url == text
    read_all(url)
    repr(url)


# A URL is a string


def test_a_url_is_a_str():
    url = URL(FULL)
    assert isinstance(url, str)
    assert url == FULL
    assert hash(url) == hash(FULL)
    assert {FULL: 1}[url] == 1
    assert f"{url}" == str(url) == "%s" % url == FULL  # noqa: UP031
    assert type(str(url)) is str
    assert url.startswith("wss://")
    assert url + "?" == FULL + "?"
    assert sorted([URL("b"), "c", URL("a")]) == ["a", "b", "c"]


def test_a_url_serialises_as_a_string():
    assert json.dumps({"url": URL(FULL)}) == json.dumps({"url": FULL})
    assert html.escape(URL('ws://h/?a="1"&b=2')) == "ws://h/?a=&quot;1&quot;&amp;b=2"


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda url: pickle.loads(pickle.dumps(url)), URL],
)
@pytest.mark.parametrize(
    "url", [URL(FULL), URL.from_scope({"path": "/a b", "server": ("h", 8000)})]
)
def test_a_copy_of_a_url_is_one(url, duplicate):
    other = duplicate(url)
    assert type(other) is URL
    assert other == url
    assert read_all(other) == read_all(url)


def test_a_url_cannot_be_given_other_attributes():
    with pytest.raises(AttributeError):
        URL(FULL).colour = "red"


# Its representation hides the password


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (FULL, "wss://ada:********@Chat.Example.com:8443/rooms/1?x=1&y=2#top"),
        ("ws://:secret@h", "ws://:********@h"),
        ("ws://ada:se:c@ret@h", "ws://ada:********@h"),
        ("//ada:secret@h", "//ada:********@h"),
        ("ws://ada:secret@h:99999/", "ws://ada:********@h:99999/"),
        ("ws://ada:secret@[::1/", "ws://ada:********@[::1/"),
        ("ws:/\t/ada:secret@h/", "ws:/\\t/ada:********@h/"),
        ("ws://ada@h:80/a:b@c", "ws://ada@h:80/a:b@c"),
        ("ws://h:80/?to=//a:b@c", "ws://h:80/?to=//a:b@c"),
        ("/ws", "/ws"),
    ],
)
def test_the_representation_hides_a_password(text, shown):
    assert repr(URL(text)) == f"URL('{shown}')"


@given(st.text(min_size=1).filter(lambda password: not set(password) & set("/?#\t\r\n*'\\")))
def test_no_password_is_ever_shown(password):
    url = URL(f"ws://ada:{password}@h/")
    assert repr(url) == "URL('ws://ada:********@h/')"
    assert str(url) == f"ws://ada:{password}@h/"


# Replacing


@pytest.mark.parametrize(
    ("parts", "replaced"),
    [
        ({"scheme": "ws"}, "ws://ada:secret@Chat.Example.com:8443/rooms/1?x=1&y=2#top"),
        ({"netloc": "h"}, "wss://h/rooms/1?x=1&y=2#top"),
        ({"path": "/"}, "wss://ada:secret@Chat.Example.com:8443/?x=1&y=2#top"),
        ({"query": "", "fragment": ""}, "wss://ada:secret@Chat.Example.com:8443/rooms/1"),
        ({"hostname": "h"}, "wss://ada:secret@h:8443/rooms/1?x=1&y=2#top"),
        ({"port": 80}, "wss://ada:secret@chat.example.com:80/rooms/1?x=1&y=2#top"),
        ({"port": None}, "wss://ada:secret@chat.example.com/rooms/1?x=1&y=2#top"),
        ({"username": "bob"}, "wss://bob:secret@chat.example.com:8443/rooms/1?x=1&y=2#top"),
        ({"username": None}, "wss://:secret@chat.example.com:8443/rooms/1?x=1&y=2#top"),
        ({"password": None}, "wss://ada@chat.example.com:8443/rooms/1?x=1&y=2#top"),
        (
            {"username": None, "password": None, "path": "", "query": "", "fragment": ""},
            "wss://chat.example.com:8443",
        ),
        ({}, FULL),
    ],
)
def test_parts_can_be_replaced(parts, replaced):
    url = URL(FULL).replace(**parts)
    assert type(url) is URL
    assert url == replaced


@pytest.mark.parametrize("hostname", ["::1", "[::1]"])
def test_a_new_ipv6_host_gets_its_brackets(hostname):
    assert URL("ws://h:80/").replace(hostname=hostname) == "ws://[::1]:80/"


@pytest.mark.parametrize("host", ["[::1]", "[v1.foo]"])
def test_a_host_in_brackets_keeps_them(host):
    assert URL(f"ws://{host}/").replace(port=8000) == f"ws://{host}:8000/"
    assert URL("ws://h/").replace(hostname=host) == f"ws://{host}/"


@pytest.mark.parametrize(
    "hostname",
    [
        "example.org:8080",
        "cafe:8080",
        "[::1]:80",
        "[::1",
        "a/b",
        "a?b",
        "a#b",
        "ada@h",
        "a b",
        "\n",
    ],
)
def test_what_is_more_than_a_host_is_none(hostname):
    with pytest.raises(ValueError) as caught:
        URL("ws://h/").replace(hostname=hostname)
    assert str(caught.value).startswith(f"{hostname!r} is not the name of a host.")
    assert "netloc=" in str(caught.value)


@pytest.mark.parametrize("port", [65536, -1, "http", ""])
def test_what_is_no_port_cannot_be_set(port):
    with pytest.raises(ValueError, match="is not a port"):
        URL("ws://h/").replace(port=port)


@pytest.mark.parametrize("name", ["username", "password"])
def test_what_would_end_a_user_cannot_be_set(name):
    with pytest.raises(ValueError) as caught:
        URL("ws://h/").replace(**{name: "s3cret@evil.example/"})
    assert name in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_password_may_have_a_colon():
    assert URL("ws://ada@h/").replace(password="a:b") == "ws://ada:a:b@h/"


def test_without_a_host_a_path_never_becomes_one():
    url = URL.from_scope({"path": "//evil.example/ws", "scheme": "wss"})
    assert url == url.path == "/%2Fevil.example/ws"
    assert url.replace(query="a=1") == "/%2Fevil.example/ws?a=1"
    assert URL("/x").replace(path="//evil.example/") == "/%2Fevil.example/"


def test_without_a_host_the_scheme_is_still_known():
    url = URL.from_scope({"path": "/ws", "scheme": "wss"})
    assert (url, url.scheme, url.is_secure, url.hostname) == ("/ws", "wss", True, None)
    assert url.replace(hostname="h") == "wss://h/ws"


def test_a_host_can_be_given_where_there_was_none():
    assert URL("ws:/x").replace(hostname="h") == "ws://h/x"
    assert URL("ws:/x").replace(port=80) == "ws://:80/x"


def test_there_are_no_other_parts():
    with pytest.raises(TypeError, match=r"^A URL has no part host, params\.$"):
        URL(FULL).replace(params="", host="h", path="/")


def test_replace_with_two_texts_is_that_of_str():
    url = URL("ws://h/a/a")
    assert url.replace("a", "b") == "ws://h/b/b"
    assert url.replace("a", "b", 1) == "ws://h/b/a"
    assert type(url.replace("a", "b")) is str
    with pytest.raises(TypeError):
        url.replace("a")


def test_query_parameters_can_be_included():
    url = URL("ws://h/?x=1&y=%FF&x=2&z")
    assert url.include_query_params(w="a b", n=5) == "ws://h/?x=1&y=%FF&x=2&z&w=a+b&n=5"
    assert url.include_query_params(x=3) == "ws://h/?y=%FF&z&x=3"
    assert URL("ws://h").include_query_params(self="é") == "ws://h?self=%C3%A9"


def test_query_parameters_can_be_replaced():
    assert URL("ws://h/?x=1#top").replace_query_params(y="&", self="") == "ws://h/?y=%26&self=#top"
    assert URL("ws://h/?x=1").replace_query_params() == "ws://h/"


def test_query_parameters_can_be_removed():
    url = URL("ws://h/?x=1&y=%FF&%78=2&&z#top")
    assert url.remove_query_params("x") == "ws://h/?y=%FF&z#top"
    assert url.remove_query_params(["x", "y", "z", "w"]) == "ws://h/#top"
    assert url.remove_query_params("xy") == "ws://h/?x=1&y=%FF&%78=2&z#top"


@given(
    st.dictionaries(st.text(min_size=1), st.text()),
    st.dictionaries(st.sampled_from("abc") | st.text(min_size=1), st.text()),
)
def test_included_parameters_are_read_again(first, then):
    url = URL("ws://h/").include_query_params(**first).include_query_params(**then)
    read = dict(parse_qsl(url.query, keep_blank_values=True))

    def sent(text):
        return text.encode(errors="replace").decode()

    assert read == {sent(name): sent(value) for name, value in (first | then).items()}


# From a scope


def url_of(path="/ws", *, host=None, **scope):
    headers = [] if host is None else [(b"host", host)]
    return URL.from_scope({"type": "websocket", "path": path, "headers": headers, **scope})


def test_the_url_is_put_together_from_the_scope():
    url = url_of(
        "/rooms/lobby",
        scheme="wss",
        host=b"chat.example.com:8443",
        server=("10.0.0.1", 8000),
        query_string=b"user=ada&since=42",
    )
    assert type(url) is URL
    assert url == "wss://chat.example.com:8443/rooms/lobby?user=ada&since=42"
    assert url.components == urlsplit(url)


@pytest.mark.parametrize(
    ("scope", "url"),
    [
        ({"path": "/"}, "/"),
        ({"path": "/", "type": "websocket"}, "/"),
        ({"path": "/", "type": "http"}, "/"),
        ({"path": "/", "type": "http", "scheme": "https"}, "/"),
        ({"path": "/", "headers": None, "server": None, "query_string": None}, "/"),
    ],
)
def test_only_the_path_must_be_there(scope, url):
    assert URL.from_scope(scope) == url


@pytest.mark.parametrize("name", [b"host", b"Host", b"HOST"])
def test_the_host_header_counts_however_it_is_written(name):
    headers = [(b"x", b"1"), (name, b"h"), (b"host", b"other")]
    assert URL.from_scope({"path": "/", "headers": headers, "server": ("s", 1)}) == "ws://h/"


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "example.com:80",
        "example.com:",
        "example.com:65535",
        "my-host_1.example",
        "127.0.0.1:8000",
        "[::1]",
        "[2001:db8::1]:8000",
        "[v1.foo]",
        "[v1.foo:bar]:8000",
        "xn--bcher-kva.example",
        "a%20b",
    ],
)
def test_a_host_is_taken_as_it_is(host):
    assert url_of(host=host.encode(), server=("s", 1)) == f"ws://{host}/ws"


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b" ",
        b"a b",
        b"a/b",
        b"a?b",
        b"a#b",
        b"a\\b",
        b"user@host",
        b"host:99999",
        b"host:65536",
        b"host:-1",
        b"host:port",
        b"host:1:2",
        b"[::1",
        b"::1",
        b"[::1]x",
        b"[1:2]",
        b"[v1.]",
        b"[v.foo]",
        b"[v1.a/b]",
        b"[]",
        b"\xe9.example",
        b"host\r\n",
        b"<script>",
    ],
)
def test_a_host_that_cannot_be_gives_way_to_the_server(host):
    assert url_of(host=host, server=("server", 8000)) == "ws://server:8000/ws"
    assert url_of(host=host) == "/ws"


@pytest.mark.parametrize(
    ("scheme", "server", "authority"),
    [
        ("ws", ("h", 80), "h"),
        ("wss", ("h", 443), "h"),
        ("http", ("h", 80), "h"),
        ("https", ("h", 443), "h"),
        ("ws", ("h", 443), "h:443"),
        ("wss", ["h", 80], "h:80"),
        ("ws", ("::1", 8000), "[::1]:8000"),
        ("ws", ("2001:db8::1", 80), "[2001:db8::1]"),
        # the path of a unix socket is no host
        ("ws", ("/run/app.sock", None), ""),
        ("ws", ("unix:/run/app.sock", 0), ""),
        ("ws", ("/run/app.sock", "0"), ""),
        ("ws", ("/", "t"), ""),
        ("ws", ("h", "80"), "h"),
        ("ws", ("h", "8000"), "h:8000"),
        ("ws", (None, 80), ""),
        ("ws", ("", 80), ""),
        ("ws", ("h", 99999), ""),
        ("ws", ("h", -1), ""),
        ("ws", ("a/b", 80), ""),
        ("ws", ("bücher.example", 80), ""),
    ],
)
def test_the_server_stands_in_for_the_host(scheme, server, authority):
    kind = "http" if scheme.startswith("http") else "websocket"
    url = url_of(type=kind, scheme=scheme, server=server)
    assert url == (f"{scheme}://{authority}/ws" if authority else "/ws")
    assert url.scheme == scheme


@pytest.mark.parametrize(
    ("path", "quoted"),
    [
        ("", ""),
        ("/", "/"),
        ("//x", "//x"),
        ("/a-b_c.d~e", "/a-b_c.d~e"),
        ("/:@!$&'()*+,;=", "/:@!$&'()*+,;="),
        ("/a b?c#d", "/a%20b%3Fc%23d"),
        ("/50%", "/50%25"),
        ("/방/房间", "/%EB%B0%A9/%E6%88%BF%E9%97%B4"),
        ("/\\\r\n", "/%5C%0D%0A"),
        ("/\ud800", "/%3F"),
        ("*", "/*"),
        ("@other.example/", "/@other.example/"),
    ],
)
def test_the_path_is_percent_encoded(path, quoted):
    url = url_of(path, host=b"h")
    assert url == f"ws://h{quoted}"
    assert url.path == quoted
    assert url.hostname == "h"


@pytest.mark.parametrize(
    ("query", "quoted"),
    [
        (b"x=1&y=%20+", "x=1&y=%20+"),
        (b"?/:[]\"<>\\^`{|}'", "?/:[]\"<>\\^`{|}'"),
        (b"a b#c", "a%20b%23c"),
        (b"\xff\x00\x7f", "%FF%00%7F"),
        ("é".encode(), "%C3%A9"),
    ],
)
def test_the_query_stays_as_far_as_it_is_printable(query, quoted):
    url = url_of(host=b"h", query_string=query)
    assert url == f"ws://h/ws?{quoted}"
    assert url.query == quoted


HOSTS = st.binary() | st.sampled_from([b"[::1]:1", b"[::]", b"h:99999", b"h:0", b"[1.2.3.4]"])
SERVERS = st.none() | st.tuples(
    st.none() | st.text() | st.sampled_from(["::1", "h", "/run/x"]), st.none() | st.integers()
)


@given(
    path=st.text() | st.text(alphabet="/.?#%@:a"),
    query=st.none() | st.binary(),
    hosts=st.lists(HOSTS, max_size=2),
    server=SERVERS,
    root_path=st.text(),
    scheme=st.sampled_from(["ws", "wss", "http", "https", None]),
)
def test_no_scope_is_too_hostile_for_a_url(path, query, hosts, server, root_path, scheme):
    url = URL.from_scope(
        {
            "path": path,
            "root_path": root_path,
            "query_string": query,
            "headers": [(b"host", host) for host in hosts],
            "server": server,
            "scheme": scheme,
        }
    )
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url
    # who reads the text gets the same parts, but for a scheme that has no host to go with it
    assert read_all(url if url.netloc else url.replace()) == read_all(URL(url))
    assert url.username is None
    assert url.fragment == ""
    assert url.path.startswith("/") or path == ""


# A URL of a scope


@pytest.mark.parametrize("length", [100, 10_000])
@pytest.mark.parametrize("letter", ["a", " "])
def test_the_url_of_a_scope_is_the_same_each_time_however_long_it_is(length, letter):
    scope = {"type": "websocket", "scheme": "wss", "headers": [(b"host", b"example.com")]}
    path = "/" + letter * length
    first, again = (URL.from_scope({**scope, "path": path, "query_string": q}) for q in (b"", b"x"))
    assert first == "wss://example.com/" + length * ("a" if letter == "a" else "%20")
    assert again == f"{first}?x"
    assert again.components == urlsplit(again)


def test_a_long_path_is_not_remembered():
    before = _plain_start.cache_info().currsize
    URL.from_scope({"path": "/" + "a" * 300, "headers": [(b"host", b"example.com")]})
    assert _plain_start.cache_info().currsize == before
