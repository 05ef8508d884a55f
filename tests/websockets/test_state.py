import pytest

from duologue.websockets import WebSocket, WebSocketState
from duologue.websockets._channel import Channel
from duologue.websockets.state import OPEN

CONNECT = {"type": "websocket.connect"}
ACCEPT = {"type": "websocket.accept"}
TEXT = {"type": "websocket.send", "text": "hello"}
CLOSE = {"type": "websocket.close"}
START = {"type": "websocket.http.response.start", "status": 403}
PART = {"type": "websocket.http.response.body", "body": b"No", "more_body": True}
END = {"type": "websocket.http.response.body"}


def begin(*messages):
    """Begin a conversation that has come as far as these messages bring it."""
    scope = {
        "type": "websocket",
        "path": "/",
        "headers": [],
        "extensions": {"websocket.http.response": {}},
    }
    channel = Channel(scope, None, None, inner=False)
    for message in messages:
        if message["type"] in {"websocket.connect", "websocket.receive", "websocket.disconnect"}:
            channel.follow(message)
        else:
            channel.advance(message)
            channel.phase = channel.phase.then  # the message is out
    return channel


@pytest.mark.parametrize("kind", ["http", "lifespan", None])
def test_a_websocket_needs_a_scope_of_a_websocket(kind):
    scope = {"type": kind, "path": "/", "headers": []} if kind else {}
    with pytest.raises(ValueError) as raised:
        WebSocket(scope)
    assert str(raised.value) == (
        f'A WebSocket needs a scope of type "websocket", not {kind!r}. '
        'Look at scope["type"] before you make one.'
    )


def test_the_states_have_the_numbers_that_the_field_knows():
    assert [(state.name, state.value) for state in WebSocketState] == [
        ("CONNECTING", 0),
        ("CONNECTED", 1),
        ("DISCONNECTED", 2),
        ("RESPONSE", 3),
    ]


LEFT = {"type": "websocket.disconnect", "code": 1001, "reason": "bye"}


@pytest.mark.parametrize(
    ("messages", "client", "application", "connected", "end"),
    [
        ([], "CONNECTING", "CONNECTING", False, (None, None)),
        ([CONNECT], "CONNECTED", "CONNECTING", False, (None, None)),
        ([LEFT], "DISCONNECTED", "DISCONNECTED", False, (1001, "bye")),
        ([CONNECT, LEFT], "DISCONNECTED", "DISCONNECTED", False, (1001, "bye")),
        ([CONNECT, CLOSE], "CONNECTED", "DISCONNECTED", False, (None, None)),
        ([CONNECT, START], "CONNECTED", "RESPONSE", False, (None, None)),
        ([CONNECT, START, PART], "CONNECTED", "RESPONSE", False, (None, None)),
        ([CONNECT, START, PART, END], "CONNECTED", "DISCONNECTED", False, (None, None)),
        ([CONNECT, START, LEFT], "DISCONNECTED", "DISCONNECTED", False, (1001, "bye")),
        ([CONNECT, START, END, LEFT], "CONNECTED", "DISCONNECTED", False, (None, None)),
        ([CONNECT, ACCEPT], "CONNECTED", "CONNECTED", True, (None, None)),
        ([CONNECT, ACCEPT, TEXT], "CONNECTED", "CONNECTED", True, (None, None)),
        ([CONNECT, ACCEPT, CLOSE], "CONNECTED", "DISCONNECTED", False, (1000, "")),
        ([CONNECT, ACCEPT, LEFT], "DISCONNECTED", "DISCONNECTED", False, (1001, "bye")),
        ([CONNECT, ACCEPT, CLOSE, LEFT], "CONNECTED", "DISCONNECTED", False, (1000, "")),
    ],
    ids=lambda value: (
        "-".join(message["type"].rpartition(".")[2] for message in value) or "nothing"
        if isinstance(value, list)
        else ""
    ),
)
def test_each_message_brings_the_conversation_further(
    messages, client, application, connected, end
):
    channel = begin(*messages)
    assert channel.phase.client is WebSocketState[client]
    assert channel.phase.application is WebSocketState[application]
    assert (channel.phase is OPEN) is connected
    assert (channel.close_code, channel.close_reason) == end


def test_a_message_that_is_not_allowed_changes_nothing():
    channel = begin(CONNECT)
    with pytest.raises(ValueError, match="did not offer"):
        channel.advance({"type": "websocket.accept", "subprotocol": "chat"})
    assert channel.phase.application is WebSocketState.CONNECTING
    channel = begin(CONNECT, ACCEPT)
    with pytest.raises(ValueError, match="is not a close code"):
        channel.advance({"type": "websocket.close", "code": 1005})
    assert channel.phase is OPEN
    channel = begin(CONNECT)
    with pytest.raises(ValueError, match="one cookie only"):
        channel.advance({**START, "headers": [(b"set-cookie", b"a"), (b"set-cookie", b"b")]})
    assert channel.phase.application is WebSocketState.CONNECTING
    channel = begin(CONNECT, START)
    with pytest.raises(TypeError, match="is bytes, not str"):
        channel.advance({**END, "body": "No"})
    assert channel.phase.application is WebSocketState.RESPONSE


def test_a_message_is_not_changed_where_it_belongs_to_the_application():
    start, body = dict(START), dict(END)
    channel = begin(CONNECT)
    assert channel.advance(start) == {**START, "headers": []}
    channel.phase = channel.phase.then
    assert channel.advance(body) == {**END, "body": b"", "more_body": False}
    assert (start, body) == (START, END)
