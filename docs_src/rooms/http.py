from fastapi import FastAPI

from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms

rooms = Rooms()
app = FastAPI()


@app.post("/orders/{number}")
async def update(number: str, state: str) -> None:
    await rooms.send_json(f"order {number}", {"state": state})  # <--


async def watch(websocket):
    await websocket.accept()
    number = websocket.path_params["number"]
    async with rooms.join(f"order {number}", websocket):
        await websocket.send_json({"watching": number})
        async for state in websocket.iter_text():
            await update(number, state)


app.mount("/watch", Duologue(routes=[WebSocketRoute("/{number}", watch)]))
