from duologue import Duologue, WebSocketRoute


async def day(websocket):
    await websocket.accept()
    await websocket.send_json(websocket.path_params)


app = Duologue(routes=[WebSocketRoute("/days/{day:int}", day)])
