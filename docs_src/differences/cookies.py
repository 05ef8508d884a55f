from duologue import Duologue, WebSocketRoute


async def show(websocket):
    await websocket.accept()
    await websocket.send_json(websocket.cookies)  # <--


app = Duologue(routes=[WebSocketRoute("/ws", show)])
