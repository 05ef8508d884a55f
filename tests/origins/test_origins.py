import ast
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.origins import AllowedHosts, AllowedOrigins, Origin, OriginPattern
from duologue.origins._origins import advise, advise_host


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://example.com", Origin("https", "example.com", 443)),
        ("HTTPS://Example.COM", Origin("https", "example.com", 443)),
        ("http://example.com:8080", Origin("http", "example.com", 8080)),
        ("http://[::1]:8000", Origin("http", "[::1]", 8000)),
        ("chrome-extension://abcdef", Origin("chrome-extension", "abcdef", None)),
        ("capacitor://localhost", Origin("capacitor", "localhost", None)),
        ("app://.", Origin("app", ".", None)),
        ("file://", Origin("file", "", None)),
    ],
)
def test_origin_of_a_page(text, origin):
    assert Origin.parse(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "example.com",
        "https://",
        "http://",
        "file://:80",
        "file:///home",
        "app://*",
        "https://example.com/",
        "https://user@example.com",
        "https://example.com:",
        "https://example.com:port",
        "https://exa mple.com",
        "https://a.example https://b.example",
        "https://*.example.com",
        "https://example.com\n",
    ],
)
def test_what_is_no_origin(text):
    assert Origin.parse(text) is None


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("https://example.com", "example.com", True),
        ("https://example.com", "EXAMPLE.com", True),
        ("https://example.com", "example.com:443", True),
        ("http://example.com", "example.com:80", True),
        ("http://localhost:8000", "localhost:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("https://example.com", "example.com:80", False),
        ("https://example.com:8443", "example.com", False),
        ("https://evil.example", "example.com", False),
        ("https://example.com.evil.example", "example.com", False),
        ("https://example.com", "evil.example", False),
        ("https://example.com", "example.com/path", False),
        ("https://example.com", "", False),
        ("ftp://example.com", "example.com", False),
        ("chrome-extension://example.com", "example.com", False),
        ("file://", "", False),
    ],
)
def test_page_of_the_same_host(origin, host, same):
    assert Origin.parse(origin).is_at(host) is same


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("https://example.com", "example.com", True),
        ("https://example.com", "example.com:443", True),
        ("https://example.com:8443", "example.com:8443", True),
        ("http://example.com", "example.com", False),
        ("http://example.com:443", "example.com:443", False),
        ("ftp://example.com", "example.com", False),
    ],
)
def test_over_tls_only_a_page_that_came_over_tls_is_of_the_same_origin(origin, host, same):
    assert Origin.parse(origin).is_at(host, secure=True) is same


@pytest.mark.parametrize(
    ("allowed", "origin", "let_in"),
    [
        ([], "https://example.com", False),
        (["https://example.com"], "https://example.com", True),
        (["https://example.com"], "https://example.com:443", True),
        (["https://EXAMPLE.com:443"], "https://example.com", True),
        (["https://example.com"], "http://example.com", False),
        (["https://example.com"], "https://sub.example.com", False),
        (["https://example.com"], "https://example.com:8443", False),
        (["https://*.example.com"], "https://sub.example.com", True),
        (["https://*.example.com"], "https://deep.sub.example.com", True),
        (["https://*.example.com"], "https://example.com", False),
        (["https://*.example.com"], "https://evilexample.com", False),
        (["http://localhost:*"], "http://localhost:5173", True),
        (["http://localhost:*"], "http://localhost", True),
        (["http://localhost:*"], "https://localhost:5173", False),
        (["chrome-extension://abcdef"], "chrome-extension://abcdef", True),
        (["http://[::1]:8000"], "http://[::1]:8000", True),
        (["https://a.example", "https://b.example"], "https://b.example", True),
        (["file://"], "file://", True),
        (["file://"], "null", False),
        (["file://*"], "file://", True),
        (["null"], "file://", False),
        (["app://."], "app://.", True),
        (["app://."], "app://other", False),
        (["capacitor://localhost", "ionic://localhost"], "ionic://localhost", True),
        (["moz-extension://*"], "moz-extension://0a1b-2c3d", True),
        (["moz-extension://*"], "chrome-extension://abcdef", False),
        (["https://*"], "https://anywhere.example:8443", True),
        (["https://*"], "http://anywhere.example", False),
        (["https://*"], "null", False),
        (["null"], "null", True),
        (["https://example.com"], "null", False),
        (["*"], "https://anywhere.example", True),
        (["*"], "null", True),
        (["*"], "not an origin", True),
    ],
)
def test_allowed_origins(allowed, origin, let_in):
    assert AllowedOrigins(allowed).allow(origin) is let_in


@pytest.mark.parametrize(
    ("allowed", "advice"),
    [
        ("example.com", "Did you mean 'https://example.com'?"),
        ("https://example.com/", "Did you mean 'https://example.com'?"),
        ("https://例え.example", "as browsers send it (xn--…)"),
        ("wss://example.com", "of a page, not of a WebSocket. Did you mean 'https://example.com'?"),
        ("ws://localhost:*", "Did you mean 'http://localhost:*'?"),
        ("https://a.example/b/c", "Did you mean 'https://a.example'?"),
        ("https://a.example/?b=https://c.example", "Did you mean 'https://a.example'?"),
        ("ws://*", "of a page, not of a WebSocket. Did you mean 'http://*'?"),
        ("https://sub.*.example.com", "A star stands for all subdomains"),
        ("https://*/", "A star stands for all subdomains"),
        ("https://*:8443", "or for all of a scheme ('https://*')"),
        ("wss://*", "of a page, not of a WebSocket. Did you mean 'https://*'?"),
        ("https://", "is scheme://host"),
        ("file:///home", "Did you mean 'file://'?"),
    ],
)
def test_what_is_no_origin_is_said_at_once(allowed, advice):
    with pytest.raises(ValueError) as caught:
        AllowedOrigins([allowed])
    assert repr(allowed) in str(caught.value)
    assert advice in str(caught.value)


def test_a_whole_scheme_has_no_host():
    assert OriginPattern.parse("moz-extension://*") == OriginPattern(
        "moz-extension", "", None, any_port=True, any_host=True
    )


def test_single_string_is_a_mistake():
    with pytest.raises(TypeError) as caught:
        AllowedOrigins("https://example.com")
    assert str(caught.value) == "The allowed origins are a list: write ['https://example.com']."


# What the log advises is what lets the page in.


@pytest.mark.parametrize(
    "origin",
    [
        "https://friend.example",
        "http://localhost:5173",
        "HTTPS://Friend.Example:8443",
        "http://[::1]:8000",
        "null",
        "file://",
        "content://",
        "app://.",
        "tauri://localhost",
        "capacitor://localhost",
        "vscode-webview://0b1c2d",
        "chrome-extension://abcdef",
        "moz-extension://0a1b-2c3d",
        "safari-web-extension://0A1B-2C3D",
        "https://it's-\".example",
    ],
)
def test_advice_can_be_copied(origin):
    said = re.search(r"allowed_origins=(\[.*?\])\.", advise(origin))[1]
    assert AllowedOrigins(ast.literal_eval(said)).allow(origin)


@pytest.mark.parametrize("host", ["0a1b", "0a1b:80"])
@pytest.mark.parametrize("scheme", ["moz-extension", "safari-web-extension"])
def test_advice_on_an_extension_whose_host_is_random(scheme, host):
    advice = advise(f"{scheme}://{host}")
    assert advice.endswith(
        f"Each browser gives an extension another one: ['{scheme}://*'] are all of them."
    )
    assert AllowedOrigins([f"{scheme}://*"]).allow(f"{scheme}://2c3d")


@pytest.mark.parametrize("text", ["", "rubbish", "https://a, https://b", "https://a" + "a" * 300])
def test_advice_on_what_is_no_origin(text):
    assert advise(text) == "That is not the origin of a page, so it cannot be let in by its name."


def test_an_origin_has_300_characters_at_most():
    longest = "https://" + "a" * 292
    assert advise(longest).endswith(f"let it in: allowed_origins=['{longest}'].")
    assert advise(longest + "a").startswith("That is not the origin")


# Hosts


@pytest.mark.parametrize(
    ("allowed", "host", "let_in"),
    [
        ([], "anything.example", True),
        ([], None, True),
        (["*"], "anything.example", True),
        (["example.com"], "example.com", True),
        (["example.com"], "EXAMPLE.com:8000", True),
        (["Example.com"], "example.com", True),
        (["example.com"], "evil.example", False),
        (["example.com"], "sub.example.com", False),
        (["example.com"], "example.com.evil.example", False),
        (["example.com"], "", False),
        (["example.com"], None, False),
        (["example.com"], "example.com/x", False),
        (["example.com:8443"], "example.com:8443", True),
        (["example.com:8443"], "example.com", False),
        (["*.example.com"], "a.b.example.com:80", True),
        (["*.example.com"], "example.com", False),
        (["localhost", "127.0.0.1", "[::1]"], "[::1]:8000", True),
        (["localhost", "127.0.0.1", "[::1]"], "127.0.0.1:8000", True),
    ],
)
def test_allowed_hosts(allowed, host, let_in):
    assert AllowedHosts(allowed).allow(host) is let_in


def test_hosts_are_looked_at_where_some_are_named():
    assert not AllowedHosts()
    assert not AllowedHosts(["example.com", "*"])
    assert AllowedHosts(["example.com"])


@pytest.mark.parametrize(
    "name", ["https://example.com", "example.com/x", "", "a.*", "例え.example"]
)
def test_what_is_no_host_is_said_at_once(name):
    with pytest.raises(ValueError) as caught:
        AllowedHosts([name])
    assert str(caught.value) == (
        f"{name!r} is not a host: a host is 'example.com', 'example.com:8443', or "
        "'*.example.com' for all subdomains, in ASCII (xn--…), without a scheme and a path."
    )


def test_a_single_host_is_a_mistake():
    with pytest.raises(TypeError) as caught:
        AllowedHosts("example.com")
    assert str(caught.value) == "The allowed hosts are a list: write ['example.com']."


@pytest.mark.parametrize("host", ["a.example:80", "A.example", "[2001:DB8::a]", "a" * 300])
def test_advice_on_a_host_can_be_copied(host):
    said = re.search(r"add it: allowed_hosts=(\[.*\])\.$", advise_host(host))[1]
    assert AllowedHosts(ast.literal_eval(said)).allow(host)


def test_advice_on_what_is_no_host():
    for host in (None, "", "a b", "a" * 301):
        assert advise_host(host) == "That is not a host, so it cannot be allowed."


@given(st.text(), st.text())
def test_hostile_origins_and_hosts_never_crash(origin, host):
    parsed = Origin.parse(origin)
    assert parsed is None or isinstance(parsed.is_at(host), bool)
    assert isinstance(AllowedHosts(["example.com"]).allow(host), bool)
    advise(origin)
    assert AllowedOrigins(["https://example.com"]).allow(origin) is (
        parsed == ("https", "example.com", 443)
    )


@given(st.text(alphabet="abc.*:/[]1", max_size=12))
def test_pattern_without_a_star_means_itself_alone(text):
    try:
        pattern = OriginPattern.parse(f"https://{text}")
    except ValueError:
        return
    if "*" not in text:
        assert pattern.matches(Origin.parse(f"https://{text}"))
        assert not pattern.matches(Origin.parse("https://another.example"))
