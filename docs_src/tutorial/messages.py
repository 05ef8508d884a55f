from duologue import Duologue, WebSocketRoute


async def chat(websocket):
    ticket = websocket.path_params["ticket"]
    name = websocket.query_params.get("name", "Guest")
    await websocket.accept()
    await websocket.send_json({"ticket": ticket, "name": name})
    async for message in websocket.iter_json():
        match message:
            case {"text": str(text)}:
                await websocket.send_json({"from": name, "text": text})
            case _:
                await websocket.send_json({"error": 'Send {"text": "..."}.'})


app = Duologue(routes=[WebSocketRoute("/tickets/{ticket:int}", chat)])
