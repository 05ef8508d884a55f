from duologue.applications import Duologue  # <--
from duologue.routing import WebSocketRoute  # <--
from duologue.websockets import WebSocket  # <--


async def echo(websocket: WebSocket):
    await websocket.accept()
    async for message in websocket.iter_text():
        await websocket.send_text(message)


app = Duologue(routes=[WebSocketRoute("/ws", echo)])
