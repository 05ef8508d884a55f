"""The conversations of the scripts, held by an application of Sanic.

On an ASGI server it accepts before the handler begins, and its `close()` does nothing: the client
has to leave.
"""

from json import dumps

from sanic import Sanic

Sanic.test_mode = True  # this module may be loaded more than once
app = Sanic("conversations", configure_logging=False)


@app.websocket("/echo")
async def echo(request, websocket):
    while (message := await websocket.recv()) is not None:
        await websocket.send(message)


@app.websocket("/octets")
async def octets(request, websocket):
    await echo(request, websocket)


@app.websocket("/choose", subprotocols=["chat.v2"])
async def choose(request, websocket):
    await websocket.send(dumps({"offered": websocket.subprotocols}))
    await websocket.recv()


@app.websocket("/rooms/<room>")
async def room(request, websocket, room):
    page, user = request.args["page"][0], request.headers["x-user"]
    await websocket.send(dumps({"room": room, "page": page, "user": user}))
    await websocket.recv()


@app.websocket("/fail")
async def fail(request, websocket):
    raise LookupError("full moon")
