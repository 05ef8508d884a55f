from sanic import Sanic

Sanic.test_mode = True  # <--
app = Sanic("rooms", configure_logging=False)


@app.websocket("/rooms/<room>")
async def enter(request, websocket, room):
    await websocket.send(f"This is room {room}.")
    while text := await websocket.recv():
        await websocket.send(f"You said: {text}")
