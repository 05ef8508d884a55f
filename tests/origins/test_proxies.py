import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.datastructures import Headers
from duologue.origins import TrustedProxies


@pytest.mark.parametrize(
    ("addresses", "client", "trusted"),
    [
        ([], ("10.0.0.7", 1), False),
        (["10.0.0.7"], ("10.0.0.7", 1), True),
        (["10.0.0.7"], ("10.0.0.8", 1), False),
        (["10.0.0.0/8"], ("10.1.2.3", 1), True),
        (["::1", "10.0.0.7"], ("::1", 1), True),
        (["10.0.0.0/8"], ("::ffff:10.1.2.3", 1), True),
        (["10.0.0.0/8"], ("::ffff:192.0.2.1", 1), False),
        (["10.0.0.7"], None, False),
        (["10.0.0.7"], ("/run/server.sock", None), False),
        (["*"], ("192.0.2.1", 1), True),
        (["*"], None, True),
    ],
)
def test_trusted_proxies(addresses, client, trusted):
    assert TrustedProxies(addresses).trust({"client": client}) is trusted


@pytest.mark.parametrize(
    ("headers", "host"),
    [
        ({"host": "inner"}, "inner"),
        ({}, None),
        ({"host": "inner", "x-forwarded-host": "example.com"}, "example.com"),
        ({"host": "inner", "x-forwarded-host": "example.com:8443, other"}, "example.com:8443"),
        ({"host": "inner", "forwarded": "host=example.com"}, "example.com"),
        ({"host": "inner", "forwarded": 'for=a;Host="example.com:8443"'}, "example.com:8443"),
        ({"host": "inner", "forwarded": "for=192.0.2.1, host=example.com"}, "example.com"),
        ({"host": "inner", "forwarded": "for=192.0.2.1", "x-forwarded-host": "a"}, "a"),
        ({"host": "inner", "forwarded": "for=192.0.2.1"}, "inner"),
    ],
)
def test_host_that_a_trusted_proxy_was_asked_for(headers, host):
    given = Headers(headers)
    assert TrustedProxies(["*"]).host({"headers": given.raw}, given) == host


@pytest.mark.parametrize(
    ("scheme", "headers", "secure"),
    [
        ("ws", {}, False),
        ("wss", {}, True),
        ("https", {}, True),
        (None, {}, False),
        ("ws", {"x-forwarded-proto": "https"}, True),
        ("ws", {"x-forwarded-proto": "HTTPS, http"}, True),
        ("ws", {"x-forwarded-proto": "wss"}, True),
        ("wss", {"x-forwarded-proto": "http"}, False),
        ("ws", {"forwarded": "for=192.0.2.1;proto=https"}, True),
        ("ws", {"forwarded": "proto=https, proto=http"}, True),
        ("wss", {"forwarded": 'proto="http"', "x-forwarded-proto": "https"}, False),
        ("wss", {"forwarded": "host=example.com"}, True),
    ],
)
def test_whether_a_trusted_proxy_was_asked_over_tls(scheme, headers, secure):
    scope = {"type": "websocket", "scheme": scheme}
    assert TrustedProxies(["*"]).is_secure(scope, Headers(headers)) is secure


def test_word_of_anybody_else_does_not_count():
    said = {"host": "inner", "forwarded": "host=example.com;proto=https"}
    headers = Headers(said)
    scope = {"client": ("192.0.2.1", 1), "headers": headers.raw, "type": "websocket"}
    proxies = TrustedProxies(["10.0.0.7"])
    assert proxies.host(scope, headers) == "inner"
    assert not proxies.is_secure(scope, headers)


def test_what_is_no_address_is_said_at_once():
    with pytest.raises(ValueError) as caught:
        TrustedProxies(["proxy.example.com"])
    assert "'proxy.example.com' is not an address of a proxy" in str(caught.value)
    with pytest.raises(TypeError) as caught:
        TrustedProxies("10.0.0.7")
    assert str(caught.value) == "The trusted proxies are a list: write ['10.0.0.7']."


@given(st.text(alphabet=st.characters(max_codepoint=255)))
def test_hostile_headers_never_crash(value):
    headers = Headers(raw=[(b"forwarded", value.encode("latin-1"))])
    TrustedProxies(["*"]).host({}, headers)
    TrustedProxies(["*"]).is_secure({}, headers)


def test_it_is_true_where_somebody_is_trusted():
    assert TrustedProxies(["*"])
    assert TrustedProxies(["10.0.0.0/8"])
    assert not TrustedProxies()
