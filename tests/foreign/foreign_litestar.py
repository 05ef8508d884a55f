"""The conversations of the scripts, held by an application of Litestar."""

from litestar import Litestar, WebSocket, websocket
from litestar.params import FromPath, FromQuery


@websocket("/echo")
async def echo(socket: WebSocket) -> None:
    await socket.accept()
    async for message in socket.iter_data(mode="text"):
        await socket.send_text(message)


@websocket("/octets")
async def octets(socket: WebSocket) -> None:
    await socket.accept()
    async for message in socket.iter_data(mode="binary"):
        await socket.send_bytes(message)


@websocket("/enough")
async def enough(socket: WebSocket) -> None:
    await socket.accept()
    await socket.receive_text()
    await socket.close(4001, "enough")


@websocket("/refuse")
async def refuse(socket: WebSocket) -> None:
    await socket.close(4003, "not you")


@websocket("/choose")
async def choose(socket: WebSocket) -> None:
    offered = socket.scope["subprotocols"]
    await socket.accept("chat.v2" if "chat.v2" in offered else None)
    await socket.send_json({"offered": offered})
    await socket.receive_text()


@websocket("/rooms/{room:str}")
async def room(socket: WebSocket, room: FromPath[str], page: FromQuery[int]) -> None:
    await socket.accept(headers={"x-room": room})
    await socket.send_json({"room": room, "page": str(page), "user": socket.headers["x-user"]})
    await socket.receive_text()


@websocket("/fail")
async def fail(socket: WebSocket) -> None:
    await socket.accept()
    raise LookupError("full moon")


app = Litestar([echo, octets, enough, refuse, choose, room, fail])
