import importlib

import pytest

from duologue.authorization import accept_with_token, subprotocol_token
from duologue.connection import Connection
from duologue.exceptions import HTTPException
from duologue.testclient import AsyncTestClient, WebSocketDenialResponse
from duologue.websockets import WebSocket


@pytest.mark.parametrize(
    ("offered", "scheme", "token"),
    [
        (["bearer", "secret"], "bearer", "secret"),
        (["Bearer", "secret"], "bearer", "secret"),
        (["chat.v2", "bearer", "secret"], "bearer", "secret"),
        (["Authorization", "secret"], "Authorization", "secret"),
        (["bearer"], "bearer", None),
        (["secret", "bearer"], "bearer", None),
        ([], "bearer", None),
    ],
)
def test_token_stands_behind_the_name_of_its_scheme(offered, scheme, token):
    connection = Connection({"type": "websocket", "path": "/", "subprotocols": offered})
    assert subprotocol_token(connection, scheme) == token


def greeting(verify):
    async def app(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        user = await accept_with_token(websocket, verify)
        await websocket.send_text(f"Hello, {user}")
        await websocket.close()

    return app


USERS = {"secret": "ada"}


async def find_user(token):
    return USERS.get(token)


@pytest.mark.parametrize("verify", [USERS.get, find_user])
async def test_valid_token_is_accepted_under_its_scheme(verify):
    async with (
        AsyncTestClient(greeting(verify)) as client,
        client.websocket_connect("/", subprotocols=["Bearer", "secret"]) as session,
    ):
        assert session.accepted_subprotocol == "Bearer"
        assert await session.receive_text() == "Hello, ada"


@pytest.mark.parametrize("offered", [["bearer", "wrong"], ["bearer"], []])
@pytest.mark.parametrize("verify", [USERS.get, find_user, lambda token: token == "secret"])
async def test_no_valid_token_is_a_401(offered, verify):
    async def receive():
        raise AssertionError("nothing is received")

    scope = {"type": "websocket", "path": "/", "headers": [], "subprotocols": offered}
    websocket = WebSocket(scope, receive, receive)
    with pytest.raises(HTTPException) as caught:
        await accept_with_token(websocket, verify)
    assert caught.value.status_code == 401
    assert caught.value.headers == {"www-authenticate": "Bearer"}


@pytest.mark.parametrize(
    ("name", "handshake"),
    [
        ("authentication.subprotocol", {"subprotocols": ["bearer", "s\xe9cret"]}),
        ("authentication.by_hand", {"subprotocols": ["Authorization", "s\xe9cret"]}),
        ("authentication.header", {"headers": [("authorization", "Bearer s\xe9cret")]}),
        ("authentication.cookie", {"cookies": {"session": "s\xe9cret"}}),
        ("authentication.query", {"params": {"ticket": "s\xe9cret"}}),
        ("reference.require_token", {"subprotocols": ["bearer", "s\xe9cret"]}),
    ],
)
async def test_the_programs_deny_a_token_that_is_not_ascii(name, handshake):
    app = importlib.import_module(f"docs_src.{name}").app
    async with AsyncTestClient(app) as client:
        with pytest.raises(WebSocketDenialResponse) as denied:
            async with client.websocket_connect("/ws", **handshake):
                pass
    assert denied.value.status_code == 401
