from duologue import Duologue, WebSocketRoute
from duologue.rooms import Missed, Presence, Published, RoomMember, Rooms


def number(message: Published):  # <--
    return bytes([len(message.data)]) + message.data


def missed(what: Missed):  # <--
    return {"missed": what.count, "in": what.room}


def joined(member: RoomMember):  # <--
    return {"joined": member.info}


rooms = Rooms(wrap=number, missed=missed, presence=Presence(joined=joined))


async def share(websocket):
    await websocket.accept()
    name = websocket.path_params["name"]
    async with rooms.join("files", websocket, info=name) as room:
        async for data in websocket.iter_bytes():
            await room.send_bytes(data, exclude=websocket)  # <--


async def who(websocket):
    await websocket.accept()
    members = await rooms.members("files")  # <--
    await websocket.send_json([member.info for member in members])
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/files/{name}", share), WebSocketRoute("/who", who)])
