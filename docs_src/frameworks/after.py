from duologue.applications import Duologue  # <--
from duologue.routing import WebSocketRoute  # <--
from duologue.websockets import WebSocket, WebSocketDisconnect  # <--


async def shout(websocket: WebSocket):
    await websocket.accept()
    try:
        while True:
            await websocket.send_text((await websocket.receive_text()).upper())
    except WebSocketDisconnect:
        pass


app = Duologue(routes=[WebSocketRoute("/ws", shout)])  # <--
