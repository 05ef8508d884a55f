"""The conversations of the scripts, held by an application of Quart."""

from quart import Quart, abort, websocket

app = Quart(__name__)


@app.websocket("/echo")
async def echo():
    await websocket.accept()
    while True:
        await websocket.send(await websocket.receive())


@app.websocket("/octets")
async def octets():
    await echo()


@app.websocket("/enough")
async def enough():
    await websocket.accept()
    await websocket.receive()
    await websocket.close(4001, "enough")


@app.websocket("/refuse")
async def refuse():
    abort(403)


@app.websocket("/deny")
async def deny():
    return "no token", 401


@app.websocket("/choose")
async def choose():
    offered = websocket.requested_subprotocols
    await websocket.accept(subprotocol="chat.v2" if "chat.v2" in offered else None)
    await websocket.send_json({"offered": offered})
    await websocket.receive()


@app.websocket("/rooms/<room>")
async def room(room):
    await websocket.accept(headers={"x-room": room})
    page, user = websocket.args["page"], websocket.headers["x-user"]
    await websocket.send_json({"room": room, "page": page, "user": user})
    await websocket.receive()


@app.websocket("/fail")
async def fail():
    await websocket.accept()
    raise LookupError("full moon")
