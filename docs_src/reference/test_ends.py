import pytest

from duologue import Duologue, WebSocketEndpoint, WebSocketRoute
from duologue.testclient import AsyncTestClient

ends = []


class Mirror(WebSocketEndpoint):
    async def on_receive(self, websocket, data):
        if isinstance(data, str):
            await websocket.send_text(data)
        else:
            await websocket.send_bytes(data)

    async def on_disconnect(self, websocket, close_code):
        ends.append(close_code)


app = Duologue(routes=[WebSocketRoute("/mirror", Mirror)])


@pytest.mark.anyio
async def test_kinds():
    async with AsyncTestClient(app) as client, client.websocket_connect("/mirror") as session:
        await session.send_bytes(b"*")  # <--
        assert await session.receive_bytes() == b"*"  # <--
        await session.send_json([1, 2])  # <--
        assert await session.receive_json() == [1, 2]  # <--
        await session.send({"type": "websocket.receive", "text": "raw"})  # <--
        assert await session.receive() == {"type": "websocket.send", "text": "raw"}  # <--


@pytest.mark.anyio
async def test_client_closes():
    async with AsyncTestClient(app) as client, client.websocket_connect("/mirror") as session:
        await session.close(4000)  # <--
    assert ends.pop() == 4000


@pytest.mark.anyio
async def test_connection_is_lost():
    async with AsyncTestClient(app) as client, client.websocket_connect("/mirror") as session:
        await session.drop()  # <--
    assert ends.pop() == 1006
