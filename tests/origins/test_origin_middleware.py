import logging

import pytest

from duologue.origins import OriginMiddleware
from duologue.testclient import AsyncTestClient, WebSocketDenialResponse
from duologue.websockets import WebSocket


async def greet(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text("Hello!")
    await websocket.close()


LET_IN = "Hello!"
REFUSED = (403, "This origin is not allowed.")


async def answer(app, headers):
    """What a handshake with these headers is answered with."""
    async with AsyncTestClient(app) as client:
        try:
            async with client.websocket_connect("/ws", headers=headers) as session:
                return await session.receive_text()
        except WebSocketDenialResponse as denial:
            return denial.status_code, denial.content.decode()


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://example.com", LET_IN),
        ("https://example.com", LET_IN),
        ("https://friend.example", LET_IN),
        ("https://evil.example", REFUSED),
        ("null", REFUSED),
        ("", REFUSED),
        ("rubbish", REFUSED),
    ],
)
async def test_pages_of_the_same_host_and_of_friends_are_let_in(origin, expected):
    app = OriginMiddleware(greet, ["https://friend.example"])
    assert await answer(app, {"host": "example.com", "origin": origin}) == expected


async def test_client_that_is_no_browser_is_let_in():
    assert await answer(OriginMiddleware(greet), {"host": "example.com"}) == LET_IN


async def test_two_origins_are_none():
    headers = [
        ("host", "example.com"),
        ("origin", "https://example.com"),
        ("origin", "https://evil.example"),
    ]
    assert await answer(OriginMiddleware(greet, ["*"]), headers) == REFUSED


async def test_host_that_a_trusted_proxy_names():
    headers = {
        "host": "inner:8000",
        "x-forwarded-host": "example.com",
        "origin": "https://example.com",
    }
    assert await answer(OriginMiddleware(greet), headers) == REFUSED
    assert await answer(OriginMiddleware(greet, trusted_proxies=["*"]), headers) == LET_IN


async def test_refusal_says_which_origin_and_which_setting(caplog):
    headers = {"host": "example.com", "origin": "https://friend.example"}
    with caplog.at_level(logging.WARNING, "duologue.origins"):
        await answer(OriginMiddleware(greet), headers)
    [message] = caplog.messages
    assert message == (
        "Denied the handshake for '/ws': the page is from 'https://friend.example', but the host "
        "asked for is 'example.com'. If you know this origin, let it in: "
        "allowed_origins=['https://friend.example']."
    )


async def test_refusal_behind_a_proxy_names_the_proxy(caplog):
    headers = {"host": "inner", "forwarded": "host=example.com", "origin": "https://example.com"}
    with caplog.at_level(logging.WARNING, "duologue.origins"):
        await answer(OriginMiddleware(greet), headers)
        await answer(OriginMiddleware(greet, trusted_proxies=["*"]), headers | {"forwarded": "x"})
    untrusted, trusted = caplog.messages
    assert untrusted.endswith(
        "If it is your proxy that changes the host, set trusted_proxies=['testclient']."
    )
    assert trusted.endswith("let it in: allowed_origins=['https://example.com'].")


async def test_refusal_does_not_take_the_client_for_the_proxy(caplog):
    headers = {
        "host": "inner",
        "origin": "https://example.com",
        "x-forwarded-host": "example.com",
        "x-forwarded-for": "192.0.2.1, testclient",  # as a server does that believes the proxy
    }
    with caplog.at_level(logging.WARNING, "duologue.origins"):
        await answer(OriginMiddleware(greet), headers)
    assert caplog.messages[0].endswith("set trusted_proxies=['*'].")


async def test_line_break_in_an_origin_makes_no_line_in_the_log(caplog):
    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        assert message["type"] == "websocket.close"

    scope = {"type": "websocket", "path": "/ws", "headers": [(b"Origin", b"http://a\nFAKE")]}
    await OriginMiddleware(greet)(scope, receive, send)
    assert "\n" not in caplog.text.rstrip("\n")


async def test_other_scopes_pass_through():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    headers = [(b"origin", b"https://evil.example")]
    await OriginMiddleware(app)({"type": "http", "path": "/", "headers": headers}, None, None)
    await OriginMiddleware(app)({"type": "lifespan"}, None, None)
    assert seen == ["http", "lifespan"]


# What has been let in is remembered.

SAME = [("host", "example.com"), ("origin", "https://example.com")]


@pytest.mark.parametrize(
    "headers",
    [
        [("host", "example.com"), ("origin", "https://evil.example")],
        [("host", "evil.example"), ("origin", "https://example.com")],
        [("origin", "https://example.com")],
        [*SAME, ("origin", "https://example.com")],
        [*SAME, ("origin", "https://evil.example")],
    ],
)
async def test_what_was_let_in_says_nothing_of_others(headers):
    app = OriginMiddleware(greet)
    for _ in range(2):
        assert await answer(app, SAME) == LET_IN
        assert await answer(app, headers) == REFUSED


async def test_what_was_refused_is_refused_again():
    app = OriginMiddleware(greet)
    for _ in range(2):
        assert await answer(app, [*SAME[:1], ("origin", "https://evil.example")]) == REFUSED


async def test_it_does_not_remember_more_than_some():
    app = OriginMiddleware(greet, ["*"])
    for number in range(1030):
        app._remember((b"https://%d.example" % number, b"example.com", "ws"))
    assert len(app._known) == 6


@pytest.mark.parametrize(
    "long",
    [(b"https://" + bytes(300), b"h", "ws"), (b"a", bytes(300), None), (b"a", b"h", "a" * 300)],
)
async def test_it_does_not_remember_long_headers(long):
    app = OriginMiddleware(greet, ["*"])
    app._remember(long)
    assert app._known == set()


async def test_what_was_let_in_without_tls_is_looked_at_again_with_it():
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message["type"])

    async def accept(scope, receive, send):
        await WebSocket(scope, receive, send).accept()

    app = OriginMiddleware(accept)
    headers = [(b"host", b"example.com"), (b"origin", b"http://example.com")]
    for scheme in ("ws", "wss", "https", "ws"):
        scope = {"type": "websocket", "path": "/", "headers": headers, "scheme": scheme}
        await app(scope, receive, send)
    accepted, closed = "websocket.accept", "websocket.close"
    assert sent == [accepted, closed, closed, accepted]


async def test_refusal_over_tls_says_so(caplog):
    headers = {
        "host": "inner",
        "x-forwarded-host": "example.com",
        "x-forwarded-proto": "https",
        "origin": "http://example.com",
    }
    app = OriginMiddleware(greet, trusted_proxies=["*"])
    with caplog.at_level(logging.WARNING, "duologue.origins"):
        assert await answer(app, headers) == REFUSED
    [message] = caplog.messages
    assert message == (
        "Denied the handshake for '/ws': the page is from 'http://example.com', but the host "
        "asked for is 'example.com', over TLS. If you know this origin, let it in: "
        "allowed_origins=['http://example.com']."
    )
    assert await answer(app, headers | {"origin": "https://example.com"}) == LET_IN


async def test_a_long_origin_makes_no_long_line_in_the_log(caplog):
    with caplog.at_level(logging.WARNING, "duologue.origins"):
        await answer(OriginMiddleware(greet), {"host": "a" * 5000, "origin": "b" * 5000})
    assert len(caplog.messages[0]) < 1000


# Hosts


async def test_only_hosts_that_are_ours_are_answered_for(caplog):
    app = OriginMiddleware(greet, allowed_hosts=["example.com"])
    rebound = {"host": "evil.example:8000", "origin": "http://evil.example:8000"}
    refused = (403, "This host is not allowed.")
    with caplog.at_level(logging.WARNING, "duologue.origins"):
        for headers in (rebound, {"host": "evil.example"}):
            assert await answer(app, headers) == refused
    assert caplog.messages[0] == (
        "Denied the handshake for '/ws': the host asked for is 'evil.example:8000', which is none "
        "of allowed_hosts. If it is yours, add it: allowed_hosts=['evil.example:8000']."
    )
    assert await answer(app, {"host": "example.com"}) == LET_IN
    assert await answer(app, {"host": "example.com", "origin": "http://example.com"}) == LET_IN
    evil = {"host": "example.com", "origin": "http://evil.example"}
    assert await answer(app, evil) == REFUSED


async def test_behind_a_proxy_the_host_is_the_one_that_the_browser_asked_for():
    app = OriginMiddleware(greet, trusted_proxies=["*"], allowed_hosts=["example.com"])
    assert await answer(app, {"host": "inner", "x-forwarded-host": "example.com"}) == LET_IN


async def test_behind_a_proxy_the_headers_do_not_tell_all():
    app = OriginMiddleware(greet, trusted_proxies=["*"])
    assert await answer(app, [*SAME, ("x-forwarded-host", "example.com")]) == LET_IN
    assert await answer(app, [*SAME, ("x-forwarded-host", "other.example")]) == REFUSED
