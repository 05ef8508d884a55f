"""The conversations of the scripts, held by an application of Lilya."""

from lilya.apps import Lilya
from lilya.routing import WebSocketPath
from lilya.websockets import WebSocket


async def echo(websocket: WebSocket):
    await websocket.accept()
    async for message in websocket.iter_text():
        await websocket.send_text(message)


async def octets(websocket: WebSocket):
    await websocket.accept()
    async for message in websocket.iter_bytes():
        await websocket.send_bytes(message)


async def enough(websocket: WebSocket):
    await websocket.accept()
    await websocket.receive_text()
    await websocket.close(4001, "enough")


async def refuse(websocket: WebSocket):
    await websocket.close(4003, "not you")


async def choose(websocket: WebSocket):
    offered = websocket.scope["subprotocols"]
    await websocket.accept("chat.v2" if "chat.v2" in offered else None)
    await websocket.send_json({"offered": offered})
    await websocket.receive_text()


async def room(websocket: WebSocket):
    name = websocket.path_params["room"]
    await websocket.accept(headers=[(b"x-room", name.encode())])
    page, user = websocket.query_params["page"], websocket.headers["x-user"]
    await websocket.send_json({"room": name, "page": page, "user": user})
    await websocket.receive_text()


async def fail(websocket: WebSocket):
    await websocket.accept()
    raise LookupError("full moon")


app = Lilya(
    routes=[
        WebSocketPath("/echo", echo),
        WebSocketPath("/octets", octets),
        WebSocketPath("/enough", enough),
        WebSocketPath("/refuse", refuse),
        WebSocketPath("/choose", choose),
        WebSocketPath("/rooms/{room}", room),
        WebSocketPath("/fail", fail),
    ]
)
