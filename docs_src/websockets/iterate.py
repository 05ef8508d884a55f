from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    total = 0
    async for number in websocket.iter_json():  # <--
        total += number
        await websocket.send_json({"total": total})
