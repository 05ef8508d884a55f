import anyio

from duologue import Duologue, WebSocketRoute, status
from duologue.rooms import History, OffsetError, Rooms, with_offset

rooms = Rooms(
    history=History(messages=1, seconds=3600),  # <--
    wrap=with_offset,  # <--
    missed=lambda missed: {"missed": missed.count},
)


async def news(websocket):
    await websocket.accept()
    after = websocket.query_params.get("after")
    async with rooms.join("news", websocket, after=after, discard=True) as room:  # <--
        if after is None:
            await websocket.send_json({"offset": room.offset})  # <--
        await anyio.sleep_forever()


async def desk(websocket):
    await websocket.accept()
    async for headline in websocket.iter_text():
        await rooms.send_json("news", headline)


async def refuse(websocket, error):
    await websocket.close(status.WS_1008_POLICY_VIOLATION, "no offset")


app = Duologue(
    routes=[WebSocketRoute("/news", news), WebSocketRoute("/desk", desk)],
    exception_handlers={OffsetError: refuse},
)
