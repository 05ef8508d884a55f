from duologue import Duologue, WebSocketRoute


async def fail(websocket):
    await websocket.accept()
    await websocket.send_text(1 / 0)


async def apologise(websocket, error):  # <--
    await websocket.send_json({"accepted": websocket.connected, "error": str(error)})
    await websocket.close(4000)


app = Duologue(
    routes=[WebSocketRoute("/ws", fail)],
    exception_handlers={Exception: apologise},  # <--
)
