from fastapi import FastAPI, HTTPException, WebSocket

app = FastAPI()


@app.websocket("/rooms/{room}")
async def enter(websocket: WebSocket, room: str, name: str = ""):
    if not name:
        raise HTTPException(401, "Who are you?")
    await websocket.accept()
    await websocket.send_json({"room": room, "name": name})
    async for text in websocket.iter_text():
        await websocket.send_text(f"{name} said: {text}")
