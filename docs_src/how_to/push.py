import anyio
from fastapi import FastAPI
from pydantic import BaseModel

from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms

rooms = Rooms()


class Update(BaseModel):
    status: str


async def watch(websocket):
    await websocket.accept()
    number = websocket.path_params["number"]
    async with rooms.join(f"order {number}", websocket, discard=True):  # <--
        await websocket.send_json({"watching": number})
        await anyio.sleep_forever()


app = FastAPI()
app.mount("/watch", Duologue(routes=[WebSocketRoute("/{number:int}", watch)]))


@app.post("/orders/{number}", status_code=202)
async def update(number: int, change: Update) -> Update:
    await rooms.send_json(f"order {number}", change.model_dump(mode="json"))  # <--
    return change


@app.delete("/orders/{number}", status_code=204)
def cancel(number: int) -> None:  # not async: FastAPI runs it in a thread
    cancelled = Update(status="cancelled").model_dump(mode="json")
    anyio.from_thread.run(rooms.send_json, f"order {number}", cancelled)  # <--
