import pytest
from main import app

from duologue import WebSocketDisconnect
from duologue.testclient import TestClient

ADA = ["bearer", "ada-token"]
SAM = ["bearer", "sam-token"]


@pytest.fixture
def client():
    with TestClient(app) as client:
        yield client


def test_who_comes_again_gets_what_was_missed(client):
    with client.websocket_connect("/tickets/1", subprotocols=ADA) as ada:
        offset = ada.receive_json()["offset"]
    with client.websocket_connect("/tickets/1", subprotocols=SAM) as sam:
        sam.receive_json()
        sam.send_json({"text": "A new lamp is on its way."})
    with client.websocket_connect(f"/tickets/1?after={offset}", subprotocols=ADA) as ada:
        assert [ada.receive_json()["data"] for _ in range(5)] == [
            {"left": "Ada"},
            {"joined": "Sam"},
            {"from": "Sam", "text": "A new lamp is on its way."},
            {"left": "Sam"},
            {"joined": "Ada"},
        ]


def test_a_long_message_closes_the_connection(client):
    with client.websocket_connect("/tickets/2", subprotocols=ADA) as ada:
        ada.receive_json()
        ada.send_json({"text": "lamp " * 1000})
        with pytest.raises(WebSocketDisconnect) as closed:
            ada.receive_json()
    assert closed.value.code == 1009
