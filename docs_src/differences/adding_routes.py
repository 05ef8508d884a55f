from duologue import Duologue, WebSocketRoute


async def greet(websocket):
    await websocket.accept()
    await websocket.send_text(f"One of {len(websocket.app.routes)} routes.")


app = Duologue()
app.router.add(WebSocketRoute("/ws", greet))  # <--
