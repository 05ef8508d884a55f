import pytest
from recording_server import CLOSE, DENIAL, left, new_websocket, open_websocket

from duologue.responses import PlainTextResponse, Response
from duologue.websockets import WebSocketState, WebSocketStateError
from duologue.websockets.denial import deny

NO_ENTRY = PlainTextResponse("No entry", status_code=401)


async def test_a_server_that_can_answers_with_the_response():
    websocket, server = new_websocket(**DENIAL)
    await deny(websocket, NO_ENTRY)
    start, body = server.sent
    assert start["type"] == "websocket.http.response.start"
    assert start["status"] == 401
    assert body["body"] == b"No entry"
    assert websocket.application_state is WebSocketState.DISCONNECTED


async def test_another_server_answers_with_its_plain_403():
    websocket, server = new_websocket()
    await deny(websocket, NO_ENTRY)
    assert server.sent == [CLOSE]


@pytest.mark.parametrize("extensions", [DENIAL, {}])
async def test_a_client_that_leaves_meanwhile_is_no_error(extensions):
    websocket, server = new_websocket(**extensions)
    server.messages.clear()
    server.say(left(code=1006))
    await deny(websocket, NO_ENTRY)
    assert server.sent == []
    assert websocket.close_code == 1006


async def test_a_client_that_has_left_is_no_error():
    websocket, server = new_websocket(left(code=1006), **DENIAL)
    await websocket.receive()
    await websocket.receive()
    await deny(websocket, NO_ENTRY)
    assert server.sent == []


@pytest.mark.parametrize("extensions", [DENIAL, {}])
async def test_only_a_handshake_can_be_refused(extensions):
    websocket, server = await open_websocket(**extensions)
    with pytest.raises(WebSocketStateError) as raised:
        await deny(websocket, NO_ENTRY)
    assert str(raised.value) == (
        "Only a handshake that has no answer yet can be denied, and this connection is already "
        "accepted, closed or denied. To end it, call close()."
    )
    assert server.sent == []


@pytest.mark.parametrize("extensions", [DENIAL, {}])
async def test_a_handshake_is_refused_once(extensions):
    websocket, _ = new_websocket(**extensions)
    await deny(websocket, NO_ENTRY)
    with pytest.raises(WebSocketStateError):
        await deny(websocket, NO_ENTRY)


async def test_a_response_that_cannot_be_sent_says_why():
    websocket, server = new_websocket(**DENIAL)
    response = Response(status_code=403)
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    with pytest.raises(ValueError, match="one cookie only"):
        await deny(websocket, response)
    assert server.sent == []
