from duologue import Duologue, WebSocketRoute


async def hello(websocket):
    await websocket.accept()
    try:
        await websocket.send_text("Hello!")
    finally:
        await websocket.close(4001)
        await websocket.close(4002)  # <--


app = Duologue(routes=[WebSocketRoute("/ws", hello)])
