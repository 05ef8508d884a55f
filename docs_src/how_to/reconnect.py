from pathlib import Path

from duologue import Duologue, Mount, WebSocketRoute, status
from duologue.responses import FileResponse
from duologue.rooms import History, OffsetError, Rooms, with_offset

PAGE = Path(__file__).with_name("reconnect.html")
SCRIPT = Path(__file__).with_name("reconnect.js")

rooms = Rooms(
    history=History(messages=100, seconds=300),
    wrap=with_offset,  # <--
    missed=lambda missed: {"missed": missed.count},
)


async def chat(websocket):
    await websocket.accept()
    after = websocket.query_params.get("after")
    async with rooms.join("chat", websocket, after=after) as room:  # <--
        if after is None:
            await websocket.send_json({"offset": room.offset})  # <--
        async for text in websocket.iter_json():
            await room.send_json(text)


async def refuse(websocket, error):
    await websocket.close(status.WS_1008_POLICY_VIOLATION, "no offset")


app = Duologue(
    routes=[
        WebSocketRoute("/chat", chat),
        Mount("/reconnect.js", app=FileResponse(SCRIPT, media_type="text/javascript")),
        Mount("/", app=FileResponse(PAGE)),
    ],
    exception_handlers={OffsetError: refuse},
)
