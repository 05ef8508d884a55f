from duologue import Duologue, WebSocketRoute


async def chat(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(f"You wrote: {text}")


app = Duologue(routes=[WebSocketRoute("/chat", chat)])
