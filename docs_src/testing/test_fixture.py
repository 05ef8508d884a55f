import pytest

from duologue import Duologue, WebSocketRoute
from duologue.testclient import AsyncTestClient


async def greet(websocket):
    await websocket.accept()
    name = websocket.cookies.get("name", "stranger")
    room = websocket.query_params.get("room", "hall")
    await websocket.send_text(f"{name} in the {room}")
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/ws", greet)])


@pytest.fixture
async def client(anyio_backend):
    async with AsyncTestClient(app) as client:  # <--
        client.cookies["name"] = "ada"  # <--
        yield client


@pytest.mark.anyio
async def test_greeting(client):
    async with client.websocket_connect("/ws", params={"room": "loft"}) as session:  # <--
        assert await session.receive_text() == "ada in the loft"
