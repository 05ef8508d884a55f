from duologue import Duologue, WebSocketRoute


async def greet(websocket):
    await websocket.accept()
    await websocket.send_text(websocket.app.state.greeting)  # <--
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/ws", greet)])
app.state.greeting = "Hello!"  # <--
