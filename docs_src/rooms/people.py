import anyio

from duologue import Duologue, WebSocketRoute
from duologue.rooms import Presence, Rooms


def person(member):
    return {"id": member.id, **member.info}


rooms = Rooms(
    presence=Presence(  # <--
        joined=lambda member: {"joined": person(member)},  # <--
        left=lambda member: {"left": member.id},  # <--
    )
)


async def lobby(websocket):
    await websocket.accept()
    info = {"name": websocket.query_params["name"]}
    async with rooms.join("lobby", websocket, info=info, discard=True) as room:  # <--
        members = await room.members()  # <--
        await websocket.send_json({"here": [person(member) for member in members]})
        await anyio.sleep_forever()


app = Duologue(routes=[WebSocketRoute("/lobby", lobby)])
