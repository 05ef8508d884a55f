import pytest

from duologue import Duologue, WebSocketRoute
from duologue.testclient import AsyncTestClient

members = set()


async def room(websocket):
    await websocket.accept()
    members.add(websocket)
    try:
        async for text in websocket.iter_text():
            for member in list(members):
                await member.send_text(text)
    finally:
        members.discard(websocket)


app = Duologue(routes=[WebSocketRoute("/room", room)])


@pytest.mark.anyio  # <--
async def test_everybody_hears_ada():
    async with (
        AsyncTestClient(app) as client,  # <--
        client.websocket_connect("/room") as ada,  # <--
        client.websocket_connect("/room") as bob,  # <--
    ):
        await ada.send_text("hello")
        assert await ada.receive_text() == "hello"
        assert await bob.receive_text() == "hello"
