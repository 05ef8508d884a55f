from duologue import Duologue, WebSocketRoute


async def chat(websocket):
    ticket = websocket.path_params["ticket"]
    name = websocket.query_params.get("name", "Guest")
    await websocket.accept()
    await websocket.send_text(f"Hello, {name}. This is ticket {ticket}.")
    async for text in websocket.iter_text():
        await websocket.send_text(f"{name}: {text}")


app = Duologue(routes=[WebSocketRoute("/tickets/{ticket:int}", chat)])
