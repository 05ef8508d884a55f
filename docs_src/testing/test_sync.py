import pytest

from duologue import Duologue, HTTPException, WebSocketRoute
from duologue.testclient import TestClient, WebSocketDenialResponse


async def echo(websocket):
    if "ticket" not in websocket.query_params:
        raise HTTPException(401, "No ticket")
    await websocket.accept(subprotocol="echo.v1")
    async for text in websocket.iter_text():
        await websocket.send_text(text)


app = Duologue(routes=[WebSocketRoute("/ws", echo)])


def test_echo():
    with (
        TestClient(app) as client,  # <--
        client.websocket_connect("/ws?ticket=1", subprotocols=["echo.v1"]) as session,  # <--
    ):
        assert session.accepted_subprotocol == "echo.v1"
        session.send_text("hello")
        assert session.receive_text() == "hello"


def test_without_a_ticket():
    with (
        TestClient(app) as client,
        pytest.raises(WebSocketDenialResponse) as denial,  # <--
        client.websocket_connect("/ws"),
    ):
        pass
    assert denial.value.status_code == 401
    assert denial.value.text == "No ticket"
