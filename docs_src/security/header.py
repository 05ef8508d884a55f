from duologue import Duologue, WebSocketRoute


async def enter(websocket):
    room = websocket.query_params["room"]
    await websocket.accept(headers={"x-room": room})  # <--


app = Duologue(routes=[WebSocketRoute("/ws", enter)])
