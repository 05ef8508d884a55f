import pytest

from duologue import Duologue, WebSocketRoute
from duologue.testclient import TestClient


async def answer(websocket):
    await websocket.accept()
    question = await websocket.receive_text()
    await websocket.send_text(f"You asked: {question}")
    await websocket.receive_text()


app = Duologue(routes=[WebSocketRoute("/ws", answer)])


def test_that_nothing_hangs():
    session = TestClient(app).websocket_connect("/ws", timeout=0.1)  # <--
    with session, pytest.raises(TimeoutError):
        session.receive_text()  # nobody has asked a question
