from duologue import Duologue, WebSocketRoute


async def add_one(websocket):
    await websocket.accept()
    async for number in websocket.iter_json():
        await websocket.send_json(number + 1)


app = Duologue(routes=[WebSocketRoute("/ws", add_one)])
