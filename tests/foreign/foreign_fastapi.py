"""The conversations of the scripts, held by an application of FastAPI."""

from typing import Annotated

from fastapi import FastAPI, Header, HTTPException, WebSocket, WebSocketException

app = FastAPI()


@app.websocket("/echo")
async def echo(websocket: WebSocket):
    await websocket.accept()
    async for message in websocket.iter_text():
        await websocket.send_text(message)


@app.websocket("/octets")
async def octets(websocket: WebSocket):
    await websocket.accept()
    async for message in websocket.iter_bytes():
        await websocket.send_bytes(message)


@app.websocket("/enough")
async def enough(websocket: WebSocket):
    await websocket.accept()
    await websocket.receive_text()
    raise WebSocketException(4001, "enough")


@app.websocket("/refuse")
async def refuse(websocket: WebSocket):
    raise WebSocketException(4003, "not you")


@app.websocket("/deny")
async def deny(websocket: WebSocket):
    raise HTTPException(401, "no token")


@app.websocket("/choose")
async def choose(websocket: WebSocket):
    offered = websocket.scope["subprotocols"]
    await websocket.accept("chat.v2" if "chat.v2" in offered else None)
    await websocket.send_json({"offered": offered})
    await websocket.receive_text()


@app.websocket("/rooms/{room}")
async def room(websocket: WebSocket, room: str, page: int, x_user: Annotated[str, Header()]):
    await websocket.accept(headers=[(b"x-room", room.encode())])
    await websocket.send_json({"room": room, "page": str(page), "user": x_user})
    await websocket.receive_text()


@app.websocket("/fail")
async def fail(websocket: WebSocket):
    await websocket.accept()
    raise LookupError("full moon")
