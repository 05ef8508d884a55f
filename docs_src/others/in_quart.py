from quart import Quart, websocket

app = Quart(__name__)


@app.websocket("/rooms/<room>")
async def enter(room):
    name = websocket.args.get("name")
    if not name:
        return "Who are you?", 401
    await websocket.send_json({"room": room, "name": name})
    while True:
        text = await websocket.receive()
        await websocket.send(f"{name} said: {text}")
