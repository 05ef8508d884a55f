from duologue import Duologue, WebSocketRoute


async def double(websocket):
    await websocket.accept()
    async for number in websocket.iter_json():  # <--
        await websocket.send_json(2 * number)


app = Duologue(routes=[WebSocketRoute("/ws", double)])
