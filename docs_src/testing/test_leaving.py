import pytest

from duologue import Duologue, WebSocketDisconnect, WebSocketRoute
from duologue.testclient import TestClient

seen = []


async def endpoint(websocket):
    await websocket.accept()
    try:
        await websocket.receive_text()
    except WebSocketDisconnect as disconnect:
        seen.append(disconnect.code)
        return
    await websocket.close(4000, "that will do")


app = Duologue(routes=[WebSocketRoute("/ws", endpoint)])


def test_client_closes():
    with TestClient(app) as client, client.websocket_connect("/ws") as session:
        session.close(4001)  # <--
    assert seen.pop() == 4001


def test_connection_is_lost():
    with TestClient(app) as client, client.websocket_connect("/ws") as session:
        session.drop()  # <--
    assert seen.pop() == 1006


def test_server_closes():
    with TestClient(app) as client, client.websocket_connect("/ws") as session:
        session.send_text("hello")
        with pytest.raises(WebSocketDisconnect) as disconnect:  # <--
            session.receive_text()
    assert (disconnect.value.code, disconnect.value.reason) == (4000, "that will do")
