from duologue import Duologue, WebSocketRoute


async def where(websocket):
    await websocket.accept()
    await websocket.send_json({"url": websocket.url, "path": websocket.url.path})  # <--


app = Duologue(routes=[WebSocketRoute("/ws", where)])
