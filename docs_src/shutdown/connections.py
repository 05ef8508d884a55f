from duologue import Duologue, WebSocketRoute


async def chat(websocket):
    await websocket.accept()
    await websocket.send_json({"open": len(app.connections)})  # <--
    async for text in websocket.iter_text():
        for other in app.connections:  # <--
            if other is not websocket:
                await other.send_text(text)


app = Duologue(routes=[WebSocketRoute("/chat", chat)])
