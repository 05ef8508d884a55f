"""The conversations of the scripts, held by an application of BlackSheep."""

from blacksheep import Application, WebSocket, WebSocketDisconnectError
from blacksheep.server.routing import Router

router = Router()
app = Application(router=router)


@router.ws("/echo")
async def echo(websocket: WebSocket):
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnectError:
        pass


@router.ws("/octets")
async def octets(websocket: WebSocket):
    await websocket.accept()
    try:
        while True:
            await websocket.send_bytes(await websocket.receive_bytes())
    except WebSocketDisconnectError:
        pass


@router.ws("/enough")
async def enough(websocket: WebSocket):
    await websocket.accept()
    await websocket.receive_text()
    await websocket.close(4001, "enough")


@router.ws("/refuse")
async def refuse(websocket: WebSocket):
    await websocket.close(4003, "not you")


@router.ws("/choose")
async def choose(websocket: WebSocket):
    offered = websocket.scope["subprotocols"]
    await websocket.accept(subprotocol="chat.v2" if "chat.v2" in offered else None)
    await websocket.send_json({"offered": offered})
    await leave(websocket)


@router.ws("/rooms/{room}")
async def room(websocket: WebSocket):
    name = websocket.route_values["room"]
    await websocket.accept(headers=[(b"x-room", name.encode())])
    page, user = websocket.query["page"][0], websocket.get_first_header(b"x-user").decode()
    await websocket.send_json({"room": name, "page": page, "user": user})
    await leave(websocket)


@router.ws("/fail")
async def fail(websocket: WebSocket):
    await websocket.accept()
    raise LookupError("full moon")


async def leave(websocket):
    try:
        await websocket.receive_text()
    except WebSocketDisconnectError:
        pass
