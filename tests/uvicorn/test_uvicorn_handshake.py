"""The opening handshake, from uvicorn's request to the answer."""

import asyncio
import base64
import hashlib
import logging

import pytest
from peer import HEADERS, KEY, Peer, text
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol


async def accept(scope, receive, send):
    assert await receive() == {"type": "websocket.connect"}
    await send({"type": "websocket.accept"})
    await receive()


def accepting(**message):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept", **message})
        await receive()

    return app


def denying(*parts, status=401, headers=()):
    """Answer with a response whose body has these parts."""

    async def app(scope, receive, send):
        await receive()
        start = {"type": "websocket.http.response.start", "status": status, "headers": headers}
        await send(start)
        for part in parts[:-1]:
            message = {"type": "websocket.http.response.body", "body": part, "more_body": True}
            await send(message)
        await send({"type": "websocket.http.response.body", "body": parts[-1]})
        assert await receive() == {"type": "websocket.disconnect", "code": 1006, "reason": ""}

    return app


async def test_the_answer_proves_that_the_request_was_understood(connect):
    peer = await connect(accept)
    status, headers, rest = peer.response()
    guid = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    proof = base64.b64encode(hashlib.sha1(KEY + guid).digest()).decode()
    assert status == 101
    assert headers == [
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("sec-websocket-accept", proof),
        ("server", "uvicorn"),
    ]
    assert rest == b""


async def test_the_scope_says_what_is_known(connect):
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope)

    offers = [(b"Sec-WebSocket-Protocol", b"a, b"), (b"sec-websocket-protocol", b" c ")]
    await connect(app, headers=offers, root_path="/api")
    await connect(app, tls=True)
    [scope, other] = scopes
    assert scope["headers"] == [
        *HEADERS,
        (b"sec-websocket-protocol", b"a, b"),
        (b"sec-websocket-protocol", b"c"),
    ]
    assert {key: value for key, value in scope.items() if key != "headers"} == {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "server": ("192.0.2.2", 8000),
        "client": ("192.0.2.1", 50000),
        "root_path": "/api",
        "path": "/api/café",
        "raw_path": b"/api/caf%C3%A9",
        "query_string": b"q=1",
        "subprotocols": ["a", "b", "c"],
        "state": {"seen": "the lifespan"},
        "extensions": {"websocket.http.response": {}},
    }
    assert (other["scheme"], other["path"], other["subprotocols"]) == ("wss", "/café", [])


async def test_the_application_chooses_a_subprotocol_and_adds_headers(connect):
    headers = [(b"Set-Cookie", b"a=1"), (b"set-cookie", b"b=2 ")]
    app = accepting(subprotocol="chat", headers=headers)
    peer = await connect(app, headers=[(b"sec-websocket-protocol", b"chat")])
    _, answered, _ = peer.response()
    assert ("sec-websocket-protocol", "chat") in answered
    assert [value for name, value in answered if name == "set-cookie"] == ["a=1", "b=2"]


@pytest.mark.parametrize(
    "message",
    [{"subprotocol": "not-offered"}, {"headers": [(b"x", b"a\r\nb: c")]}, {"headers": [(1, 2)]}],
)
async def test_what_breaks_the_handshake_is_an_error_of_the_application(connect, caplog, message):
    peer = await connect(accepting(**message))
    assert peer.response()[0] == 500
    assert "Exception in ASGI application" in caplog.text


COMPRESSION = (b"sec-websocket-extensions", b"permessage-deflate; client_max_window_bits")


@pytest.mark.parametrize(("setting", "agrees"), [(True, True), (False, False)])
async def test_compression_is_agreed_upon(connect, setting, agrees):
    peer = await connect(accept, headers=[COMPRESSION], ws_per_message_deflate=setting)
    assert ("sec-websocket-extensions" in dict(peer.response()[1])) is agrees


def request(method=b"GET", **changes):
    headers = dict(HEADERS) | {
        name.replace("_", "-").encode(): value for name, value in changes.items()
    }
    lines = b"".join(b"%b: %b\r\n" % pair for pair in headers.items() if pair[1] is not None)
    return method + b" / HTTP/1.1\r\n" + lines + b"\r\n"


@pytest.mark.parametrize(
    ("asked", "status", "header"),
    [
        (request(b"POST"), 405, ("allow", "GET")),
        (request(sec_websocket_version=b"8"), 426, ("sec-websocket-version", "13")),
        (request(sec_websocket_key=None), 400, None),
        (request(sec_websocket_key=b"c2hvcnQ="), 400, None),
        (request(sec_websocket_key=b"???"), 400, None),
        (request(host=None), 400, None),
    ],
)
async def test_a_request_that_breaks_a_rule_does_not_reach_the_application(
    connect, caplog, asked, status, header
):
    caplog.set_level(logging.INFO)
    peer = await connect(accept, request=asked)
    answered, headers, body = peer.response()
    assert answered == status
    assert header is None or header in headers
    assert dict(headers)["content-length"] == str(len(body))
    assert peer.transport.done == ["close"]
    assert caplog.messages == [f'192.0.2.1:50000 - "WebSocket /" {status}']


async def test_a_close_denies(connect, caplog):
    caplog.set_level(logging.INFO)

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.close"})
        assert (await receive())["code"] == 1006

    peer = await connect(app)
    status, headers, body = peer.response()
    assert (status, dict(headers)["content-length"], body) == (403, "0", b"")
    assert caplog.messages == ['192.0.2.1:50000 - "WebSocket /caf%C3%A9?q=1" 403']


async def test_a_denial_has_the_headers_of_the_application(connect, caplog):
    headers = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"server", b"mine")]
    peer = await connect(denying(b"no", headers=headers))
    assert peer.response() == (
        401,
        [
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
            ("server", "mine"),
            ("connection", "close"),
            ("content-length", "2"),
        ],
        b"no",
    )
    assert peer.transport.done == ["close"]
    assert caplog.records == []  # nothing has gone wrong


@pytest.mark.parametrize(
    ("options", "expected", "rest"),
    [
        ({}, ("transfer-encoding", "chunked"), b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"),
        ({"headers": [(b"content-length", b"3")]}, ("content-length", "3"), b"abc"),
        ({"headers": [(b"connection", b"close")], "status": 304}, ("connection", "close"), b""),
    ],
)
async def test_a_denial_is_streamed(connect, options, expected, rest):
    peer = await connect(denying(b"a", b"", b"bc", b"", **options))
    status, headers, body = peer.response()
    assert expected in headers
    assert body == rest
    assert status == options.get("status", 401)


async def test_a_status_that_has_no_name_can_be_sent(connect):
    peer = await connect(denying(b"", status=599))
    assert bytes(peer.transport.written).startswith(b"HTTP/1.1 599 \r\n")


@pytest.mark.parametrize("wrong", [{"status": 101}, {"headers": [(b"x", b"\n")]}])
async def test_a_denial_that_http_cannot_carry_is_an_error(connect, caplog, wrong):
    peer = await connect(denying(b"", **wrong))
    assert peer.response()[0] == 500
    assert "Exception in ASGI application" in caplog.text


async def test_a_denial_that_is_not_finished_does_not_look_whole(connect, caplog):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"a", "more_body": True})

    peer = await connect(app)
    assert peer.transport.done == ["abort"]
    assert "without completing handshake" in caplog.text


async def test_the_application_does_not_answer(connect, caplog):
    async def app(scope, receive, send):
        pass

    peer = await connect(app)
    assert peer.response()[0] == 500
    assert caplog.messages == ["ASGI callable returned without completing handshake."]


@pytest.mark.parametrize(("size", "reading"), [(100, True), (10_000, False)])
async def test_what_comes_before_the_acceptance_is_read_after_it(connect, size, reading):
    heard, go = [], asyncio.Event()

    async def app(scope, receive, send):
        await go.wait()
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            heard.append(message["text"])

    peer = await connect(app)
    await peer.bring(*[text("x" * size)] * 4)
    assert peer.transport.reading is reading
    go.set()
    await peer.settle()
    assert heard == ["x" * size] * 4
    assert peer.transport.reading


async def test_a_client_that_leaves_before_the_acceptance(connect, caplog):
    outcomes = []

    async def app(scope, receive, send):
        await receive()
        outcomes.append(await receive())
        try:
            await send({"type": "websocket.accept"})
        except OSError as error:
            outcomes.append(type(error).__name__)
            raise

    peer = await connect(app)
    await peer.leave()
    assert outcomes == [
        {"type": "websocket.disconnect", "code": 1006, "reason": ""},
        "ClientDisconnected",
    ]
    assert peer.transport.written == b""
    assert caplog.records == []


BEHIND_A_PROXY = {
    "headers": [(b"x-forwarded-for", b"198.51.100.7"), (b"x-forwarded-proto", b"https")],
    "forwarded_allow_ips": "192.0.2.1",
}


async def test_behind_a_proxy_the_scope_is_about_the_client(connect):
    scopes = []

    async def app(scope, receive, send):
        scopes.append((scope["client"][0], scope["scheme"]))

    await connect(app, **BEHIND_A_PROXY)
    await connect(app, **BEHIND_A_PROXY | {"forwarded_allow_ips": "192.0.2.9"})
    assert scopes == [("198.51.100.7", "wss"), ("192.0.2.1", "ws")]


@pytest.mark.parametrize("kind", [WebSocketsSansIOProtocol, WSProtocol])
@pytest.mark.parametrize(
    ("answers", "options"),
    [
        (["websocket.accept"], {"root_path": "/api"}),
        (["websocket.accept"], {"request": request()}),
        (["websocket.accept"], BEHIND_A_PROXY),
        (["websocket.close"], {}),
        (["websocket.http.response.start", "websocket.http.response.body"], {}),
    ],
)
async def test_the_log_has_the_lines_of_uvicorns_own(caplog, kind, answers, options):
    async def app(scope, receive, send):
        await receive()
        for answer in answers:
            await send({"type": answer, "status": 401, "headers": [], "body": b""})
        await receive()

    async def lines(**kind):
        caplog.clear()
        peer = Peer(app, **kind, **options)
        await peer.settle()
        found = [(each.name, each.levelname, each.getMessage()) for each in caplog.records]
        await peer.leave()
        # They have others, of the libraries that they are made of.
        return [line for line in found if '"WebSocket ' in line[-1]]

    caplog.set_level(logging.INFO)
    ours = await lines()
    assert ours == await lines(kind=kind)
    assert len(ours) == 1
