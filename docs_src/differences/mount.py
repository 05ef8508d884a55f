from duologue import Duologue, Mount, WebSocketRoute


async def lobby(websocket):
    await websocket.accept()
    await websocket.send_text("Welcome to the lobby.")


app = Duologue(routes=[Mount("/rooms", routes=[WebSocketRoute("/", lobby)])])  # <--
