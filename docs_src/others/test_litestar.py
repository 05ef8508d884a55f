from litestar import Litestar, WebSocket, websocket

from duologue.testclient import TestClient

orders = []


@websocket("/orders")
async def order(socket: WebSocket) -> None:
    await socket.accept()
    orders.append(await socket.receive_json())
    await socket.close(4000)


app = Litestar([order])


def test_an_order_is_kept():
    with TestClient(app) as client, client.websocket_connect("/orders") as session:  # <--
        session.send_json({"tea": 2})
        session.receive()
    assert orders == [{"tea": 2}]
