import pytest

from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms
from duologue.testclient import AsyncTestClient

rooms = Rooms()


async def lobby(websocket):
    await websocket.accept()
    async with rooms.join("lobby", websocket) as room:
        await websocket.send_text("welcome")
        async for text in websocket.iter_text():
            await room.send_text(text)


app = Duologue(routes=[WebSocketRoute("/lobby", lobby)])


@pytest.mark.anyio  # <--
async def test_everybody_hears_ada():
    async with (
        AsyncTestClient(app) as client,  # <--
        client.websocket_connect("/lobby") as ada,  # <--
        client.websocket_connect("/lobby") as bob,  # <--
    ):
        assert await ada.receive_text() == "welcome"
        assert await bob.receive_text() == "welcome"
        await ada.send_text("hello")
        assert await ada.receive_text() == "hello"
        assert await bob.receive_text() == "hello"
