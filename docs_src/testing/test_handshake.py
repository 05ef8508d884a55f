from duologue import Duologue, WebSocketRoute
from duologue.responses import PlainTextResponse
from duologue.testclient import TestClient, WebSocketDenialResponse


async def refuse(websocket):
    await websocket.send_denial_response(PlainTextResponse("Full", status_code=503))


async def endpoint(websocket):
    try:
        await refuse(websocket)
    except RuntimeError:
        await websocket.close()  # the server cannot do better


app = Duologue(routes=[WebSocketRoute("/ws", endpoint)])


def status(client):
    try:
        with client.websocket_connect("/ws"):
            return 101
    except WebSocketDenialResponse as denial:
        return denial.status_code


def test_on_a_server_with_the_extension():
    with TestClient(app) as client:
        assert status(client) == 503


def test_on_a_server_without_it():
    with TestClient(app, extensions={}) as client:  # <--
        assert status(client) == 403
