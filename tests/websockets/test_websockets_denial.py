import pytest
from recording_server import (
    CLOSE,
    DENIAL,
    ENDED,
    RECEIVERS,
    SENDERS,
    check_gone,
    left,
    new_websocket,
    open_websocket,
)

from duologue.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from duologue.websockets import WebSocket, WebSocketDisconnect, WebSocketState, WebSocketStateError

# Denial responses (S18, S19).


def denial(*parts, status=200, headers=()):
    """The messages of a denial response, sent in one piece."""
    return [
        {"type": "websocket.http.response.start", "status": status, "headers": list(headers)},
        {"type": "websocket.http.response.body", "body": b"".join(parts), "more_body": False},
    ]


async def test_a_plain_denial_response():
    websocket, server = new_websocket(**DENIAL)
    response = PlainTextResponse("No entry", status_code=401, headers={"x-flavour": "salt"})
    await websocket.send_denial_response(response)
    headers = [
        (b"x-flavour", b"salt"),
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"8"),
    ]
    assert server.sent == denial(b"No entry", status=401, headers=headers)
    assert not server.messages  # the connect message was taken first
    assert websocket.application_state is WebSocketState.DISCONNECTED
    assert (websocket.close_code, websocket.close_reason) == (None, None)


async def parts_that_come():
    yield "No "
    yield b"entry"


@pytest.mark.parametrize("parts", [lambda: ["No ", b"entry"], parts_that_come])
async def test_a_streamed_denial_response_is_sent_in_one_piece(parts):
    websocket, server = new_websocket(**DENIAL)
    await websocket.send_denial_response(StreamingResponse(parts(), status_code=403))
    assert server.sent == denial(b"No entry", status=403)


async def test_a_file_as_denial_response(tmp_path):
    path = tmp_path / "no.html"
    path.write_bytes(b"<p>No</p>" * 10_000)
    websocket, server = new_websocket(**DENIAL)
    await websocket.send_denial_response(FileResponse(path, status_code=404))
    assert server.sent[0]["status"] == 404
    assert dict(server.sent[0]["headers"])[b"content-type"] == b"text/html; charset=utf-8"
    assert server.sent[1:] == denial(b"<p>No</p>" * 10_000)[1:]


async def test_any_asgi_application_can_be_the_denial_response():
    async def response(scope, receive, send):
        await send({"type": "websocket.http.response.start", "status": 401})
        await send({"type": "websocket.http.response.body", "body": b"No ", "more_body": True})
        await send({"type": "websocket.http.response.body", "body": None, "more_body": True})
        await send({"type": "websocket.http.response.body", "body": b"entry"})

    websocket, server = new_websocket(**DENIAL)
    await websocket.send_denial_response(response)
    assert server.sent == denial(b"No entry", status=401)


async def test_headers_that_stand_twice_in_a_denial_response_are_joined():
    websocket, server = new_websocket(**DENIAL)
    response = Response(status_code=401)
    response.headers.append("www-authenticate", "Basic")
    response.headers.append("www-authenticate", "Bearer")
    response.set_cookie("a", "1")
    await websocket.send_denial_response(response)
    assert server.sent[0]["headers"] == [
        (b"content-length", b"0"),
        (b"www-authenticate", b"Basic, Bearer"),
        (b"set-cookie", b"a=1; Path=/; SameSite=lax"),
    ]


async def test_two_cookies_in_a_denial_response_are_refused():
    websocket, server = new_websocket(**DENIAL)
    response = Response(status_code=401)
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    with pytest.raises(ValueError, match=r"^A denial response can set one cookie only"):
        await websocket.send_denial_response(response)
    assert server.sent == []
    await websocket.close()
    assert server.sent == [CLOSE]


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"type": "websocket.http.response.start", "status": 401, "headers": []}],
        [
            {"type": "websocket.http.response.start", "status": 401, "headers": []},
            {"type": "websocket.http.response.body", "body": b"No", "more_body": True},
        ],
    ],
    ids=["nothing", "no body", "no end"],
)
async def test_a_denial_response_that_is_not_complete(messages):
    async def response(scope, receive, send):
        for message in messages:
            await send(message)

    websocket, server = new_websocket(**DENIAL)
    with pytest.raises(RuntimeError) as raised:
        await websocket.send_denial_response(response)
    assert str(raised.value) == ("The denial response is not complete: it sent no end of its body.")
    assert server.sent == []
    await websocket.close()
    assert server.sent == [CLOSE]


async def test_a_denial_response_that_fails_leaves_close_possible():
    async def response(scope, receive, send):
        await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
        raise LookupError("no words")

    websocket, server = new_websocket(**DENIAL)
    with pytest.raises(LookupError, match="no words"):
        await websocket.send_denial_response(response)
    assert server.sent == []
    await websocket.close()
    assert server.sent == [CLOSE]


async def test_a_denial_response_that_only_speaks_http():
    async def response(scope, receive, send):
        await send({"type": "http.response.start", "status": 401, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    websocket, server = new_websocket(**DENIAL)
    with pytest.raises(WebSocketStateError, match=r"but got 'http.response.start'$"):
        await websocket.send_denial_response(response)
    assert server.sent == []


async def test_a_denial_response_whose_body_is_no_bytes():
    async def response(scope, receive, send):
        await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
        await send({"type": "websocket.http.response.body", "body": "No"})

    websocket, server = new_websocket(**DENIAL)
    with pytest.raises(TypeError):
        await websocket.send_denial_response(response)
    assert server.sent == []


async def test_a_denial_response_can_see_that_the_client_has_gone():
    async def response(scope, receive, send):
        assert (await receive())["type"] == "websocket.connect"
        assert (await receive())["type"] == "websocket.disconnect"
        await Response()(scope, receive, send)

    websocket, server = new_websocket(left(code=1001), **DENIAL)
    with pytest.raises(WebSocketDisconnect, match=r"^1001$"):
        await websocket.send_denial_response(response)
    assert server.sent == []


@pytest.mark.parametrize("extensions", [{}, {"extensions": {}}, {"extensions": None}])
async def test_a_denial_response_needs_the_extension(extensions):
    websocket, server = new_websocket(**extensions)
    message = (
        "^The server doesn't support the Websocket Denial Response extension. "
        r"Call close\(\) instead: the server answers with a plain 403.$"
    )
    with pytest.raises(RuntimeError, match=message):
        await websocket.send_denial_response(Response())
    with pytest.raises(RuntimeError, match=message):
        await websocket.send({"type": "websocket.http.response.start", "status": 403})
    assert server.sent == []
    await websocket.close()
    assert server.sent == [CLOSE]


async def test_a_denial_response_after_accepting_is_an_error():
    websocket, server = await open_websocket(**DENIAL)
    with pytest.raises(WebSocketStateError, match=r"already accepted. To end it, call close\(\).$"):
        await websocket.send_denial_response(Response())
    assert server.sent == []


async def test_a_denial_response_after_the_end_is_an_error():
    websocket, server = new_websocket(**DENIAL)
    await websocket.close()
    with pytest.raises(WebSocketStateError) as raised:
        await websocket.send_denial_response(Response())
    assert str(raised.value) == ENDED
    assert server.sent == [CLOSE]


@pytest.mark.parametrize("use", [*SENDERS, *RECEIVERS, WebSocket.receive, WebSocket.accept])
async def test_after_a_denial_response_nothing_can_be_done_but_close(use):
    websocket, server = new_websocket(**DENIAL)
    await websocket.send_denial_response(Response())
    sent = list(server.sent)
    with pytest.raises(WebSocketStateError) as raised:
        await use(websocket)
    assert str(raised.value) == ENDED
    await websocket.close()
    assert server.sent == sent


async def test_a_raw_denial_response_can_be_streamed():
    websocket, server = new_websocket(**DENIAL)
    await websocket.send({"type": "websocket.http.response.start", "status": 403})
    assert websocket.application_state is WebSocketState.RESPONSE
    await websocket.send({"type": "websocket.http.response.body", "body": b"No", "more_body": True})
    await websocket.send({"type": "websocket.http.response.body", "body": None, "more_body": None})
    assert websocket.application_state is WebSocketState.DISCONNECTED
    assert server.sent == [
        {"type": "websocket.http.response.start", "status": 403, "headers": []},
        {"type": "websocket.http.response.body", "body": b"No", "more_body": True},
        {"type": "websocket.http.response.body", "body": b"", "more_body": False},
    ]


async def test_a_raw_body_of_a_denial_is_bytes():
    websocket, server = new_websocket(**DENIAL)
    await websocket.send({"type": "websocket.http.response.start", "status": 403})
    with pytest.raises(TypeError, match=r"^The body of a response is bytes, not str: encode it.$"):
        await websocket.send({"type": "websocket.http.response.body", "body": "No"})
    assert len(server.sent) == 1


async def test_nothing_but_a_body_can_follow_the_start_of_a_denial():
    websocket, server = new_websocket(**DENIAL)
    await websocket.send({"type": "websocket.http.response.start", "status": 403})
    with pytest.raises(WebSocketStateError) as raised:
        await websocket.accept()
    assert str(raised.value) == (
        "Expected ASGI message \"websocket.http.response.body\", but got 'websocket.accept': "
        "a denial response is under way. To finish it, call close()."
    )
    for use in (websocket.receive, websocket.receive_text, lambda: websocket.send_text("x")):
        with pytest.raises(WebSocketStateError) as raised:
            await use()
        assert str(raised.value) == ENDED
    with pytest.raises(WebSocketStateError) as raised:
        await anext(websocket.iter_text())
    assert str(raised.value) == ENDED
    await websocket.close()
    assert server.sent == denial(b"", status=403)
    assert websocket.application_state is WebSocketState.DISCONNECTED


async def test_the_connection_is_lost_while_it_is_denied():
    websocket, server = new_websocket(**DENIAL)
    await websocket.send({"type": "websocket.http.response.start", "status": 403})
    server.error = OSError("gone")
    with pytest.raises(WebSocketDisconnect, match=r"^1006$"):
        await websocket.send({"type": "websocket.http.response.body"})
    await check_gone(websocket, 1006, "")


async def test_a_denial_response_that_is_none_is_an_error():
    websocket, server = new_websocket(**DENIAL)
    with pytest.raises(TypeError) as raised:
        await websocket.send_denial_response("no")
    assert str(raised.value) == (
        "A denial response is a Response or another ASGI application, not str; "
        "for a text, PlainTextResponse(...)."
    )
    await websocket.close()
    assert server.sent == [CLOSE]
