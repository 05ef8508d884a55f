import pytest
from recording_server import new_websocket, open_websocket, said_text

from duologue.websockets import WebSocket
from duologue.websockets._record import RECORD_KEY, Record

# `WebSocket.of`: the conversation that an application around has begun already.


def wrap(function):
    async def wrapped(*arguments):
        return await function(*arguments)

    return wrapped


def record_of(outer):
    """The record of a connection of which a boundary has made this WebSocket."""
    return Record([(outer, outer.receive, outer.send)])


def test_a_servers_own_receive_and_send_make_a_new_one():
    outer, server = new_websocket()
    websocket = WebSocket.of(outer.scope, server.receive, server.send)
    assert type(websocket) is WebSocket
    assert websocket is not outer
    assert websocket.scope is outer.scope


async def test_those_of_a_websocket_give_that_one():
    outer, server = await open_websocket(said_text("hello"))
    child = {**outer.scope, "path_params": {"room": "lobby"}}
    websocket = WebSocket.of(child, outer.receive, outer.send)
    assert websocket is outer
    assert websocket.connected
    assert websocket.path_params == {"room": "lobby"}
    assert await websocket.receive_text() == "hello"
    await websocket.send_text("hi")
    assert server.sent == [{"type": "websocket.send", "text": "hi"}]


def test_what_was_read_from_the_former_scope_is_forgotten():
    outer, _ = new_websocket(
        path="/chat/ws",
        query_string=b"a=1",
        headers=[(b"host", b"example.com"), (b"cookie", b"a=1")],
        state={"a": 1},
    )
    outer.visits = 3
    reads = ["url", "base_url", "headers", "query_params", "cookies", "state"]
    before = [getattr(outer, name) for name in reads]
    assert before[1] == "ws://example.com/"
    child = {
        **outer.scope,
        "root_path": "/chat",
        "query_string": b"a=2",
        "headers": [(b"host", b"example.org"), (b"cookie", b"a=2")],
        "state": {"a": 2},
    }
    websocket = WebSocket.of(child, outer.receive, outer.send)
    assert websocket.url == "ws://example.org/chat/ws?a=2"
    assert websocket.base_url == "ws://example.org/chat/"
    assert websocket.headers["host"] == "example.org"
    assert websocket.query_params["a"] == "2"
    assert websocket.cookies == {"a": "2"}
    assert websocket.state.a == 2
    assert websocket.visits == 3


def test_with_the_same_scope_nothing_is_forgotten():
    outer, _ = new_websocket()
    url = outer.url
    assert WebSocket.of(outer.scope, outer.receive, outer.send).url is url


@pytest.mark.parametrize("wrapped", ["receive", "send"])
async def test_wrapped_ones_make_a_new_one_that_is_made_known(wrapped):
    outer, server = new_websocket(said_text("hello"))
    record = record_of(outer)
    child = {**outer.scope, RECORD_KEY: record}
    receive = wrap(outer.receive) if wrapped == "receive" else outer.receive
    send = wrap(outer.send) if wrapped == "send" else outer.send
    websocket = WebSocket.of(child, receive, send)
    assert websocket is not outer
    assert record.layers == [websocket]
    await websocket.accept()
    assert outer.connected
    assert await websocket.receive_text() == "hello"
    await websocket.close(3000)
    assert outer.close_code == 3000
    assert len(server.sent) == 2


def test_nobody_need_want_to_know():
    outer, _ = new_websocket()
    assert WebSocket.of(outer.scope, wrap(outer.receive), outer.send) is not outer


def test_the_two_must_belong_to_the_same_one():
    one, _ = new_websocket()
    other, _ = new_websocket()
    assert WebSocket.of(one.scope, one.receive, other.send) not in (one, other)


def test_other_methods_of_a_websocket_are_not_its_receive():
    outer, _ = new_websocket()
    assert WebSocket.of(outer.scope, outer.receive_json, outer.send) is not outer


def test_a_subclass_is_only_found_as_what_it_is():
    class Own(WebSocket):
        pass

    outer, server = new_websocket()
    own = Own(outer.scope, server.receive, server.send)
    assert WebSocket.of(own.scope, own.receive, own.send) is own
    assert type(Own.of(outer.scope, outer.receive, outer.send)) is Own


def test_another_type_of_scope_is_an_error():
    _, server = new_websocket()
    with pytest.raises(ValueError, match='needs a scope of type "websocket"'):
        WebSocket.of({"type": "http"}, server.receive, server.send)


async def test_the_same_two_give_the_same_one_whatever_has_wrapped_them():
    outer, server = new_websocket(said_text("hello"))
    scope = {**outer.scope, RECORD_KEY: record_of(outer)}
    receive, send = wrap(outer.receive), wrap(outer.send)
    websocket = WebSocket.of(scope, receive, send)
    await websocket.accept()
    child = {**scope, "path_params": {"room": "lobby"}}
    assert WebSocket.of(child, receive, send) is websocket
    assert WebSocket.of(child, receive, send) is websocket
    assert websocket.connected
    assert websocket.path_params == {"room": "lobby"}
    assert WebSocket.of(child, receive, wrap(outer.send)) is not websocket
    assert len(server.sent) == 1


def test_a_subclass_over_wrapped_ones_is_made_of_its_own():
    class Own(WebSocket):
        pass

    outer, _ = new_websocket()
    scope = {**outer.scope, RECORD_KEY: record_of(outer)}
    receive = wrap(outer.receive)
    assert type(WebSocket.of(scope, receive, outer.send)) is WebSocket
    assert type(Own.of(scope, receive, outer.send)) is Own


async def test_the_one_that_holds_the_conversation_is_not_hidden_by_one_that_has_not_begun():
    outer, _ = new_websocket()
    record = record_of(outer)
    assert record.held(outer) is outer
    scope = {**outer.scope, RECORD_KEY: record}
    held = WebSocket.of(scope, wrap(outer.receive), outer.send)
    assert record.held(outer) is held
    await held.accept()
    later = WebSocket.of(scope, wrap(held.receive), held.send)
    assert record.held(outer) is held
    assert record.layers == [later, held]
    await held.close()
    assert record.held(outer) is held
    record.clear()
    assert record.held(outer) is outer
