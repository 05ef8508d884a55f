from duologue import Duologue, WebSocketRoute, status
from duologue.rooms import History, OffsetError, Rooms, with_offset

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
    routes=[WebSocketRoute("/chat", chat)],
    exception_handlers={OffsetError: refuse},
)
