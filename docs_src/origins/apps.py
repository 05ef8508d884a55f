from duologue import Duologue, WebSocketRoute


async def greet(websocket):
    await websocket.accept()
    await websocket.send_text("Hello!")
    await websocket.close()


app = Duologue(
    routes=[WebSocketRoute("/ws", greet)],
    allowed_origins=["file://", "capacitor://localhost", "moz-extension://*"],  # <--
)
