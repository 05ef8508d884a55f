import pytest

from duologue import Duologue, WebSocketEndpoint, WebSocketRoute
from duologue.responses import JSONResponse
from duologue.testclient import TestClient, WebSocketDenialResponse


class Mirror(WebSocketEndpoint):
    async def on_connect(self, websocket):
        if "token" in websocket.query_params:
            await websocket.accept(headers={"x-mirror": "flat"})
        else:
            response = JSONResponse({"error": "no token"}, status_code=401)
            await websocket.send_denial_response(response)

    async def on_receive(self, websocket, data):
        if isinstance(data, str):
            await websocket.send_text(data)
        else:
            await websocket.send_bytes(data)


app = Duologue(routes=[WebSocketRoute("/mirror", Mirror)])


def test_kinds():
    with TestClient(app) as client, client.websocket_connect("/mirror?token=1") as session:
        assert session.extra_headers == [(b"x-mirror", b"flat")]  # <--
        session.send_bytes(b"*")  # <--
        assert session.receive_bytes() == b"*"  # <--
        session.send_json([1, 2])  # <--
        assert session.receive_json() == [1, 2]  # <--
        session.send({"type": "websocket.receive", "text": "raw"})  # <--
        assert session.receive() == {"type": "websocket.send", "text": "raw"}  # <--


def test_denial():
    with (
        TestClient(app) as client,
        pytest.raises(WebSocketDenialResponse) as denial,
        client.websocket_connect("/mirror"),
    ):
        pass
    assert denial.value.json() == {"error": "no token"}  # <--
