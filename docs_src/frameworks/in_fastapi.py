from fastapi import FastAPI

from duologue import Duologue, WebSocketRoute


async def room(websocket):
    await websocket.accept()
    await websocket.send_text(f"This is room {websocket.path_params['room']}.")
    async for message in websocket.iter_text():
        await websocket.send_text(f"You said: {message}")


chat = Duologue(routes=[WebSocketRoute("/rooms/{room}", room)])

app = FastAPI()
app.mount("/chat", chat)  # <--


@app.get("/")
async def home() -> dict[str, str]:
    return {"chat": "/chat/rooms/lobby"}
