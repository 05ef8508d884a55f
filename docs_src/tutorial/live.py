import os

from duologue import Duologue, Middleware, WebSocketRoute
from duologue.authorization import accept_with_token
from duologue.limits import LimitMiddleware, Limits
from duologue.rooms import History, OffsetError, Rooms, with_offset

TOKENS = {"ada-token": "Ada", "sam-token": "Sam"}

rooms = Rooms(
    os.environ.get("REDIS_URL"),
    history=History(messages=100, seconds=3600),
    wrap=with_offset,
    missed=lambda missed: {"missed": missed.count},
)
limits = Limits(message_size=4096, message_rate=5, idle_seconds=600)


async def chat(websocket):
    ticket = f"ticket {websocket.path_params['ticket']}"
    after = websocket.query_params.get("after")
    name = await accept_with_token(websocket, TOKENS.get)
    async with rooms.join(ticket, websocket, after=after) as room:
        await room.send_json({"joined": name})
        async for message in websocket.iter_json():
            match message:
                case {"text": str(text)}:
                    await room.send_json({"from": name, "text": text})
                case _:
                    await websocket.send_json({"error": 'Send {"text": "..."}.'})
    await rooms.send_json(ticket, {"left": name})


async def wrong_offset(websocket, error):
    await websocket.close(1008, str(error))


app = Duologue(
    routes=[WebSocketRoute("/tickets/{ticket:int}", chat)],
    middleware=[Middleware(LimitMiddleware, limits)],
    exception_handlers={OffsetError: wrong_offset},
    allowed_origins=["https://shop.example"],
    lifespan=rooms.lifespan,
)
