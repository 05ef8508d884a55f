import anyio
import pytest
from patience import MOMENT
from recording_server import (
    CLOSE,
    CONNECT,
    DENIAL,
    RecordingServer,
    left,
    make_scope,
    new_websocket,
)

from duologue.responses import FileResponse, PlainTextResponse, StreamingResponse
from duologue.websockets import WebSocket, WebSocketDisconnect, WebSocketState, WebSocketStateError
from duologue.websockets._denial_response import MAX_BYTES
from duologue.websockets._record import RECORD_KEY, Record

# What becomes of a denial whose body comes in parts.


class StreamingServer(RecordingServer):
    """It looks like a server that sends each part of a denial on."""

    async def send(self, message):
        await super().send(message)

    send.__module__ = "hypercorn.protocol.ws_stream"


def new_streaming(*messages):
    server = StreamingServer(*messages)
    return WebSocket(make_scope(**DENIAL), server.receive, server.send), server


def start(*headers):
    return {"type": "websocket.http.response.start", "status": 403, "headers": [*headers]}


def part(body, more_body=True):
    return {"type": "websocket.http.response.body", "body": body, "more_body": more_body}


def saying(*messages):
    async def response(scope, receive, send):
        for message in messages:
            await send(message)

    return response


async def endless():
    while True:
        yield b"x" * 1000


async def silent():
    yield b"x"
    await anyio.sleep_forever()


@pytest.mark.parametrize(
    ("make", "sent"),
    [
        (new_streaming, [start(), part(b"N"), part(b"o"), part(b"!", more_body=False)]),
        (lambda: new_websocket(**DENIAL), [start(), part(b"No!", more_body=False)]),
    ],
    ids=["streams", "takes it as a whole"],
)
async def test_a_body_is_streamed_where_the_server_does_that(make, sent):
    websocket, server = make()
    response = saying(start(), part(b"N"), part(b"o"), part(b"!", more_body=False))
    await websocket.send_denial_response(response)
    assert server.sent == sent
    assert websocket.application_state is WebSocketState.DISCONNECTED


async def test_a_body_in_one_part_is_sent_as_it_is():
    websocket, server = new_streaming()
    await websocket.send_denial_response(PlainTextResponse("No", status_code=403))
    assert server.sent[1:] == [part(b"No", more_body=False)]


async def test_over_another_websocket_nothing_is_streamed():
    outer, server = new_streaming()
    record = Record([(outer, outer.receive, outer.send)])
    websocket = WebSocket({**outer.scope, RECORD_KEY: record}, outer.receive, outer.send)
    await websocket.send_denial_response(saying(start(), part(b"N"), part(b"o", more_body=False)))
    assert server.sent == [start(), part(b"No", more_body=False)]


async def test_an_endless_body_is_not_kept():
    websocket, server = new_websocket(**DENIAL)
    with pytest.raises(ValueError, match=r"has at most 1,048,576 bytes on this server"):
        await websocket.send_denial_response(StreamingResponse(endless(), status_code=403))
    assert server.sent == []
    await websocket.close()
    assert server.sent == [CLOSE]


async def test_a_large_file_is_not_kept(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    websocket, server = new_websocket(**DENIAL)
    with pytest.raises(ValueError, match="at most"):
        await websocket.send_denial_response(FileResponse(path, status_code=403))
    assert server.sent == []


async def test_a_large_file_is_streamed(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    websocket, server = new_streaming()
    await websocket.send_denial_response(FileResponse(path, status_code=403))
    assert sum(len(message["body"]) for message in server.sent[1:]) == MAX_BYTES + 1


@pytest.mark.parametrize("make", [new_streaming, lambda *said: new_websocket(*said, **DENIAL)])
@pytest.mark.parametrize("body", [endless, silent])
async def test_a_response_ends_when_the_client_leaves(make, body):
    websocket, server = make(left(code=1006))
    with anyio.fail_after(MOMENT), pytest.raises(WebSocketDisconnect, match=r"^1006$"):
        await websocket.send_denial_response(StreamingResponse(body(), status_code=403))
    assert websocket.client_state is WebSocketState.DISCONNECTED
    assert part(b"", more_body=False) not in server.sent


async def test_a_response_that_listens_itself_is_told_once_and_then_cancelled():
    received = []

    async def response(scope, receive, send):
        while True:
            received.append(await receive())

    websocket, server = new_websocket(left(code=1001, reason="bye"), **DENIAL)
    with anyio.fail_after(MOMENT), pytest.raises(WebSocketDisconnect, match=r"^1001 bye$"):
        await websocket.send_denial_response(response)
    assert received == [CONNECT, left(code=1001, reason="bye")]
    assert server.sent == []


async def test_who_receives_already_is_not_disturbed():
    websocket, server = new_websocket(**DENIAL)
    await websocket.receive()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(websocket.receive)
        await anyio.wait_all_tasks_blocked()
        response = saying(start(), part(b"N"), part(b"o", more_body=False))
        await websocket.send_denial_response(response)
        assert server.sent == [start(), part(b"No", more_body=False)]
        server.say(left(code=1006))


async def test_a_response_stops_where_another_task_has_heard_of_the_end():
    websocket, server = new_websocket(**DENIAL)
    await websocket.receive()

    async def response(scope, receive, send):
        await send(start())
        server.say(left(code=1001))
        await websocket.receive()
        await send(part(b"N"))

    with pytest.raises(WebSocketDisconnect, match=r"^1001$"):
        await websocket.send_denial_response(response)
    assert server.sent == []


async def test_a_client_that_speaks_out_of_turn_is_heard_no_further():
    websocket, server = new_websocket({"type": "websocket.receive", "text": "hello"}, **DENIAL)

    async def body():
        yield b"N"
        await anyio.wait_all_tasks_blocked()
        yield b"o"

    await websocket.send_denial_response(StreamingResponse(body(), status_code=403))
    assert server.sent[1:] == [part(b"No", more_body=False)]


LENGTH = (b"content-length", b"3")


@pytest.mark.parametrize("make", [new_streaming, lambda: new_websocket(**DENIAL)])
@pytest.mark.parametrize(
    "parts",
    [
        [part(b"No", more_body=False)],
        [part(b"None", more_body=False)],
        [part(b"N"), part(b"o", more_body=False)],
        [part(b"No"), part(b"ne")],
    ],
)
async def test_a_body_is_as_long_as_its_headers_say(make, parts):
    websocket, server = make()
    with pytest.raises(
        ValueError, match=r"^The body of the denial response is not as long .* 3 by"
    ):
        await websocket.send_denial_response(saying(start(LENGTH), *parts))
    assert sum(len(message["body"]) for message in server.sent[1:]) < 3
    await websocket.close()


async def test_a_length_that_is_none_is_left_to_the_server():
    websocket, server = new_websocket(**DENIAL)
    odd = start((b"content-length", b"some"))
    await websocket.send_denial_response(saying(odd, part(b"No", more_body=False)))
    assert server.sent == [odd, part(b"No", more_body=False)]


@pytest.mark.parametrize("again", [start(), part(b"more")])
async def test_what_a_response_sends_after_its_end_is_an_error(again):
    websocket, server = new_websocket(**DENIAL)
    response = saying(start(), part(b"No", more_body=False), again)
    with pytest.raises(RuntimeError, match="where no such message belongs"):
        await websocket.send_denial_response(response)
    assert server.sent == []


async def test_a_response_that_has_been_overtaken_is_not_sent():
    websocket, server = new_websocket(**DENIAL)
    await websocket.receive()

    async def response(scope, receive, send):
        await send(start())
        await send(part(b"No", more_body=False))
        await websocket.accept()

    with pytest.raises(WebSocketStateError, match="already accepted"):
        await websocket.send_denial_response(response)
    assert len(server.sent) == 1
    assert websocket.connected


async def test_before_the_client_has_connected_only_one_may_receive():
    server = RecordingServer()
    server.messages.clear()
    websocket = WebSocket(make_scope(**DENIAL), server.receive, server.send)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(websocket.receive)
        await anyio.wait_all_tasks_blocked()
        for end in (
            lambda: websocket.send_denial_response(PlainTextResponse("No", status_code=403)),
            websocket.close,
        ):
            with pytest.raises(WebSocketStateError, match="already receiving"):
                await end()
        tasks.cancel_scope.cancel()
    assert server.sent == []
