import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.origins import AllowedOrigins, Origin, OriginPattern


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://example.com", Origin("https", "example.com", 443)),
        ("HTTPS://Example.COM", Origin("https", "example.com", 443)),
        ("http://example.com:8080", Origin("http", "example.com", 8080)),
        ("http://[::1]:8000", Origin("http", "[::1]", 8000)),
        ("chrome-extension://abcdef", Origin("chrome-extension", "abcdef", None)),
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
    ],
)
def test_page_of_the_same_host(origin, host, same):
    assert Origin.parse(origin).is_at(host) is same


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
        ("https://sub.*.example.com", "A star stands for all subdomains"),
        ("https://*/", "A star stands for all subdomains"),
    ],
)
def test_what_is_no_origin_is_said_at_once(allowed, advice):
    with pytest.raises(ValueError) as caught:
        AllowedOrigins([allowed])
    assert repr(allowed) in str(caught.value)
    assert advice in str(caught.value)


def test_single_string_is_a_mistake():
    with pytest.raises(TypeError) as caught:
        AllowedOrigins("https://example.com")
    assert str(caught.value) == "The allowed origins are a list: write ['https://example.com']."


@given(st.text(), st.text())
def test_hostile_origins_and_hosts_never_crash(origin, host):
    parsed = Origin.parse(origin)
    assert parsed is None or isinstance(parsed.is_at(host), bool)
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
