from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text("Who is there?")
    async for name in websocket.iter_text():
        await websocket.send_text(f"Nice to meet you, {name}!")  # <--
    await websocket.close()
