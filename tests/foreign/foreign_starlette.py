"""The conversations of the scripts, held by an application of Starlette."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import WebSocketRoute


async def echo(websocket):
    await websocket.accept()
    async for message in websocket.iter_text():
        await websocket.send_text(message)


async def octets(websocket):
    await websocket.accept()
    async for message in websocket.iter_bytes():
        await websocket.send_bytes(message)


async def enough(websocket):
    await websocket.accept()
    await websocket.receive_text()
    await websocket.close(4001, "enough")


async def refuse(websocket):
    await websocket.close(4003, "not you")


async def deny(websocket):
    raise HTTPException(401, "no token")


async def choose(websocket):
    offered = websocket.scope["subprotocols"]
    await websocket.accept("chat.v2" if "chat.v2" in offered else None)
    await websocket.send_json({"offered": offered})
    await websocket.receive_text()


async def room(websocket):
    name = websocket.path_params["room"]
    await websocket.accept(headers=[(b"x-room", name.encode())])
    page, user = websocket.query_params["page"], websocket.headers["x-user"]
    await websocket.send_json({"room": name, "page": page, "user": user})
    await websocket.receive_text()


async def fail(websocket):
    await websocket.accept()
    raise LookupError("full moon")


app = Starlette(
    routes=[
        WebSocketRoute("/echo", echo),
        WebSocketRoute("/octets", octets),
        WebSocketRoute("/enough", enough),
        WebSocketRoute("/refuse", refuse),
        WebSocketRoute("/deny", deny),
        WebSocketRoute("/choose", choose),
        WebSocketRoute("/rooms/{room}", room),
        WebSocketRoute("/fail", fail),
    ]
)
